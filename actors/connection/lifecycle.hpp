#pragma once

#include "tieline/messages/connection_status.hpp"

#include <cstdint>

namespace tieline {

/// The phases of a connection: @ref connection_state, seen from inside.
enum class phase : uint8_t {
  /// No session and no attempt.
  idle,
  /// The next attempt is to come, after a wait.
  backoff,
  /// An attempt is under way: it waits for its turn, or a transport is being
  /// made or opened.
  opening,
  /// A session is up and serves.
  open,
  /// The session starts no new work. Once its work in flight has ended it is
  /// closed, and replaced if one is wanted.
  draining,
  /// The session is on its way out, and the connection with it.
  closing,
  /// Closed for good.
  ended,
};

/// How far a session or attempt has come.
enum class session_stage : uint8_t {
  /// It waits for the session with its jump host.
  jump,
  /// It waits for its turn.
  admission,
  /// The factory makes a transport.
  creation,
  /// The transport opens the session.
  opening,
  open,
  /// There is none.
  over,
};

/// What can happen to a connection.
enum class event : uint8_t {
  /// An open with the params of the session or attempt.
  open_same,
  /// An open with other params.
  open_other,
  execute,
  close,
  /// The attempt brought a session.
  succeeded,
  failed,
  /// The last work in flight has ended.
  drained,
  /// The transport has answered a close, or has not within its time.
  retired,
  /// The session ended by itself.
  lost,
  /// The time for closing is over, or all have left who waited when the
  /// attempt began.
  expired,
  /// The time of the next attempt has come.
  due,
  /// The session is to be closed, for its age or for others.
  retire,
  /// A fresh session is to take the place of the old one, or of none.
  reopen,
  /// What was held back may go on.
  resume,
  /// An operator drops session or attempt.
  kill,
};

/// What the connection does about it.
enum class action : uint8_t {
  /// Nothing, or nothing yet.
  none,
  /// Answer the caller: it is open.
  answer,
  /// Hand requests to the session, as far as it takes them.
  run,
  refuse_not_open,
  refuse_closed,
  start_attempt,
  /// Discard the attempt, whatever comes of it, and start another. Those who
  /// wait, go on waiting.
  restart_attempt,
  abort_attempt,
  /// Answer all who wait for the session, run what is queued.
  serve,
  /// Answer all who wait for the session with the error.
  fail_waiting,
  /// The attempt has failed; let some time pass before the next.
  await_retry,
  /// Let some time pass before the attempt.
  await_attempt,
  /// Answer what is in flight with the loss.
  drop_session,
  /// The session is gone; start an attempt for those who wait.
  replace_session,
  /// The session is gone; let some time pass before the attempt.
  await_replacement,
  /// Let the session end its work, within the time for closing.
  drain_session,
  /// Ask the transport to close.
  retire_session,
  /// Drop session or attempt, answer everybody.
  kill,
  /// Let go of everything, answer everybody.
  end,
};

/// What else a decision depends on.
struct circumstances {
  /// Work is in flight.
  bool busy = false;
  /// Somebody waits for a session.
  bool wanted = false;
  /// A session that was lost may be opened again: it was open once with these
  /// params, and they have not been refused since.
  bool reopenable = false;
  /// No session is to be opened now.
  bool held = false;
  /// It is too early for another attempt for work.
  bool early = false;
  /// After a failure: another attempt is in order.
  bool retry = false;
  /// In backoff: between the attempts of one open.
  bool retrying = false;
};

struct transition {
  phase next;
  action act;
};

/// Decides what follows from an event. Events that make no sense in a phase
/// (late ones) change nothing.
transition decide(phase now, event what, circumstances given) noexcept;

/// Returns the state to show for a phase.
connection_state state_of(phase x) noexcept;

} // namespace tieline
