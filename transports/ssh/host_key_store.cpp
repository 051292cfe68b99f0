#include "tieline/transports/ssh/host_key_store.hpp"

#include "tieline/transports/io/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <system_error>
#include <tuple>

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

} // namespace

/// Touched by functions on the store's strand only.
class host_key_store::state {
public:
  known_keys find(const std::string& path, const std::string& host,
                  uint16_t port) {
    auto& known = files_[path];
    if (auto error = known.refresh(io::expand_home(path)); !error.empty())
      return {{}, "cannot be read: " + error};
    return {known.parsed.find(host, port), {}};
  }

  known_keys add(const std::string& path, const std::string& host,
                 uint16_t port, const host_key& key) {
    auto known = find(path, host, port);
    if (!known.error.empty() || !known.keys.empty())
      return known;
    auto line = known_hosts_line(host, port, key);
    if (auto error = append(io::expand_home(path), line); !error.empty())
      return {{}, "cannot be written: " + error};
    files_[path].appended(io::expand_home(path), line);
    known = find(path, host, port);
    // /dev/null takes all and has none.
    if (known.error.empty() && known.keys.empty())
      known.keys.push_back({key, false, 0});
    return known;
  }

private:
  struct file {
    using version = std::tuple<dev_t, ino_t, off_t, time_t, long>;

    known_hosts parsed;
    version read{};

    // Saves reading the whole file again for each host that is added to it.
    void appended(const std::string& path, const std::string& line) {
      struct stat info {};
      if (stat(path.c_str(), &info) != 0
          || info.st_size != std::get<2>(read) + off_t(line.size()))
        return;
      parsed.append(line);
      read = version_of(info);
    }

    static version version_of(const struct stat& info) {
      return {info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec,
              info.st_mtim.tv_nsec};
    }

    std::string refresh(const std::string& path) {
      struct stat info {};
      if (stat(path.c_str(), &info) != 0) {
        parsed = {};
        read = {};
        return errno == ENOENT ? std::string{} : message(errno);
      }
      auto now = version_of(info);
      if (now == read)
        return {};
      std::string text;
      if (auto error = io::read_file(path, max_known_hosts_file, text);
          !error.empty())
        return error;
      parsed = known_hosts{text};
      read = now;
      return {};
    }
  };

  std::map<std::string, file> files_;
};

host_key_store::host_key_store(caf::actor_system& sys)
  : state_(std::make_shared<state>()),
    strand_(std::make_unique<io::strand>(sys, io::strand::kind::detached)) {
  // nop
}

void host_key_store::find(std::string path, std::string host, uint16_t port,
                          caf::actor_addr asker,
                          std::function<void(const known_keys&)> done) {
  strand_->run([state = state_, path = std::move(path), host = std::move(host),
                port, asker = std::move(asker), done = std::move(done)] {
    io::post(asker,
             [done, result = state->find(path, host, port)] { done(result); });
  });
}

void host_key_store::add(std::string path, std::string host, uint16_t port,
                         host_key key, caf::actor_addr asker,
                         std::function<void(const known_keys&)> done) {
  strand_->run([state = state_, path = std::move(path), host = std::move(host),
                port, key = std::move(key), asker = std::move(asker),
                done = std::move(done)] {
    io::post(asker, [done, result = state->add(path, host, port, key)] {
      done(result);
    });
  });
}

} // namespace tieline::ssh
