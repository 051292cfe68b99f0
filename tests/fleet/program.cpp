#include "program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
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

} // namespace

program::program(const std::vector<std::string>& arguments,
                 const std::vector<std::string>& environment) {
  std::vector<std::string> args{FLEET_PROGRAM};
  args.insert(args.end(), arguments.begin(), arguments.end());
  std::vector<std::string> env;
  for (auto** x = environ; *x != nullptr; ++x)
    if (std::strncmp(*x, "FLEET_", 6) != 0)
      env.emplace_back(*x);
  // Of two entries with one name, programs see the first.
  env.insert(env.begin(), environment.begin(), environment.end());
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  int ends[2];
  for (int i = 0; i < 2; ++i) {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0)
      throw std::system_error{errno, std::system_category(), "pipe2"};
    streams_[i].fd = fds[0];
    ends[i] = fds[1];
    posix_spawn_file_actions_adddup2(&actions, fds[1], i + 1);
  }
  auto failed = posix_spawn(&pid_, FLEET_PROGRAM, &actions, nullptr,
                            pointers(args).data(), pointers(env).data());
  posix_spawn_file_actions_destroy(&actions);
  for (auto fd : ends)
    close(fd);
  if (failed != 0)
    throw std::system_error{failed, std::system_category(), FLEET_PROGRAM};
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

void program::wait_for_error(const std::string& text) {
  while (count(error(), text) == 0)
    if (!read_more())
      throw std::runtime_error{"no '" + text + "' in: " + output() + error()};
}

void program::signal(int number) {
  kill(pid_, number);
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
