#pragma once

#include "tieline/actors/connection/connection_context.hpp"
#include "tieline/actors/connection/lifecycle.hpp"
#include "tieline/actors/connection/pending_requests.hpp"
#include "tieline/actors/connection/reopening.hpp"
#include "tieline/actors/connection/reporter.hpp"
#include "tieline/actors/connection/resolved_params.hpp"
#include "tieline/actors/connection/session_lease.hpp"
#include "tieline/actors/runtime/owned.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/internal/tenant.hpp"

#include <functional>
#include <memory>
#include <string>

namespace tieline {

/// The attempts of a connection to open a session, and the one that they have
/// brought: for whom they are made, what came of them, and when there is to be
/// another. Part of a connection's actor.
class attempts {
public:
  using time_point = timers::time_point;

  struct callbacks {
    /// Returns what holds now.
    std::function<const policy&()> how;
    std::function<void(event, const caf::error&)> handle;
    /// A request has been answered.
    std::function<void(uint64_t, caf::expected<reply>)> on_reply;
    /// The attempt has failed or the session has ended.
    std::function<void(const caf::error&)> on_end;
    /// Returns the error for those whose time is over.
    std::function<caf::error()> timed_out;
  };

  /// @param all, requests, report are to live as long
  attempts(full_connection_actor::pointer self,
           const connection_context& context, timers& all,
           pending_requests& requests, const reporter& report, callbacks then);

  // -- the session ------------------------------------------------------------

  /// Has a transport that the next attempt opens.
  void expect_first(transport_actor first);

  /// Starts one in the place of session or attempt.
  void start(const resolved_params& with);

  /// Forgets the session or attempt; whatever it still says is stale.
  void leave();

  /// Forgets the transport that the next attempt was to open, too.
  void leave_all();

  /// Returns the session or attempt, or null.
  const std::shared_ptr<session_lease>& session() const noexcept {
    return session_;
  }

  session_stage stage() const noexcept {
    return session_ ? session_->now() : session_stage::over;
  }

  /// Returns the step that an open under way has reached; `none`: there is
  /// none.
  step reached() const noexcept {
    return session_ ? session_->reached() : step::none;
  }

  // -- what happens -----------------------------------------------------------

  /// The params are others than before: what was said about the old ones is
  /// void.
  void params_changed();

  /// The connection is idle.
  void rest() noexcept {
    turn_has_come_ = false;
  }

  /// The attempt has opened a session.
  void opened();

  /// The attempt has failed.
  void failed(caf::error reason);

  /// The session has ended, for this reason if there is one.
  void ended(const caf::error& reason) {
    if (reason)
      last_error_ = reason;
  }

  /// Params that were refused may be tried again.
  void pardon();

  /// Waits for the time of the next attempt.
  void await_next();

  void await_no_more() {
    next_due_.cancel();
  }

  /// Ends an attempt when the last of those has left who waited as it began.
  /// Without that, callers who keep coming would keep a hung one alive.
  void give_up_hung(phase now);

  // -- what is known ----------------------------------------------------------

  reopening& plan() noexcept {
    return plan_;
  }

  const reopening& plan() const noexcept {
    return plan_;
  }

  /// Returns until when somebody waits who asks for a session now.
  pending_requests::patience patience(caf::timespan asked) const;

  uint64_t count() const noexcept {
    return count_;
  }

  const caf::error& last_error() const noexcept {
    return last_error_;
  }

  /// Returns how long it is to the next attempt; zero: it is not waited for.
  caf::timespan next_in() const;

private:
  void begin();

  full_connection_actor::pointer self_;
  const connection_context& context_;
  timers& timers_;
  pending_requests& pending_;
  const reporter& report_;
  callbacks then_;
  reopening plan_;
  std::shared_ptr<session_lease> session_;
  /// A transport that waits for the first open.
  owned<transport_actor> spare_;
  bool spare_stepwise_ = false;
  uint64_t last_ticket_ = 0;
  uint64_t count_ = 0;
  caf::error last_error_;
  /// What tells apart the named credential that was refused last, if any was.
  std::string refused_mark_;
  time_point asked_at_;
  time_point began_at_;
  /// A mark from when the attempt began; zero: it waits for its turn.
  uint64_t began_ = 0;
  /// One of the attempts for those who wait has begun.
  bool turn_has_come_ = false;
  deadline next_due_;
  deadline due_;
};

} // namespace tieline
