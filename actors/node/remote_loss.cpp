#include "tieline/actors/node/remote_loss.hpp"

#include "tieline/messages/failure.hpp"
#include "tieline/messages/internal/error_context.hpp"

#include <caf/exit_reason.hpp>

#include <chrono>

namespace tieline {

namespace {

constexpr caf::timespan grace = std::chrono::seconds{1};

void call_once(std::function<void()>& what) {
  if (auto f = std::exchange(what, nullptr))
    f();
}

} // namespace

remote_loss::remote_loss(timers& when, std::string where)
  : timers_(when),
    where_(std::move(where)) {
  // nop
}

void remote_loss::settle() {
  for (auto& weak : std::exchange(until_known_, {}))
    if (auto what = weak.lock())
      call_once(*what);
}

caf::error remote_loss::error(const connection_key& key, step at) const {
  return error(key, at, false);
}

caf::error remote_loss::error(const connection_key& key, step at,
                              bool may_have_begun) const {
  auto code = code_ == errc::none ? errc::node_lost : code_;
  failure why{key, at, where_};
  if (code == errc::node_lost && !may_have_begun)
    why.details[begun_detail] = not_begun;
  return make_error(code, std::move(why));
}

remote_loss::once
remote_loss::first_answer(std::optional<timers::time_point> due,
                          const connection_key& key, step at,
                          on_failure failed) {
  if (!due)
    return [] { return true; };
  auto answered = std::make_shared<bool>(false);
  auto id = timers_.at(*due + grace, [answered, key, at, where = where_,
                                      failed = std::move(failed)] {
    *answered = true;
    auto why = make_error(errc::timeout, {key, at, where + " does not answer"});
    failed(why);
  });
  // The timers live as long as the actor, unlike the remote end.
  return [&when = timers_, answered, id] {
    when.cancel(id);
    return !std::exchange(*answered, true);
  };
}

remote_loss::on_failure remote_loss::refused(const connection_key& key, step at,
                                             once first, on_failure failed,
                                             bool acts) {
  return [key, at, first = std::move(first), failed = std::move(failed), acts,
          me = shared_from_this()](caf::error& reason) {
    if (!first())
      return;
    if (code_of(reason) != errc::none
        || (me->code_ == errc::none && !tells_of_an_end(reason)
            && reason.category() != caf::type_id_v<caf::exit_reason>)) {
      auto told = in_context(key, reason, at);
      failed(told);
      return;
    }
    me->once_known([key, at, failed, acts, me] {
      auto why = me->code_ == errc::closed && acts
                   ? make_error(errc::connection_lost, {key, at, me->where_})
                   : me->error(key, at, acts);
      failed(why);
    });
  };
}

/// Calls `what` when it is known how the other ended: an answer that tells of
/// an end may overtake the news of it.
void remote_loss::once_known(std::function<void()> what) {
  if (code_ != errc::none) {
    what();
    return;
  }
  auto made = std::make_shared<std::function<void()>>(std::move(what));
  pruning_.run(until_known_, [](const auto& x) { return x.expired(); });
  until_known_.push_back(made);
  // If it has not ended at all, no news will come.
  timers_.at(timers_.after(grace), [made] { call_once(*made); });
}

} // namespace tieline
