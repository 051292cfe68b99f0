#include "tieline/transports/ssh/config/files.hpp"

#include "tieline/messages/support/file.hpp"
#include "tieline/messages/support/text.hpp"

#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <map>
#include <system_error>
#include <utility>

namespace tieline::ssh::config {

namespace {

constexpr size_t max_file = size_t{4} << 20;
// As OpenSSH has it.
constexpr size_t max_depth = 16;
constexpr std::string_view system_folder = "/etc/ssh/";

struct account {
  std::string name;
  std::string home;
};

template <class Look>
std::optional<account> find_account(Look look) {
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer(16'384);
  if (look(&entry, buffer.data(), buffer.size(), &found) != 0
      || found == nullptr)
    return std::nullopt;
  return account{found->pw_name, found->pw_dir};
}

std::optional<account> account_of(uid_t id) {
  return find_account([id](auto... x) { return getpwuid_r(id, x...); });
}

std::optional<account> account_of(const std::string& name) {
  return find_account(
    [&name](auto... x) { return getpwnam_r(name.c_str(), x...); });
}

bool is_below(std::string_view path, std::string_view folder) {
  return path.substr(0, folder.size()) == folder;
}

/// Returns whether the group has no members beside the owner, as the private
/// groups of Debian's users.
bool is_private_group(gid_t id, uid_t owner) {
  group entry{};
  group* found = nullptr;
  std::vector<char> buffer(65'536);
  auto user = account_of(owner);
  if (!user || getgrgid_r(id, &entry, buffer.data(), buffer.size(), &found) != 0
      || found == nullptr || user->name != found->gr_name)
    return false;
  for (auto** member = found->gr_mem; *member != nullptr; ++member)
    if (user->name != *member)
      return false;
  return true;
}

bool may_be_trusted(const struct stat& info) {
  if (info.st_uid != 0 && info.st_uid != getuid())
    return false;
  return (info.st_mode & S_IWOTH) == 0
         && ((info.st_mode & S_IWGRP) == 0
             || is_private_group(info.st_gid, info.st_uid));
}

/// Finds files as a shell does. An error is told in `wrong`; that there is no
/// file is none.
std::vector<std::string> find_files(const std::string& pattern,
                                    std::string& wrong) {
  glob_t found{};
  std::vector<std::string> result;
  // Tildes of others need getpwnam, which nobody else here calls.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  auto code = glob(pattern.c_str(), GLOB_TILDE, nullptr, &found);
  if (code == 0)
    result.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  else if (code != GLOB_NOMATCH)
    wrong = pattern + " cannot be searched for";
  globfree(&found);
  return result;
}

} // namespace

surroundings own_surroundings() {
  surroundings result;
  auto user = account_of(getuid());
  result.user = user ? user->name : std::to_string(getuid());
  result.user_id = getuid();
  result.home = expand_home("~/");
  while (result.home.size() > 1 && result.home.back() == '/')
    result.home.pop_back();
  std::array<char, HOST_NAME_MAX + 1> machine{};
  if (gethostname(machine.data(), machine.size() - 1) == 0)
    result.machine = machine.data();
  result.home_of = [](const std::string& name) -> std::optional<std::string> {
    if (auto found = account_of(name))
      return found->home;
    return std::nullopt;
  };
  result.variable = [](const std::string& name) -> std::optional<std::string> {
    // Unsafe only beside a setenv, and we have none.
    // NOLINTNEXTLINE(concurrency-mt-unsafe)
    if (const auto* value = std::getenv(name.c_str()); value != nullptr)
      return value;
    return std::nullopt;
  };
  return result;
}

class file_set::loader {
public:
  explicit loader(file_set& into) : into_(into) {
    // nop
  }

  std::shared_ptr<const file> load(const std::string& path, bool of_user,
                                   bool check_owner, const place& asked_by) {
    if (auto known = loaded_.find(path); known != loaded_.end())
      return known->second;
    into_.observed_.push_back({path, false, look(path, false)});
    auto result = std::make_shared<file>();
    result->path = path;
    result->of_user = of_user;
    struct stat info {};
    if (stat(path.c_str(), &info) == 0) {
      // OpenSSH finds nothing in a folder, either.
      if (S_ISDIR(info.st_mode) && !asked_by.file.empty())
        return result;
      if (check_owner && !may_be_trusted(info)) {
        fail({{path, 0}, "others may write to the file, or own it"});
        return nullptr;
      }
    }
    std::string text;
    if (auto why = read_file(path, max_file, text); !why.empty()) {
      fail({asked_by, why});
      return nullptr;
    }
    into_.all_.push_back(result);
    if (auto wrong = parse(text, *result)) {
      fail(wrong);
      return nullptr;
    }
    path_.push_back(path);
    for (auto& line : result->statements)
      if (line.what == keyword::include)
        for (const auto& pattern : line.values)
          if (!include(pattern, *result, line))
            return nullptr;
    path_.pop_back();
    loaded_.emplace(path, result);
    return result;
  }

private:
  void fail(problem what) {
    into_.wrong_ = std::move(what);
  }

  bool include(const std::string& written, const file& by, statement& line) {
    place here{by.path, line.line};
    const auto& around = into_.here_;
    std::string pattern;
    auto why
      = expand(written,
               {{'L', around.machine.substr(0, around.machine.find('.'))},
                {'d', around.home},
                {'i', std::to_string(around.user_id)},
                {'l', around.machine},
                {'u', around.user}},
               &around, pattern);
    if (why.empty() && !by.of_user && !pattern.empty()
        && pattern.front() == '~')
      why = "a file of the system cannot include one of a user";
    if (!why.empty()) {
      fail({here, line.name + ": " + why});
      return false;
    }
    if (pattern.compare(0, 2, "~/") == 0)
      pattern = around.home + pattern.substr(1);
    else if (pattern.empty() || (pattern[0] != '/' && pattern[0] != '~'))
      pattern = (by.of_user ? around.home + "/.ssh/"
                            : std::string{system_folder})
                + pattern;
    auto found = find_files(pattern, why);
    into_.observed_.push_back({pattern, true, look(pattern, true)});
    if (!why.empty()) {
      fail({here, line.name + ": " + why});
      return false;
    }
    for (const auto& path : found) {
      if (std::find(path_.begin(), path_.end(), path) != path_.end()) {
        fail({here, line.name + ": includes itself: " + circle(path)});
        return false;
      }
      if (path_.size() > max_depth) {
        fail({here, line.name + ": more than " + std::to_string(max_depth)
                      + " files include one another"});
        return false;
      }
      auto next = load(path, by.of_user, true, here);
      if (!next)
        return false;
      line.included.push_back(std::move(next));
    }
    return true;
  }

  std::string circle(const std::string& path) const {
    std::string result;
    for (auto i = std::find(path_.begin(), path_.end(), path); i != path_.end();
         ++i)
      result += *i + " -> ";
    return result + path;
  }

  file_set& into_;
  /// The files that are being read, each included by the one before.
  std::vector<std::string> path_;
  std::map<std::string, std::shared_ptr<const file>> loaded_;
};

file_set::file_set(std::vector<std::string> paths, surroundings here)
  : paths_(std::move(paths)),
    here_(std::move(here)) {
  // nop
}

bool file_set::refresh() {
  auto changed = !read_;
  for (const auto& x : observed_)
    changed = changed || look(x.path, x.is_pattern) != x.seen;
  if (!changed)
    return false;
  read_ = true;
  observed_.clear();
  wrong_ = {};
  files_.clear();
  all_.clear();
  auto own = here_.home + "/.ssh/config";
  loader reader{*this};
  for (const auto& x : paths_) {
    auto path = x.compare(0, 2, "~/") == 0 ? here_.home + x.substr(1) : x;
    auto result = reader.load(path, !is_below(path, system_folder), path == own,
                              {});
    if (!result)
      break;
    files_.push_back(std::move(result));
  }
  return true;
}

std::string file_set::look(const std::string& path, bool is_pattern) {
  std::string result;
  if (is_pattern) {
    std::string wrong;
    for (const auto& x : find_files(path, wrong))
      result += x + '\n';
    return result + wrong;
  }
  struct stat info {};
  if (stat(path.c_str(), &info) != 0)
    return errno_message(errno);
  for (auto x :
       {static_cast<int64_t>(info.st_dev), static_cast<int64_t>(info.st_ino),
        static_cast<int64_t>(info.st_size),
        static_cast<int64_t>(info.st_mtim.tv_sec),
        static_cast<int64_t>(info.st_mtim.tv_nsec),
        static_cast<int64_t>(info.st_ctim.tv_sec),
        static_cast<int64_t>(info.st_ctim.tv_nsec)})
    result += std::to_string(x) + ' ';
  return result;
}

std::vector<std::string> unsupported_in(const file_set& from) {
  std::vector<std::string> result;
  for (const auto& x : from.all()) {
    std::string names;
    for (const auto& item : x->unsupported)
      if (item.name != match_exec || !from.here().exec)
        names += (names.empty() ? "" : ", ") + item.name + " (line "
                 + std::to_string(item.line) + ')';
    if (!names.empty())
      result.push_back(x->path + ": not supported: " + names);
  }
  return result;
}

} // namespace tieline::ssh::config
