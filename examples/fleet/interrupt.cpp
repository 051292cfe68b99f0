#include "fleet/interrupt.hpp"

#include "fleet/result.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace fleet {

namespace {

sigset_t our_signals() {
  sigset_t result;
  sigemptyset(&result);
  sigaddset(&result, SIGINT);
  sigaddset(&result, SIGTERM);
  sigaddset(&result, SIGUSR1);
  return result;
}

int checked(int fd) {
  if (fd < 0)
    throw std::system_error{errno, std::system_category(), "interrupt"};
  return fd;
}

} // namespace

void block_signals() {
  auto signals = our_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

interrupt::interrupt(handlers what)
  : end_(checked(eventfd(0, EFD_CLOEXEC))),
    thread_([this, what = std::move(what)] { wait(what); }) {
  // nop
}

interrupt::~interrupt() {
  eventfd_write(end_, 1);
  thread_.join();
  close(end_);
}

void interrupt::wait(const handlers& what) {
  auto signals = our_signals();
  auto fd = checked(signalfd(-1, &signals, SFD_CLOEXEC));
  pollfd fds[] = {{fd, POLLIN, 0}, {end_, POLLIN, 0}};
  while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
    if (fds[1].revents != 0)
      break;
    signalfd_siginfo info;
    if (fds[0].revents == 0 || read(fd, &info, sizeof(info)) != sizeof(info))
      continue;
    if (info.ssi_signo == SIGUSR1) {
      what.tell();
      continue;
    }
    if (happened_) {
      what.exit();
      _exit(static_cast<int>(exit_status::interrupted));
    }
    happened_ = true;
    what.stop();
  }
  close(fd);
}

} // namespace fleet
