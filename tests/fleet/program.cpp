#include "fleet/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

extern char** environ;

namespace fleet_test {

namespace {

// Generous: only a hang takes that long, also under a sanitizer.
constexpr int hang_limit_ms = 60'000;

std::vector<char*> pointers(std::vector<std::string>& xs) {
  std::vector<char*> result;
  for (auto& x : xs)
    result.push_back(x.data());
  result.push_back(nullptr);
  return result;
}

int checked(int result) {
  if (result < 0)
    throw std::system_error{errno, std::system_category()};
  return result;
}

/// How a process is to be started.
class spawn_plan {
public:
  spawn_plan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    // Away from the terminal that the tests may have been started on.
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID);
  }

  ~spawn_plan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
    for (auto fd : passed_on_)
      close(fd);
  }

  spawn_plan(const spawn_plan&) = delete;

  spawn_plan& operator=(const spawn_plan&) = delete;

  /// Returns our end of a pipe that the process has as `fd`.
  int use_pipe(int fd) {
    int ends[2];
    checked(pipe2(ends, O_CLOEXEC));
    passed_on_.push_back(ends[1]);
    posix_spawn_file_actions_adddup2(&actions_, ends[1], fd);
    return ends[0];
  }

  /// Returns our end of a terminal for all streams of the process.
  int use_terminal() {
    auto ours = checked(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    checked(grantpt(ours));
    checked(unlockpt(ours));
    // The first terminal that a session opens becomes its own.
    posix_spawn_file_actions_addopen(&actions_, 0, ptsname(ours), O_RDWR, 0);
    for (auto fd : {1, 2})
      posix_spawn_file_actions_adddup2(&actions_, 0, fd);
    return ours;
  }

  pid_t spawn(char* const* arguments, char* const* environment) {
    pid_t result = 0;
    auto failed = posix_spawn(&result, arguments[0], &actions_, &attributes_,
                              arguments, environment);
    if (failed != 0)
      throw std::system_error{failed, std::system_category(), arguments[0]};
    return result;
  }

private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  std::vector<int> passed_on_;
};

} // namespace

program::program(const std::vector<std::string>& arguments,
                 const std::vector<std::string>& environment, streams how) {
  std::vector<std::string> args{FLEET_PROGRAM};
  args.insert(args.end(), arguments.begin(), arguments.end());
  // Of two entries with one name, programs see the first.
  auto env = environment;
  for (auto** x = environ; *x != nullptr; ++x)
    if (std::strncmp(*x, "FLEET_", 6) != 0)
      env.emplace_back(*x);
  // Nor what OpenSSH's files on this machine say, unless a test asks for it.
  env.emplace_back("FLEET_SSH_CONFIG=none");
  spawn_plan plan;
  if (how == streams::terminal)
    streams_[0].fd = plan.use_terminal();
  else
    for (int i = 0; i < 2; ++i)
      streams_[i].fd = plan.use_pipe(i + 1);
  pid_ = plan.spawn(pointers(args).data(), pointers(env).data());
}

program::~program() {
  for (auto& x : streams_)
    if (x.fd >= 0)
      close(x.fd);
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
}

bool program::read_more() {
  // The end of a terminal shows as an error (EIO), like that of a pipe as 0.
  pollfd fds[] = {{streams_[0].fd, POLLIN, 0}, {streams_[1].fd, POLLIN, 0}};
  if (fds[0].fd < 0 && fds[1].fd < 0)
    return false;
  if (poll(fds, 2, hang_limit_ms) <= 0)
    throw std::runtime_error{"fleet hangs; so far: " + output() + error()};
  for (int i = 0; i < 2; ++i) {
    if (fds[i].revents == 0)
      continue;
    char buf[4096];
    auto n = read(fds[i].fd, buf, sizeof(buf));
    if (n > 0) {
      streams_[i].text.append(buf, static_cast<size_t>(n));
    } else {
      close(fds[i].fd);
      streams_[i].fd = -1;
    }
  }
  return true;
}

void program::wait_for_output(const std::string& text, size_t times) {
  while (count(output(), text) < times)
    if (!read_more())
      throw std::runtime_error{"no '" + text + "' in: " + output() + error()};
}

void program::wait_for_error(const std::string& text, size_t times) {
  while (count(error(), text) < times)
    if (!read_more())
      throw std::runtime_error{"no '" + text + "' in: " + output() + error()};
}

void program::signal(int number) {
  kill(pid_, number);
}

void program::type(const std::string& keys) {
  checked(static_cast<int>(write(streams_[0].fd, keys.data(), keys.size())));
}

void program::close_output() {
  close(streams_[0].fd);
  streams_[0].fd = -1;
}

int program::finish() {
  while (read_more())
    ;
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

size_t count(const std::string& text, const std::string& part) {
  size_t result = 0;
  for (auto i = text.find(part); i != std::string::npos;
       i = text.find(part, i + part.size()))
    ++result;
  return result;
}

} // namespace fleet_test
