#include "support/ssh_agent.hpp"

#include "support/eventually.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace tieline::test {

namespace {

// Agent protocol: SSH_AGENTC_SIGN_REQUEST (draft-miller-ssh-agent, 5.1).
constexpr char sign_request = 13;

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un result{};
  result.sun_family = AF_UNIX;
  path.copy(result.sun_path, sizeof(result.sun_path) - 1);
  return result;
}

owned_fd unix_socket() {
  return owned_fd{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
}

// Reads one message, its length included; empty at the end of the stream.
std::string read_message(int from) {
  uint32_t size = 0;
  if (recv(from, &size, sizeof(size), MSG_WAITALL) != sizeof(size))
    return {};
  std::string result(sizeof(size) + ntohl(size), '\0');
  std::memcpy(result.data(), &size, sizeof(size));
  auto body = static_cast<ssize_t>(ntohl(size));
  if (recv(from, result.data() + sizeof(size), body, MSG_WAITALL) != body)
    return {};
  return result;
}

bool write_message(int to, const std::string& message) {
  return !message.empty()
         && send(to, message.data(), message.size(), MSG_NOSIGNAL)
              == static_cast<ssize_t>(message.size());
}

bool asks_to_sign(const std::string& message) {
  return message.size() > sizeof(uint32_t)
         && message[sizeof(uint32_t)] == sign_request;
}

} // namespace

ssh_agent::ssh_agent() : socket_(dir_ / "agent") {
  require_program("/usr/bin/ssh-agent", "openssh-client");
  process_ = child_process{{"ssh-agent", "-D", "-a", socket_}, dir_ / "log"};
  auto up = eventually(
    [this] { return !process_.running() || std::filesystem::exists(socket_); });
  if (!up || !process_.running())
    throw std::runtime_error("ssh-agent does not start");
}

void ssh_agent::add(const key_files& key) const {
  run_checked({"env", "SSH_AUTH_SOCK=" + socket_, "ssh-add", "-q", key.path});
}

broken_agent::broken_agent(fault what, const ssh_agent& real)
  : what_(what),
    real_(real.socket()),
    socket_(dir_ / "agent"),
    listener_(unix_socket()),
    stop_(eventfd(0, EFD_CLOEXEC)) {
  auto where = unix_address(socket_);
  if (bind(listener_.get(), reinterpret_cast<sockaddr*>(&where), sizeof(where))
        != 0
      || listen(listener_.get(), 16) != 0)
    throw std::system_error(errno, std::generic_category(), socket_);
  thread_ = std::thread{[this] { serve(); }};
}

broken_agent::~broken_agent() {
  eventfd_write(stop_.get(), 1);
  thread_.join();
}

void broken_agent::serve() {
  for (;;) {
    pollfd fds[] = {{stop_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    poll(fds, 2, -1);
    if (fds[0].revents != 0)
      return;
    owned_fd client{accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (client.get() >= 0)
      serve_one(client.get());
  }
}

void broken_agent::serve_one(int client) const {
  auto agent = unix_socket();
  auto where = unix_address(real_);
  if (connect(agent.get(), reinterpret_cast<sockaddr*>(&where), sizeof(where))
      != 0)
    return;
  for (;;) {
    pollfd fds[] = {{stop_.get(), POLLIN, 0},
                    {client, short(what_ == fault::mute ? 0 : POLLIN), 0},
                    {agent.get(), POLLIN, 0}};
    poll(fds, 3, -1);
    if (fds[0].revents != 0)
      return;
    if (what_ == fault::mute && fds[1].revents != 0)
      return; // it has hung up
    if (fds[1].revents != 0) {
      auto message = read_message(client);
      if (asks_to_sign(message) || !write_message(agent.get(), message))
        return;
    }
    if (fds[2].revents != 0
        && !write_message(client, read_message(agent.get())))
      return;
  }
}

} // namespace tieline::test
