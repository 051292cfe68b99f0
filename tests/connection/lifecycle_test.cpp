#include "tieline/actors/connection/lifecycle.hpp"

#include <boost/test/unit_test.hpp>

using namespace tieline;

namespace {

constexpr circumstances quiet{};
constexpr circumstances busy{true, false, true};
constexpr circumstances wanted{false, true, true};
constexpr circumstances known{false, false, true};
constexpr circumstances held{false, true, true, true};
constexpr circumstances early{false, true, true, false, true};
constexpr circumstances retry{false, true, true, false, true, true};
constexpr circumstances retrying{false, true, true, false, true, false, true};

struct row {
  const char* name;
  phase now;
  event what;
  circumstances given;
  phase next;
  action act;
};

constexpr row rows[] = {
  {"an open of a closed connection starts an attempt", phase::idle,
   event::open_other, quiet, phase::opening, action::start_attempt},
  {"a reopen with the same params starts an attempt", phase::idle,
   event::open_same, known, phase::opening, action::start_attempt},
  {"work before the first open is refused", phase::idle, event::execute, quiet,
   phase::idle, action::refuse_not_open},
  {"work after a loss reopens", phase::idle, event::execute, known,
   phase::opening, action::start_attempt},
  {"work after a loss waits for its time", phase::idle, event::execute, early,
   phase::backoff, action::await_attempt},
  {"an open does not wait for its time", phase::idle, event::open_same, early,
   phase::opening, action::start_attempt},
  {"a paused connection opens nothing", phase::idle, event::open_other, held,
   phase::idle, action::none},
  {"a paused connection keeps work for later", phase::idle, event::execute,
   held, phase::idle, action::none},
  {"a resume opens for those who wait", phase::idle, event::resume, wanted,
   phase::opening, action::start_attempt},
  {"a resume opens nothing for nobody", phase::idle, event::resume, known,
   phase::idle, action::none},
  {"a reconnect opens", phase::idle, event::reopen, known, phase::opening,
   action::start_attempt},
  {"a kill answers who waits for a resume", phase::idle, event::kill, held,
   phase::idle, action::kill},
  {"an open joins those who wait for the next attempt", phase::backoff,
   event::open_same, retrying, phase::backoff, action::none},
  {"an open does not wait for a reconnect's time", phase::backoff,
   event::open_same, early, phase::opening, action::start_attempt},
  {"newer params do not wait for the old ones' time", phase::backoff,
   event::open_other, retrying, phase::opening, action::start_attempt},
  {"work waits for the next attempt", phase::backoff, event::execute, early,
   phase::backoff, action::none},
  {"work asks anew after a refusal", phase::backoff, event::execute, known,
   phase::opening, action::start_attempt},
  {"the time of the next attempt starts it", phase::backoff, event::due, wanted,
   phase::opening, action::start_attempt},
  {"an attempt that nobody wants any more is not made", phase::backoff,
   event::due, known, phase::idle, action::none},
  {"a paused connection makes no attempt", phase::backoff, event::due, held,
   phase::idle, action::none},
  {"who leaves last ends the wait", phase::backoff, event::expired, known,
   phase::idle, action::none},
  {"a close ends the wait", phase::backoff, event::close, retrying,
   phase::ended, action::end},
  {"a kill ends the wait", phase::backoff, event::kill, retrying, phase::idle,
   action::kill},
  {"a connection that was never opened closes at once", phase::idle,
   event::close, quiet, phase::ended, action::end},
  {"an open joins the attempt under way", phase::opening, event::open_same,
   wanted, phase::opening, action::none},
  {"newer params restart the attempt", phase::opening, event::open_other,
   wanted, phase::opening, action::restart_attempt},
  {"work waits for the attempt", phase::opening, event::execute, wanted,
   phase::opening, action::none},
  {"a good attempt serves", phase::opening, event::succeeded, wanted,
   phase::open, action::serve},
  {"a bad attempt fails all", phase::opening, event::failed, wanted,
   phase::idle, action::fail_waiting},
  {"a bad attempt is followed by another", phase::opening, event::failed, retry,
   phase::backoff, action::await_retry},
  {"a kill ends an attempt", phase::opening, event::kill, wanted, phase::idle,
   action::kill},
  {"an attempt nobody waits for is aborted", phase::opening, event::expired,
   known, phase::idle, action::abort_attempt},
  {"a hung attempt is given up for those who came later", phase::opening,
   event::expired, wanted, phase::opening, action::restart_attempt},
  {"a close ends an attempt", phase::opening, event::close, wanted,
   phase::ended, action::end},
  {"an open of an open connection is answered", phase::open, event::open_same,
   known, phase::open, action::answer},
  {"newer params retire an idle session", phase::open, event::open_other, known,
   phase::draining, action::retire_session},
  {"newer params let a busy session drain", phase::open, event::open_other,
   busy, phase::draining, action::drain_session},
  {"an open session runs work", phase::open, event::execute, busy, phase::open,
   action::run},
  {"a lost session is dropped", phase::open, event::lost, busy, phase::idle,
   action::drop_session},
  {"a session that is lost while work waits is replaced", phase::open,
   event::lost, wanted, phase::opening, action::replace_session},
  {"a lost session is replaced when it is time", phase::open, event::lost,
   early, phase::backoff, action::await_replacement},
  {"a paused connection replaces nothing", phase::open, event::lost, held,
   phase::idle, action::drop_session},
  {"an eviction retires the session", phase::open, event::retire, known,
   phase::draining, action::retire_session},
  {"a reconnect lets a busy session drain", phase::open, event::reopen, busy,
   phase::draining, action::drain_session},
  {"a resume runs what waits", phase::open, event::resume, known, phase::open,
   action::run},
  {"a kill drops the session", phase::open, event::kill, busy, phase::idle,
   action::kill},
  {"a kill drops a draining session", phase::draining, event::kill, wanted,
   phase::idle, action::kill},
  {"a paused connection does not replace what it retires", phase::draining,
   event::retired, held, phase::idle, action::drop_session},
  {"a kill hurries a close", phase::closing, event::kill, busy, phase::ended,
   action::end},
  {"a close retires an idle session", phase::open, event::close, known,
   phase::closing, action::retire_session},
  {"a close lets a busy session drain", phase::open, event::close, busy,
   phase::closing, action::drain_session},
  {"a drained session that still serves goes on", phase::open, event::drained,
   known, phase::open, action::none},
  {"work waits while a session drains", phase::draining, event::execute, busy,
   phase::draining, action::none},
  {"a drained session is retired", phase::draining, event::drained, wanted,
   phase::draining, action::retire_session},
  {"a retired session is replaced", phase::draining, event::retired, wanted,
   phase::opening, action::replace_session},
  {"a session that does not retire in time is replaced", phase::draining,
   event::expired, wanted, phase::opening, action::replace_session},
  {"a draining session that is lost is replaced", phase::draining, event::lost,
   wanted, phase::opening, action::replace_session},
  {"a retired session nobody waits for is not replaced", phase::draining,
   event::retired, known, phase::idle, action::drop_session},
  {"a close while draining closes", phase::draining, event::close, wanted,
   phase::closing, action::none},
  {"a closing connection takes no open", phase::closing, event::open_same,
   known, phase::closing, action::refuse_closed},
  {"a closing connection takes no work", phase::closing, event::execute, busy,
   phase::closing, action::refuse_closed},
  {"a closing session that has drained is retired", phase::closing,
   event::drained, known, phase::closing, action::retire_session},
  {"a retired session ends the connection", phase::closing, event::retired,
   known, phase::ended, action::end},
  {"closing ends in time", phase::closing, event::expired, busy, phase::ended,
   action::end},
  {"a second close waits for the first", phase::closing, event::close, known,
   phase::closing, action::none},
  {"an ended connection refuses opens", phase::ended, event::open_other, quiet,
   phase::ended, action::refuse_closed},
  {"an ended connection refuses work", phase::ended, event::execute, quiet,
   phase::ended, action::refuse_closed},
  {"an ended connection answers a close", phase::ended, event::close, quiet,
   phase::ended, action::answer},
};

constexpr phase phases[] = {phase::idle, phase::backoff,  phase::opening,
                            phase::open, phase::draining, phase::closing,
                            phase::ended};

constexpr event events[] = {event::open_same, event::open_other, event::execute,
                            event::close,     event::succeeded,  event::failed,
                            event::drained,   event::retired,    event::lost,
                            event::expired,   event::due,        event::retire,
                            event::reopen,    event::resume,     event::kill};

} // namespace

BOOST_AUTO_TEST_SUITE(lifecycle_test)

BOOST_AUTO_TEST_CASE(each_event_leads_where_the_table_says) {
  for (auto& r : rows) {
    BOOST_TEST_CONTEXT(r.name) {
      auto got = decide(r.now, r.what, r.given);
      BOOST_CHECK(got.next == r.next);
      BOOST_CHECK(got.act == r.act);
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_leads_out_of_the_end) {
  for (auto what : events)
    for (auto given :
         {quiet, busy, wanted, known, held, early, retry, retrying})
      BOOST_CHECK(decide(phase::ended, what, given).next == phase::ended);
}

BOOST_AUTO_TEST_CASE(a_closing_connection_never_opens_again) {
  for (auto what : events)
    for (auto given :
         {quiet, busy, wanted, known, held, early, retry, retrying}) {
      auto next = decide(phase::closing, what, given).next;
      BOOST_CHECK(next == phase::closing || next == phase::ended);
    }
}

BOOST_AUTO_TEST_CASE(a_late_success_opens_nothing) {
  for (auto now : phases)
    if (now != phase::opening)
      BOOST_CHECK(decide(now, event::succeeded, wanted).act == action::none);
}

BOOST_AUTO_TEST_CASE(a_held_connection_starts_no_attempt) {
  for (auto now : phases)
    for (auto what : events) {
      // Newer params replace an attempt that was begun before.
      if (now == phase::opening)
        continue;
      auto act = decide(now, what, held).act;
      BOOST_CHECK(act != action::start_attempt);
      BOOST_CHECK(act != action::replace_session);
    }
}

BOOST_AUTO_TEST_CASE(a_draining_session_shows_as_closing) {
  BOOST_CHECK(state_of(phase::draining) == connection_state::closing);
  BOOST_CHECK(state_of(phase::backoff) == connection_state::backoff);
  BOOST_CHECK(state_of(phase::ended) == connection_state::closed);
}

BOOST_AUTO_TEST_SUITE_END()
