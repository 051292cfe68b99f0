#include "tieline/actors/connection/description.hpp"
#include "tieline/actors/connection/holds.hpp"

#include <boost/test/unit_test.hpp>

using namespace tieline;

namespace {

constexpr phase phases[] = {phase::idle, phase::backoff,  phase::opening,
                            phase::open, phase::draining, phase::closing,
                            phase::ended};

struct waits_row {
  const char* name;
  phase now;
  hold held;
  session_stage session;
  bool probing;
  uint64_t queued;
  waits_for what;
};

constexpr auto over = session_stage::over;
constexpr auto up = session_stage::open;

constexpr waits_row waits_rows[] = {
  {"at rest", phase::idle, hold::none, over, false, 0, waits_for::nothing},
  {"before the next attempt", phase::backoff, hold::none, over, false, 1,
   waits_for::backoff},
  {"in line, which the admission tells more of", phase::opening, hold::none,
   session_stage::admission, false, 1, waits_for::nothing},
  {"while the factory is at it", phase::opening, hold::none,
   session_stage::creation, false, 1, waits_for::factory},
  {"while the transport is at it", phase::opening, hold::none,
   session_stage::opening, false, 1, waits_for::transport},
  {"open", phase::open, hold::none, up, false, 0, waits_for::nothing},
  {"open, others run", phase::open, hold::none, up, false, 1,
   waits_for::running_requests},
  {"probed", phase::open, hold::none, up, true, 1, waits_for::probe},
  {"the old session ends", phase::draining, hold::none, up, false, 1,
   waits_for::closing},
  {"closing", phase::closing, hold::none, up, false, 0, waits_for::closing},
  {"closed", phase::ended, hold::none, over, false, 0, waits_for::nothing},
  {"paused at rest", phase::idle, hold::paused, over, false, 0,
   waits_for::resume},
  {"paused while open", phase::open, hold::paused, up, true, 1,
   waits_for::resume},
  {"a resume does not stop a closing", phase::closing, hold::paused, up, false,
   0, waits_for::closing},
  {"nor undo a close", phase::ended, hold::paused, over, false, 0,
   waits_for::nothing},
  {"a drain of what is open", phase::open, hold::draining, up, false, 1,
   waits_for::running_requests},
};

struct timeout_row {
  const char* name;
  phase now;
  hold held;
  session_stage session;
  bool probing;
  step at;
  const char* words;
};

constexpr timeout_row timeout_rows[] = {
  {"in line", phase::opening, hold::none, session_stage::admission, false,
   step::open, "waited for its turn to open; last attempt: refused; port 22"},
  {"at the factory", phase::opening, hold::none, session_stage::creation, false,
   step::create,
   "the factory has not made a transport yet; last attempt: refused; port 22"},
  {"at the transport", phase::opening, hold::none, session_stage::opening,
   false, step::open,
   "the transport has not opened the session yet; last attempt: refused; port "
   "22"},
  {"between attempts", phase::backoff, hold::none, over, false, step::connect,
   "last attempt: refused; port 22"},
  {"behind others", phase::open, hold::none, up, false, step::execute,
   "waited in the queue: other requests run on the session"},
  {"behind a probe", phase::open, hold::none, up, true, step::execute,
   "waited in the queue: the session is being probed"},
  {"behind the previous session", phase::draining, hold::none, up, false,
   step::open, "the previous session has not ended yet"},
  {"paused", phase::idle, hold::paused, over, false, step::open,
   "paused by an operator"},
};

snapshot made(phase now, hold held, session_stage session, bool probing) {
  snapshot result;
  result.now = now;
  result.status.held = held;
  result.session = session;
  result.probing = probing;
  return result;
}

std::string expected(std::string words) {
  const std::string code = "refused;";
  if (auto at = words.find(code); at != std::string::npos)
    words.replace(at, code.size(), std::string{sentence(errc::refused)} + ';');
  return words;
}

} // namespace

BOOST_AUTO_TEST_SUITE(description_test)

BOOST_AUTO_TEST_CASE(new_work_waits_for_what_the_table_says) {
  for (const auto& r : waits_rows) {
    BOOST_TEST_CONTEXT(r.name) {
      auto x = made(r.now, r.held, r.session, r.probing);
      x.status.queued = r.queued;
      BOOST_CHECK_EQUAL(to_string(waits(x)), to_string(r.what));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_timeout_tells_the_step_that_was_reached) {
  for (const auto& r : timeout_rows) {
    BOOST_TEST_CONTEXT(r.name) {
      auto x = made(r.now, r.held, r.session, r.probing);
      x.status.last_error = make_error(errc::refused,
                                       {{}, step::connect, "port 22"});
      BOOST_CHECK_EQUAL(to_string(reached(x)), to_string(r.at));
      BOOST_CHECK_EQUAL(why_not_open(x), expected(r.words));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_timeout_within_an_open_tells_each_step) {
  for (auto at : {step::prepare, step::resolve, step::connect,
                  step::key_exchange, step::host_key, step::auth, step::channel,
                  step::hello, step::response}) {
    auto x = made(phase::opening, hold::none, session_stage::opening, false);
    x.status.reached = at;
    BOOST_CHECK_EQUAL(to_string(reached(x)), to_string(at));
  }
}

BOOST_AUTO_TEST_CASE(a_refusal_tells_what_went_wrong_before) {
  auto before = make_error(errc::refused, {{}, step::connect, "port 22"});
  auto refusal = make_error(errc::circuit_open,
                            {{}, step::open, "it failed", caf::timespan{5}});
  auto told = with_last_attempt(refusal, before);
  BOOST_CHECK(code_of(told) == errc::circuit_open);
  BOOST_CHECK(failure_of(told).retry_after == caf::timespan{5});
  BOOST_CHECK_EQUAL(failure_of(told).cause,
                    expected("it failed; last attempt: refused; port 22"));
  // Of two refusals the second one says enough.
  BOOST_CHECK_EQUAL(failure_of(with_last_attempt(refusal, refusal)).cause,
                    "it failed");
  BOOST_CHECK_EQUAL(failure_of(with_last_attempt(refusal, {})).cause,
                    "it failed");
}

BOOST_AUTO_TEST_CASE(a_close_holds_longer_than_a_drain) {
  for (auto now : phases)
    for (auto held : {hold::none, hold::paused, hold::draining})
      for (auto closed_as : {errc::closed, errc::not_owner}) {
        auto is_over = now == phase::closing || now == phase::ended;
        auto expected = is_over                  ? closed_as
                        : held == hold::draining ? errc::draining
                                                 : errc::none;
        BOOST_TEST_CONTEXT(static_cast<int>(now) << ' ' << to_string(held)) {
          BOOST_CHECK_EQUAL(to_string(refusal(now, held, closed_as)),
                            to_string(expected));
        }
      }
}

BOOST_AUTO_TEST_CASE(those_who_wait_for_a_drain_are_told_once) {
  holds x{hold::none};
  BOOST_CHECK(x.set(hold::draining));
  BOOST_CHECK(!x.set(hold::draining));
  auto told = 0;
  x.expect_drained([&told] { ++told; });
  x.expect_drained([&told] { ++told; });
  BOOST_CHECK(x.drain_expected());
  x.drained();
  x.drained();
  BOOST_CHECK_EQUAL(told, 2);
  BOOST_CHECK(!x.drain_expected());
}

BOOST_AUTO_TEST_SUITE_END()
