#pragma once

#include "tieline/messages/failure.hpp"

#include <caf/error.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace tieline {

/// Returns what to answer a request that may have begun: `closed` would say
/// that it was not.
inline caf::error as_begun(const caf::error& reason) {
  return code_of(reason) == errc::closed
           ? make_error(errc::connection_lost, failure_of(reason))
           : reason;
}

/// The requests that an actor still has to answer, so that it can do so when it
/// ends.
class pending_replies {
public:
  /// Adds one, with what answers it an error; returns an id for it.
  uint64_t add(std::function<void(const caf::error&)> fail) {
    pending_.emplace(++last_id_, std::move(fail));
    return last_id_;
  }

  bool has(uint64_t id) const {
    return pending_.count(id) != 0;
  }

  /// Takes one out that is about to be answered; returns false if it was
  /// answered before.
  bool take(uint64_t id) {
    return pending_.erase(id) != 0;
  }

  /// Answers one, unless it was answered before.
  void fail(uint64_t id, const caf::error& reason) {
    if (auto one = pending_.extract(id); !one.empty())
      one.mapped()(reason);
  }

  void fail_all(const caf::error& reason) {
    while (!pending_.empty())
      fail(pending_.begin()->first, reason);
  }

private:
  std::map<uint64_t, std::function<void(const caf::error&)>> pending_;
  uint64_t last_id_ = 0;
};

/// A promise that is among those that its actor has not answered yet, though it
/// has asked others what to answer.
template <class T>
class pending_reply {
public:
  using promise_type = caf::typed_response_promise<T>;

  /// @param all is to live as long
  pending_reply(pending_replies& all, promise_type promise)
    : all_(&all),
      promise_(std::move(promise)) {
    id_ = all_->add([promise = promise_](const caf::error& reason) mutable {
      promise.deliver(as_begun(reason));
    });
  }

  /// Does nothing the second time.
  template <class... Ts>
  void deliver(Ts&&... xs) {
    if (all_->take(id_))
      promise_.deliver(std::forward<Ts>(xs)...);
  }

  operator caf::result<T>() const {
    return promise_;
  }

private:
  pending_replies* all_;
  promise_type promise_;
  uint64_t id_;
};

} // namespace tieline
