#pragma once

#include "tieline/messages/failure.hpp"
#include "tieline/messages/internal/events.hpp"
#include "tieline/messages/internal/stats.hpp"
#include "tieline/messages/internal/tenant.hpp"
#include "tieline/messages/lifecycle_event.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <string>
#include <utility>

namespace tieline {

/// What a connection tells of itself: events, counters and errors.
class reporter {
public:
  reporter(full_connection_actor::pointer self, connection_key key,
           events_actor events, stats_actor stats)
    : self_(self),
      key_(std::move(key)),
      events_(std::move(events)),
      stats_(std::move(stats)) {
    // nop
  }

  const connection_key& key() const noexcept {
    return key_;
  }

  void tell(event_kind what, const caf::error& reason = {},
            caf::timespan span = caf::timespan{0},
            std::string detail = {}) const {
    lifecycle_event x;
    x.key = key_;
    x.what = what;
    x.reason = reason;
    x.span = span;
    x.detail = std::move(detail);
    compat::send(self_, events_, std::move(x));
  }

  void count(connection_event what) const {
    compat::send(self_, stats_, count_atom_v, what, key_.plugin_name);
  }

  caf::error failed(errc code, step at, std::string cause = {}) const {
    return make_error(code, {key_, at, std::move(cause)});
  }

  /// Tells nobody any more.
  void stop() {
    events_ = events_actor{};
    stats_ = stats_actor{};
  }

private:
  full_connection_actor::pointer self_;
  connection_key key_;
  events_actor events_;
  stats_actor stats_;
};

} // namespace tieline
