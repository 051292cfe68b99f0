#include "tieline/transports/http/engine.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <iterator>
#include <memory>
#include <utility>

namespace tieline::http {

namespace {

// Each does as much as is there. So that one that never ends (a peer as fast as
// we are) does not keep the actor's other messages waiting.
constexpr int max_timeouts = 32;

uint32_t to_epoll(int what) {
  switch (what) {
    case CURL_POLL_IN:
      return EPOLLIN;
    case CURL_POLL_OUT:
      return EPOLLOUT;
    case CURL_POLL_INOUT:
      return EPOLLIN | EPOLLOUT;
    default:
      return 0;
  }
}

} // namespace

engine::engine(std::shared_ptr<io::poller> where, caf::actor_addr owner,
               uint64_t max_connections, std::function<void()> on_wake,
               std::function<void(shared_stream)> connect)
  : poller_(std::move(where)),
    owner_(std::move(owner)),
    on_wake_(std::move(on_wake)),
    connect_(std::move(connect)),
    multi_(curl_multi_init()) {
  auto most = static_cast<long>(max_connections);
  broken_
    = multi_ == nullptr
      || curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, on_socket)
           != CURLM_OK
      || curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this) != CURLM_OK
      || curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, on_timer) != CURLM_OK
      || curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this) != CURLM_OK
      || curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, most)
           != CURLM_OK
      || curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, most) != CURLM_OK;
}

engine::~engine() {
  shut();
  for (auto& [near, listener] : listeners_)
    close(listener);
}

void engine::adopt(CURL* handle) {
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
  curl_easy_setopt(handle, CURLOPT_CLOSESOCKETDATA, this);
}

caf::error engine::take_hop_error() {
  caf::error result;
  for (auto i = streams_.begin(); i != streams_.end();) {
    auto why = i->second->lost();
    if (why && !result)
      result = why;
    // One that libcurl has closed tells nothing new.
    i = why || i->first < 0 ? streams_.erase(i) : std::next(i);
  }
  return result;
}

bool engine::add(CURL* handle) {
  return curl_multi_add_handle(multi_, handle) == CURLM_OK;
}

void engine::remove(CURL* handle) {
  curl_multi_remove_handle(multi_, handle);
}

std::vector<engine::finished> engine::run() {
  for (auto fd : std::exchange(ready_, {}))
    act(fd);
  for (int i = 0; i < max_timeouts && deadline_ <= io::clock::now(); ++i) {
    deadline_ = io::never;
    act(CURL_SOCKET_TIMEOUT);
  }
  take_far_ends();
  std::vector<finished> result;
  int left = 0;
  while (auto* told = curl_multi_info_read(multi_, &left))
    if (told->msg == CURLMSG_DONE)
      result.push_back({told->easy_handle, told->data.result});
  return result;
}

void engine::shut() {
  if (multi_ != nullptr)
    curl_multi_cleanup(std::exchange(multi_, nullptr));
  deadline_ = io::never;
}

void engine::act(curl_socket_t fd) {
  slot* known = nullptr;
  if (auto pos = by_fd_.find(fd); pos != by_fd_.end())
    known = pos->second;
  else if (fd != CURL_SOCKET_TIMEOUT)
    return; // closed since it was ready
  if (known != nullptr)
    known->armed = false;
  int running = 0;
  // Zero: libcurl finds out itself what the socket is ready for.
  if (curl_multi_socket_action(multi_, fd, 0, &running) != CURLM_OK)
    broken_ = true;
  if (known != nullptr && known->fd == fd && known->events != 0
      && !known->armed)
    arm(*known);
}

engine::slot& engine::slot_of(int fd) {
  if (auto pos = by_fd_.find(fd); pos != by_fd_.end())
    return *pos->second;
  if (free_.empty()) {
    auto& fresh = *slots_.emplace_back(std::make_unique<slot>());
    fresh.registration
      = std::make_unique<io::registration>(poller_, owner_, [this, &fresh] {
          if (fresh.fd < 0 || multi_ == nullptr)
            return;
          ready_.push_back(fresh.fd);
          on_wake_();
        });
    free_.push_back(&fresh);
  }
  auto& result = *free_.back();
  free_.pop_back();
  result.fd = fd;
  by_fd_.emplace(fd, &result);
  return result;
}

// A socket that nobody waits for keeps its slot: it is idle, and will be used
// again. What the poller then still waits for wakes us once at most.
void engine::expect(slot& x, uint32_t events) {
  x.events = events;
  if (events != 0)
    arm(x);
}

void engine::arm(slot& x) {
  x.armed = true;
  if (x.attached && x.registration->rearm(x.events))
    return;
  x.attached = true;
  if (!x.registration->attach(x.fd, x.events))
    broken_ = true;
}

int engine::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
  auto& x = *static_cast<engine*>(self);
  if (auto events = to_epoll(what); events != 0)
    x.expect(x.slot_of(fd), events);
  else if (auto pos = x.by_fd_.find(fd); pos != x.by_fd_.end())
    pos->second->events = 0;
  return 0;
}

int engine::on_timer(CURLM*, long timeout_ms, void* self) {
  auto& x = *static_cast<engine*>(self);
  x.deadline_ = timeout_ms < 0
                  ? io::never
                  : io::clock::now() + std::chrono::milliseconds{timeout_ms};
  return 0;
}

curl_socket_t engine::open_socket(void* self, curlsocktype,
                                  curl_sockaddr* address) {
  auto& x = *static_cast<engine*>(self);
  if (x.connect_)
    return x.open_by_hop(*address);
  auto fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
                   address->protocol);
  if (fd < 0)
    return CURL_SOCKET_BAD;
  return fd;
}

// libcurl wants to connect by itself (7.88 takes no for an answer from
// CURLOPT_SOCKOPTFUNCTION, but connects all the same). So it connects to us: to
// a socket that has a name of the kernel's choice for a moment.
curl_socket_t engine::open_by_hop(curl_sockaddr& address) {
  constexpr auto kind = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  auto listener = socket(AF_UNIX, kind, 0);
  auto near = socket(AF_UNIX, kind, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  socklen_t size = sizeof(name);
  auto* generic = reinterpret_cast<sockaddr*>(&name);
  if (listener < 0 || near < 0
      || bind(listener, generic, sizeof(name.sun_family)) != 0
      || listen(listener, 1) != 0 || getsockname(listener, generic, &size) != 0
      || size > sizeof(address.addr)) {
    for (auto fd : {listener, near})
      if (fd >= 0)
        close(fd);
    return CURL_SOCKET_BAD;
  }
  address.family = AF_UNIX;
  address.socktype = SOCK_STREAM;
  address.protocol = 0;
  address.addrlen = size;
  std::memcpy(&address.addr, &name, size);
  listeners_.emplace_back(near, listener);
  return near;
}

void engine::take_far_ends() {
  for (auto i = listeners_.begin(); i != listeners_.end();) {
    auto [near, listener] = *i;
    auto fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    ucred who{};
    socklen_t size = sizeof(who);
    // Nobody else has any business here.
    if (fd >= 0
        && (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0
            || who.pid != getpid())) {
      close(fd);
      continue;
    }
    if (fd < 0) {
      ++i;
      continue;
    }
    close(listener);
    i = listeners_.erase(i);
    auto stream = std::make_shared<forwarded_stream>(fd);
    streams_.emplace_back(near, stream);
    connect_(std::move(stream));
  }
}

int engine::close_socket(void* self, curl_socket_t fd) {
  auto& x = *static_cast<engine*>(self);
  for (auto& [known, stream] : x.streams_)
    if (known == fd)
      known = -1;
  for (auto i = x.listeners_.begin(); i != x.listeners_.end();)
    if (i->first == fd) {
      close(i->second);
      i = x.listeners_.erase(i);
    } else {
      ++i;
    }
  if (auto pos = x.by_fd_.find(fd); pos != x.by_fd_.end()) {
    auto& closed = *pos->second;
    closed.registration->forget();
    closed.fd = -1;
    closed.events = 0;
    closed.attached = false;
    x.by_fd_.erase(pos);
    x.free_.push_back(&closed);
  }
  return close(fd);
}

} // namespace tieline::http
