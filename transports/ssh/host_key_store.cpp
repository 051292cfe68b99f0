#include "tieline/transports/ssh/host_key_store.hpp"

#include "tieline/messages/support/file.hpp"
#include "tieline/messages/support/text.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

namespace tieline::ssh {

namespace {

constexpr size_t max_known_hosts_file = 64 << 20;

// Appends with one write, under a lock that other processes can honor.
std::string append(const std::string& path, const std::string& line) {
  if (auto slash = path.rfind('/'); slash != std::string::npos && slash > 0)
    mkdir(path.substr(0, slash).c_str(), 0700);
  auto fd = open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0)
    return errno_message(errno);
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
    error = errno_message(errno);
  else if (static_cast<size_t>(n) != text.size())
    error = "the line was written in part";
  close(fd);
  return error;
}

known_keys keys_not_read(const std::string& why) {
  return {{}, why, errc::transport_failed};
}

bool is_own(const known_key& x) {
  return !x.authority && !x.bare;
}

/// A known_hosts file. Any thread may use it.
class known_hosts_file {
public:
  explicit known_hosts_file(std::string path)
    : name_(path),
      path_(expand_home(path)) {
    // nop
  }

  struct found {
    std::vector<known_key> keys;
    std::vector<known_key> authorities;
    bool exists = true;
    std::string error;
    std::string notice = {};
  };

  const std::string& name() const noexcept {
    return name_;
  }

  found find(const std::string& host, uint16_t port) {
    std::lock_guard guard{mutex_};
    found result;
    result.error = refresh();
    result.exists = exists_;
    if (loose_ && !std::exchange(told_, true))
      result.notice = "everybody can write to " + path_;
    if (!result.error.empty())
      return result;
    result.keys = parsed_.find(host, port);
    result.authorities = parsed_.find_authorities(host, port);
    for (auto* keys : {&result.keys, &result.authorities})
      for (auto& x : *keys)
        x.file = name_;
    return result;
  }

  /// Returns why it could not.
  std::string add(const std::string& host, uint16_t port, const host_key& key) {
    std::lock_guard guard{mutex_};
    if (!is_plain_name(host))
      return "a name with pattern characters cannot be written to " + name_;
    // As it is by now, to know what the line is added to.
    if (auto error = refresh(); !error.empty())
      return error;
    auto line = known_hosts_line(host, port, key);
    if (auto error = append(path_, line); !error.empty())
      return name_ + " cannot be written: " + error;
    appended(line);
    return {};
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
      exists_ = errno != ENOENT;
      return errno == ENOENT
               ? std::string{}
               : path_ + " cannot be read: " + errno_message(errno);
    }
    exists_ = true;
    loose_ = S_ISREG(info.st_mode) && (info.st_mode & S_IWOTH) != 0;
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

  std::mutex mutex_;
  std::string name_;
  std::string path_;
  known_hosts parsed_;
  version read_{};
  bool exists_ = false;
  bool loose_ = false;
  bool told_ = false;
};

} // namespace

class host_key_store::files {
public:
  known_keys find(const known_hosts_files& where, const std::string& host,
                  uint16_t port) {
    auto result = find_all(where, host, port);
    auto any = std::any_of(result.keys.begin(), result.keys.end(),
                           [](auto& x) { return !x.authority; });
    if (port == 22 || any || !result.error.empty())
      return result;
    for (auto& x : find_all(where, host, 22).keys) {
      x.bare = true;
      result.keys.push_back(std::move(x));
    }
    return result;
  }

  known_keys add(const known_hosts_files& where, const std::string& host,
                 uint16_t port, const host_key& key) {
    auto known = find(where, host, port);
    if (!known.error.empty() || any_own(known))
      return known;
    if (where.own.empty())
      return {{}, "there is no file to add the key to"};
    auto error = at(where.own.front())->add(host, port, key);
    if (!error.empty())
      return {{}, std::move(error)};
    known = find(where, host, port);
    // /dev/null takes all and has none.
    if (known.error.empty() && !any_own(known))
      known.keys.push_back({key});
    return known;
  }

private:
  static bool any_own(const known_keys& known) {
    return std::any_of(known.keys.begin(), known.keys.end(), is_own);
  }

  known_keys find_all(const known_hosts_files& where, const std::string& host,
                      uint16_t port) {
    known_keys result;
    auto look_into = [&](const std::string& path, bool own) {
      auto file = at(path);
      auto found = file->find(host, port);
      if (!found.notice.empty())
        result.notice = std::move(found.notice);
      if (!found.error.empty() && own)
        result.error = std::move(found.error);
      if (!found.error.empty() || (!found.exists && !own))
        return;
      result.where += (result.where.empty() ? "" : ", ") + file->name()
                      + (found.exists ? "" : " (which does not exist)");
      for (auto* keys : {&found.keys, &found.authorities})
        result.keys.insert(result.keys.end(), keys->begin(), keys->end());
    };
    for (const auto& path : where.own)
      look_into(path, true);
    for (const auto& path : where.global)
      look_into(path, false);
    return result;
  }

  std::shared_ptr<known_hosts_file> at(const std::string& path) {
    std::lock_guard guard{mutex_};
    auto& result = all_[path];
    if (!result)
      result = std::make_shared<known_hosts_file>(path);
    return result;
  }

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<known_hosts_file>> all_;
};

std::vector<std::string> files_of(std::string_view list) {
  std::vector<std::string> result;
  while (!list.empty()) {
    auto path = list.substr(0, list.find(','));
    list.remove_prefix(std::min(path.size() + 1, list.size()));
    while (!path.empty() && path.front() == ' ')
      path.remove_prefix(1);
    while (!path.empty() && path.back() == ' ')
      path.remove_suffix(1);
    if (!path.empty())
      result.emplace_back(path);
  }
  return result;
}

host_key_store::host_key_store()
  : files_(std::make_shared<files>()),
    workers_(1) {
  // nop
}

std::string host_key_store::group_of(const known_hosts_files& where) {
  std::string result;
  for (const auto* paths : {&where.own, &where.global})
    for (const auto& path : *paths)
      result += path + ',';
  return result;
}

void host_key_store::find(known_hosts_files where, std::string host,
                          uint16_t port, caf::actor_addr asker,
                          std::function<void(const known_keys&)> done) {
  auto group = group_of(where);
  workers_.ask(
    std::move(group), std::move(asker),
    [files = files_, where = std::move(where), host = std::move(host), port] {
      return files->find(where, host, port);
    },
    keys_not_read, std::move(done));
}

void host_key_store::add(known_hosts_files where, std::string host,
                         uint16_t port, host_key key, caf::actor_addr asker,
                         std::function<void(const known_keys&)> done) {
  auto group = group_of(where);
  workers_.ask(
    std::move(group), std::move(asker),
    [files = files_, where = std::move(where), host = std::move(host), port,
     key = std::move(key)] { return files->add(where, host, port, key); },
    keys_not_read, std::move(done));
}

} // namespace tieline::ssh
