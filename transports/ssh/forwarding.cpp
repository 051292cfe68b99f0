#include "tieline/transports/ssh/forwarding.hpp"

#include "tieline/messages/failure.hpp"
#include "tieline/messages/support/printable.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace tieline::ssh {

namespace {

constexpr size_t max_piece = size_t{32} * 1024;

// RFC 4254, 5.1.
constexpr std::pair<std::string_view, std::string_view> reasons[] = {
  {"1", "administratively prohibited"},
  {"2", "connect failed"},
  {"3", "unknown channel type"},
  {"4", "resource shortage"},
};

bool would_block(int code) {
  return code == EAGAIN || code == EWOULDBLOCK || code == EINTR;
}

} // namespace

refused_forward read_refusal(const std::string& message) {
  // As in `Channel opening failure: channel 43 error (2) open failed`.
  constexpr std::string_view before = " error (";
  auto pos = message.find(before);
  if (pos == std::string::npos)
    return {refused_forward::kind::prohibited, message};
  pos += before.size();
  auto end = std::min(message.find(')', pos), message.size());
  auto code = message.substr(pos, end - pos);
  refused_forward result;
  if (code == "2")
    result.why = refused_forward::kind::unreachable;
  else if (code == "4")
    result.why = refused_forward::kind::shortage;
  result.cause = message.substr(std::min(end + 2, message.size()));
  for (const auto& [number, name] : reasons)
    if (number == code)
      result.cause = std::string{name} + ": " + result.cause;
  return result;
}

forwarding::forwarding(libssh_session& session, std::string host, uint16_t port,
                       shared_stream stream, std::shared_ptr<io::poller> poller,
                       caf::actor_addr owner,
                       std::shared_ptr<std::function<void()>> then)
  : libssh_(session),
    host_(std::move(host)),
    port_(port),
    stream_(std::move(stream)),
    fd_(stream_->take()),
    registration_(std::move(poller), std::move(owner), [this, then] {
      woken_ = true;
      armed_.reset();
      // That may be the end of us, and of the function that holds it.
      // NOLINTNEXTLINE(performance-unnecessary-copy-initialization)
      auto keep = then;
      (*keep)();
    }) {
  ssh_callbacks_init(&callbacks_);
  callbacks_.userdata = this;
  callbacks_.channel_data_function = on_data;
  callbacks_.channel_eof_function = on_eof;
  callbacks_.channel_close_function = on_close;
  if (fd_ < 0)
    phase_ = phase::over;
}

forwarding::~forwarding() {
  release();
}

void forwarding::advance() {
  if (phase_ == phase::opening)
    open();
  if (phase_ == phase::running) {
    to_socket();
    to_channel();
  }
  if (phase_ == phase::closing)
    close();
  wait();
}

void forwarding::open() {
  if (channel_ == nullptr) {
    channel_ = ssh_channel_new(libssh_.get());
    if (channel_ != nullptr)
      ssh_set_channel_callbacks(channel_, &callbacks_);
  }
  auto result = channel_ != nullptr
                  ? ssh_channel_open_forward(channel_, host_.c_str(), port_,
                                             "127.0.0.1", 0)
                  : SSH_ERROR;
  if (result == SSH_AGAIN || libssh_.dead())
    return;
  if (result == SSH_OK) {
    libssh_.used(0);
    opened_ = true;
    woken_ = true;
    phase_ = phase::running;
    return;
  }
  libssh_.used(0);
  refusal_ = read_refusal(libssh_.error());
  phase_ = phase::refused;
  if (channel_ != nullptr) {
    ssh_remove_channel_callbacks(channel_, &callbacks_);
    ssh_channel_free(std::exchange(channel_, nullptr));
  }
}

void forwarding::try_again() {
  refusal_.reset();
  phase_ = phase::opening;
}

size_t forwarding::give(const char* data, size_t size) {
  size_t given = 0;
  full_ = false;
  while (given < size) {
    auto n = send(fd_, data + given, size - given, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) {
      given += static_cast<size_t>(n);
    } else if (errno != EINTR) {
      full_ = would_block(errno);
      // Nobody is there to read it.
      if (!full_) {
        socket_ended_ = true;
        given = size;
      }
      break;
    }
  }
  return given;
}

void forwarding::to_socket() {
  if (!for_socket_.empty()) {
    if (full_ && !woken_)
      return;
    for_socket_.erase(0, give(for_socket_.data(), for_socket_.size()));
  }
  while (kept_ && for_socket_.empty()) {
    kept_ = false;
    std::string buffer(max_piece, '\0');
    // Takes what is kept, and does not wait for more.
    auto n = ssh_channel_read_nonblocking(channel_, buffer.data(),
                                          static_cast<uint32_t>(max_piece), 0);
    if (n <= 0)
      break;
    buffer.resize(static_cast<size_t>(n));
    buffer.erase(0, give(buffer.data(), buffer.size()));
    for_socket_ = std::move(buffer);
    kept_ = true;
  }
  if (!for_socket_.empty() || kept_)
    return;
  if (close_received_)
    phase_ = phase::closing;
  else if (eof_received_ && !std::exchange(eof_given_, true))
    shutdown(fd_, SHUT_WR);
}

void forwarding::to_channel() {
  // Writes no more than libssh sends at once, as channel::feed.
  while (phase_ == phase::running && !close_received_ && !libssh_.dead()) {
    if (for_channel_.empty() && (!woken_ || socket_ended_))
      break;
    auto window = ssh_channel_window_size(channel_);
    if (window == 0 || libssh_.write_pending())
      return;
    if (for_channel_.empty()) {
      std::array<char, max_piece> buffer;
      auto n = recv(fd_, buffer.data(), std::min(buffer.size(), size_t{window}),
                    MSG_DONTWAIT);
      if (n < 0 && would_block(errno)) {
        woken_ = false;
        break;
      }
      if (n <= 0) {
        socket_ended_ = true;
        break;
      }
      for_channel_.assign(buffer.data(), static_cast<size_t>(n));
    }
    auto size = std::min(for_channel_.size(), size_t{window});
    auto n = ssh_channel_write(channel_, for_channel_.data(),
                               static_cast<uint32_t>(size));
    if (n <= 0)
      return;
    // The server may give a window for each.
    libssh_.used(0);
    for_channel_.erase(0, static_cast<size_t>(n));
  }
  if (socket_ended_ && for_channel_.empty())
    phase_ = phase::closing;
}

bool forwarding::is_abandoned() const {
  pollfd x{fd_, 0, 0};
  return poll(&x, 1, 0) > 0 && (x.revents & (POLLHUP | POLLERR)) != 0;
}

void forwarding::wait() {
  uint32_t wanted = 0;
  switch (phase_) {
    case phase::opening:
    case phase::refused:
      if (std::exchange(woken_, false) && is_abandoned()) {
        socket_ended_ = true;
        // One that the server is still to answer is closed after that.
        if (phase_ == phase::refused)
          release();
      }
      if (socket_ended_)
        return;
      // A socket that is closed is told of whatever one waits for.
      break;
    case phase::running:
      if (!woken_ && !socket_ended_)
        wanted |= EPOLLIN;
      if (full_)
        wanted |= EPOLLOUT;
      if (wanted == 0)
        return;
      break;
    default:
      return;
  }
  if (armed_ == wanted)
    return;
  armed_ = wanted;
  if (std::exchange(attached_, true))
    registration_.rearm(wanted);
  else
    registration_.attach(fd_, wanted);
}

void forwarding::close() {
  if (channel_ == nullptr || libssh_.dead()) {
    release();
    return;
  }
  // The host behind it is told at once, not when the server has closed it too.
  if (auto fd = std::exchange(fd_, -1); fd >= 0) {
    registration_.forget();
    ::close(fd);
  }
  // Again until it is not: the first call may have sent the EOF only.
  if (ssh_channel_close(channel_) == SSH_AGAIN && !libssh_.dead())
    return;
  if (close_received_ || libssh_.dead())
    release();
}

void forwarding::release() {
  phase_ = phase::over;
  if (auto fd = std::exchange(fd_, -1); fd >= 0) {
    registration_.forget();
    ::close(fd);
  }
  if (channel_ == nullptr)
    return;
  // libssh keeps a channel until its remote close, callbacks included.
  ssh_remove_channel_callbacks(channel_, &callbacks_);
  ssh_channel_free(std::exchange(channel_, nullptr));
}

void forwarding::end(const caf::error& why) {
  if (phase_ != phase::over && phase_ != phase::closing)
    stream_->end(why);
  release();
}

int forwarding::on_data(ssh_session, ssh_channel, void* data, uint32_t size,
                        int, void* self) {
  auto& x = *static_cast<forwarding*>(self);
  if (size > 0)
    x.libssh_.used(size);
  // Nobody reads it.
  if (x.fd_ < 0 || x.socket_ended_)
    return static_cast<int>(size);
  if (!x.for_socket_.empty() || x.full_) {
    x.kept_ = true;
    return 0;
  }
  auto given = x.give(static_cast<const char*>(data), size);
  x.kept_ = x.kept_ || given < size;
  return static_cast<int>(given);
}

void forwarding::on_eof(ssh_session, ssh_channel, void* self) {
  auto& x = *static_cast<forwarding*>(self);
  x.eof_received_ = true;
  x.libssh_.used(0);
}

void forwarding::on_close(ssh_session, ssh_channel, void* self) {
  auto& x = *static_cast<forwarding*>(self);
  x.close_received_ = true;
  x.libssh_.used(0);
}

void forwardings::add(std::string host, uint16_t port, shared_stream stream,
                      std::shared_ptr<io::poller> poller, caf::actor_addr owner,
                      std::shared_ptr<std::function<void()>> then,
                      promise answer) {
  all_.push_back({std::make_unique<forwarding>(
                    libssh_, std::move(host), port, std::move(stream),
                    std::move(poller), std::move(owner), std::move(then)),
                  std::move(answer)});
}

bool forwardings::any() const noexcept {
  return std::any_of(all_.begin(), all_.end(),
                     [](auto& x) { return x.stream->in_use(); });
}

void forwardings::advance() {
  for (auto i = all_.begin(); i != all_.end();) {
    i->stream->advance();
    answer(*i);
    i = i->stream->over() ? all_.erase(i) : std::next(i);
  }
  // What one leaves over of the socket is the next one's, next time.
  if (all_.size() > 1)
    all_.splice(all_.end(), all_, all_.begin());
  if (any_opening())
    return;
  // One at a time: those that wait must not keep each other waiting.
  for (auto& x : all_)
    if (x.stream->refused()) {
      x.stream->try_again();
      x.stream->advance();
      break;
    }
}

bool forwardings::any_opening() const noexcept {
  return std::any_of(all_.begin(), all_.end(),
                     [](auto& x) { return x.stream->opening(); });
}

void forwardings::answer(entry& x) {
  if (x.answered)
    return;
  if (x.stream->opened()) {
    x.answered = true;
    x.answer.deliver();
  } else if (x.stream->over()) {
    x.answered = true;
    x.answer.deliver(
      make_error(errc::canceled, {key_, step::channel, "nobody waits for it"}));
  } else if (const auto& refusal = x.stream->refusal()) {
    using kind = refused_forward::kind;
    // There may be room when those are through that the server considers now.
    if (refusal->why == kind::shortage && any_opening())
      return;
    x.answered = true;
    auto cause = printable(refusal->cause, max_told);
    auto unreachable = refusal->why == kind::unreachable;
    failure what{key_, unreachable ? step::connect : step::channel,
                 unreachable ? cause : "refuses to forward: " + cause};
    auto why = make_error(
      unreachable ? errc::unreachable : errc::channel_refused, std::move(what));
    x.answer.deliver(why);
    x.stream->end(why);
  }
}

void forwardings::end(const caf::error& why) {
  for (auto& x : all_) {
    x.stream->end(why);
    if (!std::exchange(x.answered, true))
      x.answer.deliver(why);
  }
  all_.clear();
}

} // namespace tieline::ssh
