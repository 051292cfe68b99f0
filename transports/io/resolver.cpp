#include "tieline/transports/io/resolver.hpp"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <system_error>
#include <utility>

namespace tieline::io {

namespace {

using clock = std::chrono::steady_clock;

constexpr auto keep_addresses = std::chrono::seconds{30};
constexpr auto keep_failures = std::chrono::seconds{1};
constexpr size_t max_cached = 10'000;
constexpr size_t max_workers = 4;

resolution call_getaddrinfo(const std::string& host, uint16_t port) {
  resolution result;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  auto rc = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints,
                        &list);
  if (rc == EAI_SYSTEM) {
    result.error = std::generic_category().message(errno);
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

/// Touched by functions on the resolver's strand only.
class resolver::state : public std::enable_shared_from_this<state> {
public:
  using name = std::pair<std::string, uint16_t>;

  struct waiter {
    caf::actor_addr asker;
    std::function<void(const resolution&)> done;
  };

  struct entry {
    std::vector<waiter> waiting;
    std::shared_ptr<const resolution> result;
    clock::time_point until;
  };

  explicit state(caf::actor_system& sys) : workers_(sys, max_workers) {
    // nop
  }

  void lookup(name what, waiter who, const std::weak_ptr<strand>& home) {
    auto& x = entries_[what];
    if (x.result && clock::now() < x.until) {
      answer(who, x.result);
      return;
    }
    x.result = nullptr;
    x.waiting.push_back(std::move(who));
    if (x.waiting.size() > 1)
      return;
    auto result = std::make_shared<resolution>();
    workers_.run(
      [what, result] { *result = call_getaddrinfo(what.first, what.second); },
      [what, result, home, weak = weak_from_this()] {
        if (auto ptr = home.lock())
          ptr->run([what, result, weak] {
            if (auto self = weak.lock())
              self->resolved(what, result);
          });
      });
  }

private:
  void resolved(const name& what,
                const std::shared_ptr<const resolution>& result) {
    auto& x = entries_[what];
    x.result = result;
    x.until = clock::now()
              + (result->error.empty() ? clock::duration{keep_addresses}
                                       : clock::duration{keep_failures});
    for (auto& who : std::exchange(x.waiting, {}))
      answer(who, result);
    if (entries_.size() > max_cached)
      forget_old();
  }

  static void answer(const waiter& who,
                     const std::shared_ptr<const resolution>& result) {
    post(who.asker, [done = who.done, result] { done(*result); });
  }

  void forget_old() {
    auto now = clock::now();
    for (auto pos = entries_.begin(); pos != entries_.end();)
      if (pos->second.result && pos->second.until <= now)
        pos = entries_.erase(pos);
      else
        ++pos;
  }

  worker_pool workers_;
  std::map<name, entry> entries_;
};

resolver::resolver(caf::actor_system& sys)
  : state_(std::make_shared<state>(sys)),
    strand_(std::make_shared<strand>(sys, strand::kind::scheduled)) {
  // nop
}

void resolver::lookup(std::string host, uint16_t port, caf::actor_addr asker,
                      std::function<void(const resolution&)> done) {
  strand_->run(
    [state = state_, home = std::weak_ptr<strand>{strand_},
     what = state::name{std::move(host), port},
     who = state::waiter{std::move(asker), std::move(done)}]() mutable {
      state->lookup(std::move(what), std::move(who), home);
    });
}

} // namespace tieline::io
