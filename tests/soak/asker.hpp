#pragma once

#include "ledger.hpp"
#include "stage.hpp"

#include <tieline/messages/caf_compat.hpp>

#include <caf/expected.hpp>
#include <caf/typed_response_promise.hpp>

#include <array>
#include <functional>
#include <numeric>
#include <type_traits>
#include <utility>

namespace tieline::soak {

/// Asks on behalf of a player and writes it down: each question is open until
/// it is answered, or dropped with the player. Without a deadline of its own,
/// since tieline owes an answer to each. (A second answer to a request would
/// find nobody: CAF sees to that.)
class asker {
public:
  /// @param on_rest is called when nothing is open any more.
  asker(player_actor::pointer self, ledger& book, std::function<void()> on_rest)
    : self_(self),
      book_(book),
      on_rest_(std::move(on_rest)) {
    // nop
  }

  asker(const asker&) = delete;

  asker& operator=(const asker&) = delete;

  ~asker() {
    for (size_t i = 0; i < open_.size(); ++i)
      book_.dropped(static_cast<question>(i), open_[i]);
  }

  /// Asks and has `then` called with the caf::expected<T> that comes.
  template <class T, class Handle, class F, class... Ts>
  void ask(question what, const Handle& whom, F then, Ts... words) {
    ++open_.at(static_cast<size_t>(what));
    book_.asked(what);
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
  void take(question what, const F& then, caf::expected<T> got) {
    book_.answered(what, got ? caf::error{} : got.error());
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

  player_actor::pointer self_;
  ledger& book_;
  std::function<void()> on_rest_;
  std::array<uint64_t, ledger::questions.size()> open_{};
  bool stopping_ = false;
  caf::typed_response_promise<void> done_;
};

} // namespace tieline::soak
