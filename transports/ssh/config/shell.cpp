#include "tieline/transports/ssh/config/shell.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>

namespace tieline::ssh::config {

namespace {

constexpr std::chrono::seconds limit{10};

/// Returns whether the process ended in time.
bool await(pid_t child) {
  auto fd = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
  if (fd < 0)
    return false;
  auto end = std::chrono::steady_clock::now() + limit;
  pollfd ready{fd, POLLIN, 0};
  int result = 0;
  do {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      end - std::chrono::steady_clock::now());
    result = poll(&ready, 1, static_cast<int>(std::max<long>(left.count(), 0)));
  } while (result < 0 && errno == EINTR);
  close(fd);
  return result > 0;
}

} // namespace

bool run_in_shell(const std::string& command) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  for (auto fd : {0, 1, 2})
    posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  // A group of its own, to be killed as a whole, and no signals held back.
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  char shell[] = "/bin/sh";
  char option[] = "-c";
  auto text = command;
  char* arguments[] = {shell, option, text.data(), nullptr};
  pid_t child = 0;
  auto failed = posix_spawn(&child, shell, &actions, &attributes, arguments,
                            environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0)
    return false;
  if (!await(child))
    kill(-child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return false;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace tieline::ssh::config
