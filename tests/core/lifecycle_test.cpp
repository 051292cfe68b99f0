#define BOOST_TEST_MODULE lifecycle
#include "tieline/actors/deadlines.hpp"
#include "tieline/actors/lifecycle.hpp"

#include <boost/test/included/unit_test.hpp>

using namespace tieline;

namespace {

constexpr circumstances quiet{};
constexpr circumstances busy{true, false, true};
constexpr circumstances wanted{false, true, true};
constexpr circumstances known{false, false, true};

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

constexpr phase phases[] = {phase::idle,     phase::opening, phase::open,
                            phase::draining, phase::closing, phase::ended};

constexpr event events[] = {event::open_same, event::open_other, event::execute,
                            event::close,     event::succeeded,  event::failed,
                            event::drained,   event::retired,    event::lost,
                            event::expired};

} // namespace

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
    for (auto given : {quiet, busy, wanted, known})
      BOOST_CHECK(decide(phase::ended, what, given).next == phase::ended);
}

BOOST_AUTO_TEST_CASE(a_closing_connection_never_opens_again) {
  for (auto what : events)
    for (auto given : {quiet, busy, wanted, known}) {
      auto next = decide(phase::closing, what, given).next;
      BOOST_CHECK(next == phase::closing || next == phase::ended);
    }
}

BOOST_AUTO_TEST_CASE(a_late_success_opens_nothing) {
  for (auto now : phases)
    if (now != phase::opening)
      BOOST_CHECK(decide(now, event::succeeded, wanted).act == action::none);
}

BOOST_AUTO_TEST_CASE(a_draining_connection_shows_as_opening) {
  BOOST_CHECK(state_of(phase::draining) == connection_state::opening);
  BOOST_CHECK(state_of(phase::ended) == connection_state::closed);
}

BOOST_AUTO_TEST_CASE(deadlines_come_in_order_of_time) {
  using namespace std::chrono_literals;
  deadlines pending;
  deadlines::time_point start;
  BOOST_CHECK(!pending.next());
  pending.add(start + 3s, 1);
  pending.add(start + 1s, 2);
  pending.add(start + 2s, 3);
  pending.add(start + 1s, 4);
  pending.remove(start + 2s, 3);
  BOOST_CHECK(pending.next() == start + 1s);
  BOOST_CHECK(!pending.expired(start));
  BOOST_CHECK(pending.expired(start + 1s) == 2u);
  BOOST_CHECK(pending.expired(start + 1s) == 4u);
  BOOST_CHECK(!pending.expired(start + 2s));
  BOOST_CHECK(pending.expired(start + 3s) == 1u);
  BOOST_CHECK(!pending.next());
}
