#include "lab_process.hpp"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <type_traits>

namespace tieline::soak {

namespace {

enum class verb : uint8_t { set, heal, end_sessions, count, count_all };

std::system_error failed(const char* what) {
  return {errno, std::generic_category(), what};
}

void write_message(int fd, const void* data, size_t size) {
  if (::send(fd, data, size, MSG_NOSIGNAL) != static_cast<ssize_t>(size))
    throw failed("the lab has gone");
}

/// Returns the size of the message, zero at the end of all.
size_t read_message(int fd, void* data, size_t size) {
  for (;;) {
    auto result = recv(fd, data, size, 0);
    if (result >= 0)
      return static_cast<size_t>(result);
    if (errno != EINTR)
      throw failed("no word from the lab");
  }
}

std::string introduce(const lab::device& x) {
  return x.name() + ' ' + x.address() + ' ' + std::to_string(x.port()) + ' '
         + x.host_key_line();
}

endpoint introduced(const std::string& text) {
  endpoint result;
  std::istringstream in{text};
  in >> result.name >> result.address >> result.port >> std::ws;
  std::getline(in, result.host_key_line);
  return result;
}

} // namespace

struct lab_process::order {
  verb what = verb::count_all;
  size_t device = 0;
  lab::fault fault = {};
  uint64_t amount = 0;
  lab::hang_up how = {};
};

lab_process::lab_process(lab::options what) {
  static_assert(std::is_trivially_copyable_v<order>);
  static_assert(std::is_trivially_copyable_v<lab::counters>);
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw failed("socketpair");
  test::owned_fd ours{ends[0]};
  test::owned_fd theirs{ends[1]};
  pid_ = fork();
  if (pid_ < 0)
    throw failed("fork");
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    ours = test::owned_fd{};
    line_ = std::move(theirs);
    serve(what);
  }
  line_ = std::move(ours);
  theirs = test::owned_fd{};
  for (size_t i = 0; i < what.devices; ++i) {
    std::array<char, 4096> buffer{};
    auto size = read_message(line_.get(), buffer.data(), buffer.size());
    if (size == 0)
      throw std::runtime_error("the lab did not start");
    devices_.push_back(introduced({buffer.data(), size}));
  }
}

lab_process::~lab_process() {
  line_ = test::owned_fd{};
  if (pid_ > 0)
    waitpid(pid_, nullptr, 0);
}

void lab_process::set(size_t device, lab::fault what, uint64_t amount) {
  order x;
  x.what = verb::set;
  x.device = device;
  x.fault = what;
  x.amount = amount;
  send(x);
}

void lab_process::heal(size_t device) {
  order x;
  x.what = verb::heal;
  x.device = device;
  send(x);
}

void lab_process::end_sessions(size_t device, lab::hang_up how) {
  order x;
  x.what = verb::end_sessions;
  x.device = device;
  x.how = how;
  send(x);
}

lab::counters lab_process::count(size_t device) {
  order x;
  x.what = verb::count;
  x.device = device;
  return ask(x);
}

lab::counters lab_process::count_all() {
  return ask({});
}

void lab_process::send(const order& what) {
  write_message(line_.get(), &what, sizeof(what));
}

lab::counters lab_process::ask(const order& what) {
  send(what);
  lab::counters result;
  if (read_message(line_.get(), &result, sizeof(result)) != sizeof(result))
    throw std::runtime_error("the lab has died");
  return result;
}

// In the child. Nothing of the parent is to be cleaned up here.
void lab_process::serve(const lab::options& what) try {
  lab::server lab{what};
  for (size_t i = 0; i < lab.size(); ++i) {
    auto text = introduce(lab.at(i));
    write_message(line_.get(), text.data(), text.size());
  }
  order x;
  auto answer = [this](const lab::counters& counted) {
    write_message(line_.get(), &counted, sizeof(counted));
  };
  while (read_message(line_.get(), &x, sizeof(x)) == sizeof(x)) {
    switch (x.what) {
      case verb::set:
        lab.at(x.device).set(x.fault, x.amount);
        break;
      case verb::heal:
        lab.at(x.device).heal();
        break;
      case verb::end_sessions:
        lab.at(x.device).end_sessions(x.how);
        break;
      case verb::count:
        answer(lab.at(x.device).count());
        break;
      case verb::count_all:
        answer(lab.count());
        break;
    }
  }
  _exit(0);
} catch (const std::exception& x) {
  std::fprintf(stderr, "lab: %s\n", x.what());
  _exit(1);
}

} // namespace tieline::soak
