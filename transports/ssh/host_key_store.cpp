#include "tieline/transports/ssh/host_key_store.hpp"

#include "tieline/messages/support/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <mutex>
#include <system_error>
#include <tuple>
#include <utility>

namespace tieline::ssh {

namespace {

constexpr size_t max_known_hosts_file = 64 << 20;

std::string message(int code) {
  return std::generic_category().message(code);
}

// Appends with one write, under a lock that other processes can honor.
std::string append(const std::string& path, const std::string& line) {
  if (auto slash = path.rfind('/'); slash != std::string::npos && slash > 0)
    mkdir(path.substr(0, slash).c_str(), 0700);
  auto fd = open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0)
    return message(errno);
  std::string error;
  std::string text = line;
  char last = '\n';
  flock(fd, LOCK_EX);
  // Whoever wrote the last line by hand may have left out its end.
  auto size = lseek(fd, 0, SEEK_END);
  if (size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n')
    text.insert(0, 1, '\n');
  auto n = write(fd, text.data(), text.size());
  if (n < 0)
    error = message(errno);
  else if (static_cast<size_t>(n) != text.size())
    error = "the line was written in part";
  close(fd);
  return error;
}

known_keys no_thread(const std::string& why) {
  return {{}, why, errc::transport_failed};
}

/// A known_hosts file. Used by one job at a time.
class known_hosts_file {
public:
  explicit known_hosts_file(std::string path) : path_(std::move(path)) {
    // nop
  }

  known_keys find(const std::string& host, uint16_t port) {
    if (auto error = refresh(); !error.empty())
      return {{}, error};
    return {parsed_.find(host, port), {}};
  }

  known_keys add(const std::string& host, uint16_t port, const host_key& key) {
    auto known = find(host, port);
    if (!known.error.empty() || !known.keys.empty())
      return known;
    auto line = known_hosts_line(host, port, key);
    if (auto error = append(path_, line); !error.empty())
      return {{}, path_ + " cannot be written: " + error};
    appended(line);
    known = find(host, port);
    // /dev/null takes all and has none.
    if (known.error.empty() && known.keys.empty())
      known.keys.push_back({key, false, 0});
    return known;
  }

private:
  using version = std::tuple<dev_t, ino_t, off_t, time_t, long>;

  // Saves reading the whole file again for each host that is added to it.
  void appended(const std::string& line) {
    struct stat info {};
    if (stat(path_.c_str(), &info) != 0
        || info.st_size != std::get<2>(read_) + off_t(line.size()))
      return;
    parsed_.append(line);
    read_ = version_of(info);
  }

  static version version_of(const struct stat& info) {
    return {info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec,
            info.st_mtim.tv_nsec};
  }

  std::string refresh() {
    struct stat info {};
    if (stat(path_.c_str(), &info) != 0) {
      parsed_ = {};
      read_ = {};
      return errno == ENOENT ? std::string{}
                             : path_ + " cannot be read: " + message(errno);
    }
    auto now = version_of(info);
    if (now == read_)
      return {};
    std::string text;
    if (auto error = read_file(path_, max_known_hosts_file, text);
        !error.empty())
      return error;
    parsed_ = known_hosts{text};
    read_ = now;
    return {};
  }

  std::string path_;
  known_hosts parsed_;
  version read_{};
};

} // namespace

class host_key_store::files {
public:
  std::shared_ptr<known_hosts_file> at(const std::string& path) {
    std::lock_guard guard{mutex_};
    auto& result = all_[path];
    if (!result)
      result = std::make_shared<known_hosts_file>(expand_home(path));
    return result;
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<known_hosts_file>> all_;
};

host_key_store::host_key_store()
  : files_(std::make_shared<files>()),
    workers_(1) {
  // nop
}

void host_key_store::find(std::string path, std::string host, uint16_t port,
                          caf::actor_addr asker,
                          std::function<void(const known_keys&)> done) {
  workers_.ask(
    path, std::move(asker),
    [file = files_->at(path), host = std::move(host), port] {
      return file->find(host, port);
    },
    no_thread, std::move(done));
}

void host_key_store::add(std::string path, std::string host, uint16_t port,
                         host_key key, caf::actor_addr asker,
                         std::function<void(const known_keys&)> done) {
  workers_.ask(
    path, std::move(asker),
    [file = files_->at(path), host = std::move(host), port,
     key = std::move(key)] { return file->add(host, port, key); },
    no_thread, std::move(done));
}

} // namespace tieline::ssh
