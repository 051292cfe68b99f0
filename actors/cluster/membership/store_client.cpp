#include "tieline/actors/cluster/membership/store_client.hpp"

#include "tieline/messages/internal/error_context.hpp"
#include "tieline/messages/support/printable.hpp"
#include "tieline/messages/support/readable.hpp"

#include <caf/logger.hpp>

namespace tieline {

store_client::store_client(coordinator_actor::pointer self,
                           std::string node_name, timers& when,
                           key_value_store_actor store,
                           caf::timespan retry_pause,
                           std::function<void()> on_wake,
                           std::function<void()> on_trouble)
  : self_(self),
    name_(std::move(node_name)),
    timers_(when),
    store_(std::move(store)),
    retry_pause_(retry_pause),
    on_wake_(std::move(on_wake)),
    on_trouble_(std::move(on_trouble)) {
  // nop
}

void store_client::revoke(int64_t lease,
                          std::function<void(const caf::error&)> done) {
  compat::request(self_, store_, caf::infinite, revoke_atom_v, lease)
    .then(
      [this, done] {
        note({});
        on_wake_();
        done({});
      },
      [this, done](const caf::error& reason) {
        auto why = in_context({}, reason, step::none);
        note(why);
        on_wake_();
        done(why);
      });
}

timers::id store_client::at(time_point when, std::function<void()> f) {
  return timers_.at(when, [this, f = std::move(f)] {
    on_wake_();
    f();
  });
}

caf::error store_client::trouble() const {
  if (!trouble_)
    return {};
  return make_error(code_of(trouble_),
                    {{},
                     step::none,
                     "etcd has not answered since " + readable(since_) + ": "
                       + describe(trouble_)});
}

void store_client::warn(const std::string& what) const {
  CAF_LOG_IMPL("tieline.cluster", CAF_LOG_LEVEL_WARNING,
               printable(name_ + ": " + what));
}

void store_client::note(const caf::error& reason) {
  // A refusal is an answer, but not one that the next request may not get.
  auto now = code_of(reason) == errc::operation_failed ? caf::error{} : reason;
  auto changes = code_of(now) != code_of(trouble_);
  if (now && !trouble_)
    since_ = caf::make_timestamp();
  trouble_ = std::move(now);
  if (changes)
    on_trouble_();
}

} // namespace tieline
