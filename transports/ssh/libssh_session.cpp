#include "tieline/transports/ssh/libssh_session.hpp"

#include "tieline/messages/support/text.hpp"
#include "tieline/transports/ssh/legacy.hpp"

#include <fcntl.h>
#include <libssh/callbacks.h>
#include <libssh/server.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace tieline::ssh {

namespace {

// A server has nothing to ask of a client. What nobody handles libssh keeps for
// ever.
int refuse(ssh_session, ssh_message, void*) {
  return 1;
}

// Returns what there is to read.
std::string receive(int fd) {
  std::array<char, 4096> buffer{};
  std::string result;
  for (;;) {
    auto n = recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n <= 0)
      return result;
    result.append(buffer.data(), static_cast<size_t>(n));
  }
}

// libssh needs two or three calls for each step.
constexpr int max_steps = 10;

// Keeps what libssh's log says of an error: in the same call it may go on to
// fail in another way, and then tells only that.
void keep_error(int, const char*, const char* text, void* error) {
  if (error == nullptr)
    return;
  auto& first = *static_cast<std::pair<ssh_session, std::string>*>(error);
  std::string_view line{text};
  std::string_view last{ssh_get_error(first.first)};
  if (first.second.empty() && !last.empty()
      && line.find(last) != std::string_view::npos)
    first.second = last;
}

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

std::shared_ptr<libssh_session>
libssh_session::make(int fd, const profile& who,
                     const std::string& algorithms) {
  // libssh cuts off the higher bits of the number.
  auto* session = fd <= 0xffff ? ssh_new() : nullptr;
  if (session == nullptr) {
    close(fd);
    return nullptr;
  }
  std::shared_ptr<libssh_session> result{new libssh_session{session, fd}};
  std::array<int, 2> pair{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
                 pair.data())
      != 0)
    return nullptr;
  result->libssh_end_ = pair[0];
  result->our_end_ = pair[1];
  if (pair[0] > 0xffff || !configure(session, pair[0], who, algorithms))
    return nullptr;
  ssh_set_blocking(session, 0);
  ssh_set_counters(session, &result->counter_, &result->payload_counter_);
  ssh_set_message_callback(session, refuse, nullptr);
  return result->identify() ? result : nullptr;
}

libssh_session::~libssh_session() {
  if (event_ != nullptr) {
    ssh_event_remove_session(event_, session_);
    ssh_event_free(event_);
  }
  // Closes the socket if libssh has taken and not yet closed it.
  ssh_free(session_);
  if (our_end_ >= 0)
    close(our_end_);
  if (taken_)
    return;
  if (libssh_end_ >= 0 && !libssh_has_its_end_)
    close(libssh_end_);
  close(fd_);
}

// libssh gives up on a line of more than 255 bytes before the identification,
// tells nobody what it has read there, and forgets why it has failed if
// identification and key exchange come together. So it gets one end of a pair
// of sockets at first, and at the other end we have it say and read what it has
// to. After that its end becomes the real socket.
bool libssh_session::identify() {
  libssh_has_its_end_ = true;
  std::string said;
  for (int i = 0; i < max_steps && said.empty(); ++i) {
    ssh_connect(session_);
    said = receive(our_end_);
  }
  if (said.empty() || said.back() != '\n')
    return false;
  // A fresh socket has room for it. If it is broken already, reading tells.
  send(fd_, said.data(), said.size(), MSG_NOSIGNAL);
  return true;
}

greeting::progress libssh_session::greet() {
  std::array<char, 4096> buffer{};
  while (greeting_.now() == greeting::progress::waiting) {
    // Not a byte of what comes behind it may be taken.
    auto n = recv(fd_, buffer.data(), buffer.size(), MSG_PEEK);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return greeting::progress::waiting;
    if (n <= 0) {
      greeting_.end(n == 0 ? 0 : errno);
      break;
    }
    auto used = greeting_.take({buffer.data(), static_cast<size_t>(n)});
    recv(fd_, buffer.data(), used, 0);
  }
  if (greeting_.now() == greeting::progress::done && !taken_ && !hand_over())
    return greeting::progress::failed;
  return greeting_.now();
}

bool libssh_session::hand_over() {
  const auto& line = greeting_.identification();
  if (send(our_end_, line.data(), line.size(), MSG_NOSIGNAL)
      != static_cast<ssize_t>(line.size()))
    return false;
  for (int i = 0; i < max_steps && !dead(); ++i) {
    connect();
    offer_ += receive(our_end_);
    if (!offer_.empty() && !write_pending())
      break;
  }
  if (offer_.empty() || dead())
    return false;
  // So that it expects nothing more of its end.
  connect();
  send(fd_, offer_.data(), offer_.size(), MSG_NOSIGNAL);
  if (dup3(fd_, libssh_end_, O_CLOEXEC) < 0)
    return false;
  close(std::exchange(our_end_, -1));
  close(std::exchange(fd_, -1));
  taken_ = true;
  return true;
}

int libssh_session::connect() {
  std::pair<ssh_session, std::string> first{session_, first_error_};
  auto level = ssh_get_log_level();
  auto callback = ssh_get_log_callback();
  auto* userdata = ssh_get_log_userdata();
  ssh_set_log_callback(keep_error);
  ssh_set_log_userdata(&first);
  ssh_set_log_level(SSH_LOG_WARN);
  errno = 0;
  auto result = ssh_connect(session_);
  ssh_set_log_level(level);
  // There is no way to have none again.
  if (callback != nullptr)
    ssh_set_log_callback(callback);
  ssh_set_log_userdata(userdata);
  first_error_ = std::move(first.second);
  if (result == SSH_OK) {
    first_error_.clear();
    // An open session does not need it, and there may be many.
    offer_ = {};
    offer_.shrink_to_fit();
  }
  return result;
}

int libssh_session::pump() {
  if (event_ == nullptr) {
    event_ = ssh_event_new();
    if (event_ == nullptr || ssh_event_add_session(event_, session_) != SSH_OK)
      return SSH_ERROR;
  }
  if (!end_ && !dead()) {
    auto writing = write_pending() ? POLLOUT : 0;
    pollfd socket{fd(), static_cast<short>(POLLIN | POLLRDHUP | writing), 0};
    auto ready = poll(&socket, 1, 0);
    if (ready == 0 || (ready < 0 && errno == EINTR))
      return SSH_AGAIN;
    if ((socket.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
      take_remainder();
  }
  return end_ ? pump_remainder() : ssh_event_dopoll(event_, 0);
}

// libssh closes a socket that it cannot write to, whatever is unread in there.
// So it gets what is left from a pair of sockets, and may write into that.
void libssh_session::take_remainder() {
  std::array<int, 2> pair{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
                 pair.data())
      != 0)
    return;
  remainder rest;
  std::array<char, size_t{64} * 1024> buffer;
  for (;;) {
    auto n = recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR)
      continue;
    rest.cause = n < 0 ? errno : 0;
    if (n <= 0)
      break;
    rest.bytes.append(buffer.data(), static_cast<size_t>(n));
  }
  our_end_ = pair[1];
  // From now on that is what libssh has; the socket itself is closed by this.
  dup3(pair[0], fd(), O_CLOEXEC);
  close(pair[0]);
  end_ = std::move(rest);
}

int libssh_session::pump_remainder() {
  receive(our_end_);
  if (end_->fed < end_->bytes.size()) {
    auto n = send(our_end_, end_->bytes.data() + end_->fed,
                  end_->bytes.size() - end_->fed, MSG_NOSIGNAL);
    end_->fed += n > 0 ? static_cast<size_t>(n) : 0;
  }
  auto result = ssh_event_dopoll(event_, 0);
  end_->read = result == SSH_AGAIN && end_->fed == end_->bytes.size();
  return result;
}

bool libssh_session::over() const noexcept {
  return dead() || (end_ && end_->read);
}

bool libssh_session::dead() const noexcept {
  return fd() < 0
         || (ssh_get_status(session_) & (SSH_CLOSED | SSH_CLOSED_ERROR)) != 0;
}

int libssh_session::fd() const noexcept {
  return taken_ ? ssh_get_fd(session_) : fd_;
}

bool libssh_session::peer_gone() const noexcept {
  char byte = 0;
  auto current = fd();
  if (current < 0)
    return true;
  auto n = recv(current, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

bool libssh_session::write_pending() const noexcept {
  return (ssh_get_status(session_) & SSH_WRITE_PENDING) != 0;
}

uint32_t libssh_session::events() const noexcept {
  return write_pending() ? EPOLLIN | EPOLLOUT : EPOLLIN;
}

void libssh_session::quick_ack() const noexcept {
  int on = 1;
  if (auto current = fd(); current >= 0)
    setsockopt(current, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

std::optional<uint64_t> libssh_session::ask() {
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

// To open an agent's channel is for servers to ask, so a server refuses it, and
// it takes no session's place.
std::optional<uint64_t> libssh_session::ask_by_channel() {
  if (question_ != nullptr) {
    if (ssh_channel_open_auth_agent(question_) == SSH_AGAIN || dead())
      return std::nullopt;
    ssh_channel_free(std::exchange(question_, nullptr));
  }
  question_ = ssh_channel_new(session_);
  if (question_ == nullptr)
    return std::nullopt;
  auto before = received();
  ssh_channel_open_auth_agent(question_);
  return before;
}

uint64_t libssh_session::arrived() const noexcept {
  int waiting = 0;
  if (auto current = fd();
      current < 0 || ioctl(current, FIONREAD, &waiting) != 0)
    waiting = 0;
  return received() + static_cast<uint64_t>(waiting);
}

std::string libssh_session::banner() const {
  const auto* text = ssh_get_serverbanner(session_);
  return text != nullptr ? text : "";
}

host_key libssh_session::server_key() const {
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

std::string libssh_session::weak_algorithms() const {
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

std::string libssh_session::error() const {
  if (!first_error_.empty())
    return first_error_;
  // As libssh would have said it.
  if (end_ && !dead())
    return end_->cause == 0 ? "Socket error: disconnected"
                            : "Socket error: " + errno_message(end_->cause);
  const auto* text = ssh_get_error(session_);
  return text != nullptr ? text : "";
}

void libssh_session::disconnect() {
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
