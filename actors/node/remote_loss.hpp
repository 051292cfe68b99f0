#pragma once

#include "tieline/actors/runtime/forwarding.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/errc.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/request.hpp"
#include "tieline/messages/support/pruning.hpp"

#include <caf/error.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tieline {

/// Whether an actor on another node has ended, and what those are told who wait
/// for it. Requests hold it, so it may outlive the @ref remote_end that it
/// belongs to.
class remote_loss : public std::enable_shared_from_this<remote_loss> {
public:
  using on_failure = on_answer<caf::error>;

  /// Returns whether it is called for the first time.
  using once = std::function<bool()>;

  /// @param when of the actor that asks
  /// @param where for people, e.g. `host:port`
  remote_loss(timers& when, std::string where);

  /// Returns how it ended; `errc::none`: it is not known to have ended.
  errc code() const noexcept {
    return code_;
  }

  /// It has ended; those who wait to know how are told by @ref settle.
  void set(errc code) noexcept {
    code_ = code;
  }

  void settle();

  /// Returns the error for a request that comes after the loss.
  caf::error error(const connection_key& key, step at) const;

  /// Calls `failed` with a timeout if there is no answer a little after `due`;
  /// what then comes is not the first answer.
  once first_answer(std::optional<timers::time_point> due,
                    const connection_key& key, step at, on_failure failed);

  /// Returns what to do with an answer.
  template <class Result>
  static on_answer<Result> answered(once first, on_answer<Result> done) {
    return [first = std::move(first), done = std::move(done)](auto&... got) {
      if (first())
        done(got...);
    };
  }

  /// Returns what to do with an error, which may tell of the other's end.
  template <class Result>
  on_failure
  refused(const connection_key& key, step at, once first, on_failure failed) {
    // `closed` would say of a request that it was not begun.
    constexpr auto acts
      = std::is_same_v<
          Result,
          reply> || std::is_same_v<Result, std::optional<connection_actor>> || std::is_same_v<Result, std::vector<open_outcome>>;
    return refused(key, at, std::move(first), std::move(failed), acts);
  }

private:
  on_failure refused(const connection_key& key, step at, once first,
                     on_failure failed, bool acts);

  caf::error error(const connection_key& key, step at,
                   bool may_have_begun) const;

  void once_known(std::function<void()> what);

  timers& timers_;
  std::string where_;
  errc code_ = errc::none;
  /// The timers hold them, and end with the actor: each may hold us.
  std::vector<std::weak_ptr<std::function<void()>>> until_known_;
  pruning pruning_;
};

} // namespace tieline
