#pragma once

#include "request_log.hpp"
#include "soak_context.hpp"

#include <tieline/messages/caf_compat.hpp>

#include <caf/expected.hpp>
#include <caf/typed_response_promise.hpp>

#include <array>
#include <functional>
#include <numeric>
#include <type_traits>
#include <utility>

namespace tieline::soak {

/// Sends the requests of a participant and logs them: each is pending until it
/// is answered, or dropped with the participant. Without a deadline of its own,
/// since tieline owes an answer to each. (A second answer to a request would
/// find nobody: CAF sees to that.)
class tracked_requests {
public:
  /// @param on_rest is called when nothing is open any more.
  tracked_requests(participant_actor::pointer self, request_log& log,
                   std::function<void()> on_rest)
    : self_(self),
      log_(log),
      on_rest_(std::move(on_rest)) {
    // nop
  }

  tracked_requests(const tracked_requests&) = delete;

  tracked_requests& operator=(const tracked_requests&) = delete;

  ~tracked_requests() {
    for (size_t i = 0; i < open_.size(); ++i)
      log_.dropped(static_cast<request_kind>(i), open_[i]);
  }

  /// Asks and has `then` called with the caf::expected<T> that comes.
  template <class T, class Handle, class F, class... Ts>
  void ask(request_kind what, const Handle& whom, F then, Ts... words) {
    ++open_.at(static_cast<size_t>(what));
    log_.asked(what);
    auto fail = [this, what, then](caf::error& reason) {
      take<T>(what, then, std::move(reason));
    };
    auto response = compat::request(self_, whom, caf::infinite,
                                    std::move(words)...);
    if constexpr (std::is_void_v<T>)
      std::move(response).then(
        [this, what, then] { take<T>(what, then, caf::expected<void>{}); },
        fail);
    else
      std::move(response).then(
        [this, what, then](T& x) { take<T>(what, then, std::move(x)); }, fail);
  }

  bool resting() const {
    return std::accumulate(open_.begin(), open_.end(), uint64_t{0}) == 0;
  }

  bool stopping() const {
    return stopping_;
  }

  caf::result<void> stop() {
    stopping_ = true;
    done_ = self_->make_response_promise<caf::typed_response_promise<void>>();
    auto result = done_;
    if (resting())
      end();
    return result;
  }

private:
  template <class T, class F>
  void take(request_kind what, const F& then, caf::expected<T> got) {
    log_.answered(what, got ? caf::error{} : got.error());
    // It may ask more: that is still the same piece of work.
    then(std::move(got));
    --open_.at(static_cast<size_t>(what));
    if (!resting())
      return;
    if (stopping_)
      end();
    else
      on_rest_();
  }

  void end() {
    done_.deliver();
    self_->quit();
  }

  participant_actor::pointer self_;
  request_log& log_;
  std::function<void()> on_rest_;
  std::array<uint64_t, request_log::request_kinds.size()> open_{};
  bool stopping_ = false;
  caf::typed_response_promise<void> done_;
};

} // namespace tieline::soak
