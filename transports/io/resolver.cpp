#include "tieline/transports/io/resolver.hpp"

#include "tieline/messages/support/text.hpp"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace tieline::io {

namespace {

constexpr size_t max_cached = 200'000;

// A quarter of the threads.
constexpr size_t per_zone = 8;

/// Returns what name servers are asked about together.
std::string zone(const std::string& host) {
  auto dot = host.find('.');
  return dot == std::string::npos ? host : host.substr(dot + 1);
}

resolution call_getaddrinfo(const host_and_port& what) {
  resolution result;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  auto rc = getaddrinfo(what.first.c_str(), std::to_string(what.second).c_str(),
                        &hints, &list);
  if (rc == EAI_SYSTEM) {
    result.error = errno_message(errno);
    return result;
  }
  if (rc != 0) {
    result.error = gai_strerror(rc);
    return result;
  }
  for (auto* x = list; x != nullptr; x = x->ai_next) {
    address found;
    std::memcpy(&found.storage, x->ai_addr, x->ai_addrlen);
    found.length = x->ai_addrlen;
    result.addresses.push_back(found);
  }
  freeaddrinfo(list);
  if (result.addresses.empty())
    result.error = "the name has no address";
  return result;
}

} // namespace

/// Any thread may use it. No actor is told anything under the lock.
class resolver::state {
public:
  using entry = address_cache::entry;

  struct waiter {
    caf::actor_addr asker;
    callback done;
  };

  explicit state(function look_up) : look_up_(std::move(look_up)) {
    // nop
  }

  /// Returns whether the name is to be looked up for the waiter.
  bool add(const host_and_port& name, waiter who) {
    std::unique_lock guard{mutex_};
    if (auto found = cache_.find(name, address_cache::clock::now())) {
      guard.unlock();
      answer(who, found);
      return false;
    }
    auto& waiting = waiting_[name];
    waiting.push_back(std::move(who));
    return waiting.size() == 1;
  }

  /// Returns whether somebody waits still. If not, the next one who asks starts
  /// anew.
  bool wanted(const host_and_port& name) {
    std::unique_lock guard{mutex_};
    auto waiting = waiting_[name];
    guard.unlock();
    if (std::any_of(waiting.begin(), waiting.end(),
                    [](const waiter& x) { return alive(x.asker); }))
      return true;
    guard.lock();
    auto& now = waiting_[name];
    if (now.size() > waiting.size())
      return true;
    waiting_.erase(name);
    return false;
  }

  resolution look_up(const host_and_port& name) const {
    return look_up_(name);
  }

  void resolved(const host_and_port& name, resolution found) {
    auto result = std::make_shared<const resolution>(std::move(found));
    std::vector<waiter> waiting;
    {
      std::lock_guard guard{mutex_};
      if (result->code == errc::resolve_failed)
        cache_.put(name, result, address_cache::clock::now());
      if (auto pos = waiting_.find(name); pos != waiting_.end()) {
        waiting = std::move(pos->second);
        waiting_.erase(pos);
      }
    }
    for (const auto& who : waiting)
      answer(who, result);
  }

  void forget(const host_and_port& name) {
    std::lock_guard guard{mutex_};
    cache_.drop(name);
  }

private:
  static void answer(const waiter& who, const entry& found) {
    post(who.asker, [done = who.done, found] { done(*found); });
  }

  const function look_up_;
  std::mutex mutex_;
  address_cache cache_{max_cached};
  std::map<host_and_port, std::vector<waiter>> waiting_;
};

resolver::resolver() : resolver(call_getaddrinfo) {
  // nop
}

resolver::resolver(function look_up)
  : state_(std::make_shared<state>(std::move(look_up))),
    workers_(per_zone) {
  // nop
}

void resolver::lookup(std::string host, uint16_t port, caf::actor_addr asker,
                      callback done) {
  host_and_port name{std::move(host), port};
  if (!state_->add(name, {std::move(asker), std::move(done)}))
    return;
  auto result = std::make_shared<resolution>();
  workers_.run({
    zone(name.first),
    [state = state_, name] { return state->wanted(name); },
    [state = state_, name, result] { *result = state->look_up(name); },
    [state = state_, name, result] {
      state->resolved(name, std::move(*result));
    },
    [state = state_, name](const std::string& why) {
      state->resolved(name, {{}, why, errc::transport_failed});
    },
  });
}

void resolver::forget(const std::string& host, uint16_t port) {
  state_->forget({host, port});
}

} // namespace tieline::io
