#include "tieline/transports/ssh/link.hpp"

#include "tieline/transports/ssh/legacy.hpp"

#include <fcntl.h>
#include <libssh/server.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace tieline::ssh {

namespace {

bool configure(ssh_session session, int fd, const profile& who,
               const std::string& algorithms) {
  auto set = [&](ssh_options_e name, const void* value) {
    return ssh_options_set(session, name, value) == SSH_OK;
  };
  auto set_list = [&](ssh_options_e name, const std::string& list) {
    return list.empty() || set(name, list.c_str());
  };
  const auto& wanted = who.algorithms;
  int no = 0;
  unsigned int port = who.port;
  // Zero: what libssh has by itself.
  int least_rsa_bits = who.options.legacy ? 768 : 0;
  // Nothing of libssh's own: no configuration files, no files of host keys, no
  // look-up of the local user (which SSH_DIR and USER would cause), and no
  // agent but the one that is set later.
  return set(SSH_OPTIONS_PROCESS_CONFIG, &no)
         && set(SSH_OPTIONS_SSH_DIR, "/dev/null")
         && set(SSH_OPTIONS_KNOWNHOSTS, "/dev/null")
         && set(SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null")
         && set(SSH_OPTIONS_IDENTITY_AGENT, "/dev/null")
         // Debian's libssh refuses names as Windows has them (`DOM\user`); the
         // name goes with each method of the login.
         && set(SSH_OPTIONS_USER, "user") && set(SSH_OPTIONS_HOST, "host")
         && set(SSH_OPTIONS_PORT, &port)
         && set(SSH_OPTIONS_HOSTKEYS, algorithms.c_str())
         && set_list(SSH_OPTIONS_KEY_EXCHANGE, wanted.key_exchange)
         && set_list(SSH_OPTIONS_CIPHERS_C_S, wanted.ciphers)
         && set_list(SSH_OPTIONS_CIPHERS_S_C, wanted.ciphers)
         && set_list(SSH_OPTIONS_HMAC_C_S, wanted.macs)
         && set_list(SSH_OPTIONS_HMAC_S_C, wanted.macs)
         && set_list(SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, wanted.user_keys)
         && set(SSH_OPTIONS_RSA_MIN_SIZE, &least_rsa_bits)
         && set(SSH_OPTIONS_FD, &fd);
}

} // namespace

std::shared_ptr<link> link::make(int fd, const profile& who,
                                 const std::string& algorithms) {
  // libssh cuts off the higher bits of the number.
  auto* session = fd <= 0xffff ? ssh_new() : nullptr;
  if (session == nullptr) {
    close(fd);
    return nullptr;
  }
  std::shared_ptr<link> result{new link{session, fd}};
  if (!configure(session, fd, who, algorithms))
    return nullptr;
  ssh_set_blocking(session, 0);
  ssh_set_counters(session, &result->counter_, &result->payload_counter_);
  return result;
}

link::~link() {
  if (event_ != nullptr) {
    ssh_event_remove_session(event_, session_);
    ssh_event_free(event_);
  }
  // Closes the socket if libssh has taken and not yet closed it.
  ssh_free(session_);
  if (!taken_)
    close(fd_);
}

int link::connect() {
  auto first = !std::exchange(taken_, true);
  auto result = ssh_connect(session_);
  // libssh makes the socket blocking when it takes it.
  if (auto current = fd(); first && current >= 0)
    fcntl(current, F_SETFL, fcntl(current, F_GETFL) | O_NONBLOCK);
  return result;
}

int link::pump() {
  if (event_ == nullptr) {
    event_ = ssh_event_new();
    if (event_ == nullptr || ssh_event_add_session(event_, session_) != SSH_OK)
      return SSH_ERROR;
  }
  return ssh_event_dopoll(event_, 0);
}

bool link::dead() const noexcept {
  return fd() < 0
         || (ssh_get_status(session_) & (SSH_CLOSED | SSH_CLOSED_ERROR)) != 0;
}

int link::fd() const noexcept {
  return taken_ ? ssh_get_fd(session_) : fd_;
}

bool link::peer_gone() const noexcept {
  char byte = 0;
  auto current = fd();
  if (current < 0)
    return true;
  auto n = recv(current, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

bool link::write_pending() const noexcept {
  return (ssh_get_status(session_) & SSH_WRITE_PENDING) != 0;
}

uint32_t link::events() const noexcept {
  return write_pending() ? EPOLLIN | EPOLLOUT : EPOLLIN;
}

void link::quick_ack() const noexcept {
  int on = 1;
  if (auto current = fd(); current >= 0)
    setsockopt(current, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

std::optional<uint64_t> link::ask() {
  auto packets = payload_counter_.in_packets;
  std::optional<uint64_t> result;
  auto attempt = [&] {
    auto sent = payload_counter_.out_packets;
    auto before = received();
    // Always answers 0.
    ssh_send_keepalive(session_);
    if (payload_counter_.out_packets > sent)
      result = before;
  };
  attempt();
  // If the last request was answered this may have done no more than take note
  // of that, and what it sent may be libssh's reaction to other packets that
  // came with the answer.
  if ((!result || payload_counter_.in_packets - packets > 1) && !dead())
    attempt();
  return result;
}

uint64_t link::arrived() const noexcept {
  int waiting = 0;
  if (auto current = fd();
      current < 0 || ioctl(current, FIONREAD, &waiting) != 0)
    waiting = 0;
  return received() + static_cast<uint64_t>(waiting);
}

std::string link::banner() const {
  const auto* text = ssh_get_serverbanner(session_);
  return text != nullptr ? text : "";
}

host_key link::server_key() const {
  ssh_key key = nullptr;
  if (ssh_get_server_publickey(session_, &key) != SSH_OK)
    return {};
  char* text = nullptr;
  auto rc = ssh_pki_export_pubkey_base64(key, &text);
  ssh_key_free(key);
  if (rc != SSH_OK)
    return {};
  auto result = parse_host_key(text);
  ssh_string_free_char(text);
  return result;
}

std::string link::weak_algorithms() const {
  std::string result;
  for (const auto* name :
       {ssh_get_kex_algo(session_), ssh_get_cipher_in(session_),
        ssh_get_cipher_out(session_), ssh_get_hmac_in(session_),
        ssh_get_hmac_out(session_)})
    if (name != nullptr && is_legacy(name)
        && result.find(name) == std::string::npos)
      result += (result.empty() ? "" : ", ") + std::string{name};
  return result;
}

std::string link::error() const {
  const auto* text = ssh_get_error(session_);
  return text != nullptr ? text : "";
}

void link::disconnect() {
  if (dead())
    return;
  if (event_ != nullptr) {
    ssh_event_remove_session(event_, session_);
    ssh_event_free(event_);
    event_ = nullptr;
  }
  // Only without this option does libssh close the socket here. Closing it
  // after libssh is no choice: a failed write may have closed it already.
  ssh_options_set(session_, SSH_OPTIONS_FD, nullptr);
  ssh_disconnect(session_);
}

} // namespace tieline::ssh
