#pragma once

#include "tieline/actors/connection/eviction.hpp"
#include "tieline/actors/connection/pending_requests.hpp"
#include "tieline/actors/connection/session_lease.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/internal/tenant.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tieline {

/// The time of a session from its opening to its end: runs the requests that
/// wait, as many at once as it can, probes the peer after a long silence, and
/// says when to close it. Also reports what takes long, session or not. Part
/// of a connection's actor.
class dispatcher {
public:
  using time_point = timers::time_point;

  struct callbacks {
    /// Returns what holds now.
    std::function<const policy&()> how;
    /// The last request that ran has ended.
    std::function<void()> on_idle;
    /// The peer has answered a probe.
    std::function<void()> on_alive;
    /// The peer does not answer.
    std::function<void(const caf::error&)> on_dead;
    /// The session is to be closed; why, in words.
    std::function<void(std::string)> on_evict;
    /// The session is idle, after it was not when @ref tell_when_idle was
    /// called.
    std::function<void()> on_free;
    /// A request, asked by this actor, takes that long.
    std::function<void(event_kind, std::string, caf::timespan)> on_long;
  };

  /// @param all, requests are to live as long
  dispatcher(full_connection_actor::pointer self, connection_key key,
             timers& all, pending_requests& requests, callbacks then);

  /// A session has opened.
  void begin(std::shared_ptr<session_lease> on);

  /// The session has ended, or is to start nothing more.
  void end();

  /// Starts nothing more, or may again.
  void pause(bool paused) {
    paused_ = paused;
  }

  /// The session is in use by others beside its requests, or no longer.
  void keep(bool in_use);

  /// Runs what waits, as far as the session takes it.
  void run();

  /// Ends the lease of the session, and runs what waits.
  void end_lease();

  /// A request has ended, or was given up.
  void go_on();

  /// The session has answered a request.
  void answered() {
    has_worked_ = true;
  }

  /// Returns whether the session has answered any.
  bool has_worked() const {
    return has_worked_;
  }

  /// A caller has to wait.
  void expect_long_wait();

  /// Does what is due: evicts the session, reports what takes long.
  void look_after();

  /// Returns whether the session could be closed with no harm to anybody.
  bool is_idle() const;

  bool probing() const {
    return static_cast<bool>(probe_due_);
  }

  /// Returns for how long the session has been idle; zero: it is in use.
  caf::timespan idle() const;

  /// Has `on_free` called once the session is idle.
  void tell_when_idle() {
    tell_when_idle_ = true;
  }

  /// Returns for how long there has been a session; zero: there is none.
  caf::timespan age() const;

  time_point opened_at() const {
    return times_.opened_at;
  }

private:
  void run_next(time_point now, const policy& how);

  void probe(const policy& how);

  void on_silence();

  void on_overdue();

  full_connection_actor::pointer self_;
  connection_key key_;
  timers& timers_;
  pending_requests& pending_;
  callbacks then_;
  /// None: there is no session, or it starts nothing more.
  std::shared_ptr<session_lease> session_;
  session_times times_;
  bool paused_ = false;
  bool kept_ = false;
  bool has_worked_ = false;
  bool tell_when_idle_ = false;
  deadline probe_due_;
  deadline upkeep_due_;
  /// Somebody is to look whether the transport keeps its deadlines.
  deadline overdue_due_;
  deadline lease_due_;
};

} // namespace tieline
