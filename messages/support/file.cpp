#include "tieline/messages/support/file.hpp"

#include "tieline/messages/support/text.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

namespace tieline {

namespace {

std::string home() {
  // Unsafe only beside a setenv, and we have none.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  if (const auto* value = std::getenv("HOME"); value != nullptr)
    return value;
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer(16'384);
  if (getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found) == 0
      && found != nullptr)
    return found->pw_dir;
  return {};
}

} // namespace

std::string expand_home(const std::string& path) {
  return path.compare(0, 2, "~/") == 0 ? home() + path.substr(1) : path;
}

bool open_to(everybody what, const std::string& path) {
  struct stat info {};
  mode_t bit = what == everybody::reads ? S_IROTH : S_IWOTH;
  return stat(expand_home(path).c_str(), &info) == 0 && S_ISREG(info.st_mode)
         && (info.st_mode & bit) != 0;
}

std::string read_file(const std::string& path, size_t limit, std::string& out) {
  auto wrong = [&path](const std::string& why) {
    return path + " cannot be read: " + why;
  };
  // Not to be kept waiting by a FIFO that nobody writes to.
  auto fd = open(expand_home(path).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return wrong(errno_message(errno));
  struct stat info {};
  std::string error;
  if (fstat(fd, &info) != 0)
    error = errno_message(errno);
  else if (S_ISCHR(info.st_mode))
    info.st_size = 0; // /dev/null is a way to say: no keys
  else if (!S_ISREG(info.st_mode))
    error = "it is no regular file";
  else if (static_cast<size_t>(info.st_size) > limit)
    error = "it is larger than " + std::to_string(limit) + " bytes";
  if (error.empty()) {
    // Read in place: growing would leave copies of a secret behind.
    out.resize(static_cast<size_t>(info.st_size));
    size_t done = 0;
    while (done < out.size()) {
      auto n = read(fd, out.data() + done, out.size() - done);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        error = errno_message(errno);
      if (n <= 0)
        break;
      done += static_cast<size_t>(n);
    }
    out.resize(done);
  }
  close(fd);
  return error.empty() ? error : wrong(error);
}

} // namespace tieline
