#include "support/actors/managed.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

// A session that one caller has for itself for several requests.

using namespace tieline;
using namespace tieline::test;

namespace {

/// A lease that is asked for by an actor that stays.
struct lessee : answer<uint64_t> {
  lessee(deterministic& where, const connection_actor& connection,
         caf::timespan time)
    : holder(where.sys().spawn([](caf::event_based_actor*) -> caf::behavior {
        return {[](caf::unit_t) {}};
      })) {
    static_cast<answer<uint64_t>&>(*this) = where.ask_now<uint64_t>(
      caf::actor_cast<full_connection_actor>(connection), acquire_atom_v, time,
      caf::actor_cast<caf::strong_actor_ptr>(holder));
  }

  void end_holder() const {
    caf::anon_send_exit(holder, caf::exit_reason::kill);
  }

  caf::actor holder;
};

struct fixture : managed {
  connection_actor connection = opened(r1);

  lessee acquire(caf::timespan time = 1min) {
    return {*this, connection, time};
  }

  answer<reply> run(const std::string& body, uint64_t lease = 0) {
    request what;
    what.body = body;
    what.timeout = 1h;
    what.lease = lease;
    return ask_now<reply>(connection, execute_atom_v, what);
  }

  bool release(uint64_t lease) {
    return ask_now<bool>(connection, release_atom_v, lease).value();
  }

  void finish() {
    plugin.last().finish_one();
    settle();
  }
};

settings impatient() {
  auto result = plain();
  result.idle_timeout = 10s;
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(lease_test)

BOOST_FIXTURE_TEST_SUITE(leases, fixture)

BOOST_AUTO_TEST_CASE(others_wait_until_it_is_released) {
  auto lease = acquire();
  auto others = run("other");
  BOOST_TEST(plugin.last().work() == 0u);
  BOOST_CHECK_EQUAL(to_string(explain(r1).what), "lease");
  auto first = run("first", lease.value());
  auto second = run("second", lease.value());
  BOOST_TEST(plugin.last().work() == 2u);
  finish();
  finish();
  BOOST_TEST(first.ok());
  BOOST_TEST(second.ok());
  BOOST_TEST(plugin.last().work() == 0u);
  BOOST_TEST(release(lease.value()));
  BOOST_TEST(plugin.last().work() == 1u);
  finish();
  BOOST_TEST(others.ok());
  BOOST_TEST(!release(lease.value()));
}

BOOST_AUTO_TEST_CASE(it_waits_for_what_runs_and_for_its_turn) {
  auto running = run("running");
  auto lease = acquire();
  auto behind = run("behind");
  BOOST_TEST(!lease.arrived());
  BOOST_TEST(plugin.last().work() == 1u);
  finish();
  BOOST_TEST(lease.ok());
  BOOST_TEST(plugin.last().work() == 0u);
  auto next = acquire();
  BOOST_TEST(release(lease.value()));
  // Who has waited longer is first.
  BOOST_TEST(plugin.last().work() == 1u);
  BOOST_TEST(!next.arrived());
  finish();
  BOOST_TEST(next.ok());
}

BOOST_AUTO_TEST_CASE(it_ends_with_its_holder) {
  auto lease = acquire(1h);
  auto mine = run("mine", lease.value());
  auto other = run("other");
  lease.end_holder();
  settle();
  // What runs goes on, as its own caller lives.
  BOOST_TEST(plugin.last().work() == 2u);
  finish();
  finish();
  BOOST_TEST(mine.ok());
  BOOST_TEST(other.ok());
  BOOST_CHECK_EQUAL(run("late", lease.value()).code(), errc::lease_ended);
}

BOOST_AUTO_TEST_CASE(it_ends_with_its_time) {
  auto lease = acquire(10s);
  auto other = run("other");
  advance(10s - 1ms);
  BOOST_TEST(plugin.last().work() == 0u);
  advance(1ms);
  BOOST_TEST(plugin.last().work() == 1u);
  auto late = run("late", lease.value());
  BOOST_CHECK_EQUAL(late.code(), errc::lease_ended);
  BOOST_CHECK(class_of(late.error()) == failure_class::permanent);
  BOOST_TEST(describe(late.error())
             == "fake://r1: the lease of the session has ended (execute)");
}

BOOST_AUTO_TEST_CASE(it_ends_with_its_session) {
  auto lease = acquire(1h);
  auto other = run("other");
  lose_session();
  session_opens();
  BOOST_TEST(plugin.last().work() == 1u);
  BOOST_CHECK_EQUAL(run("late", lease.value()).code(), errc::lease_ended);
}

BOOST_AUTO_TEST_CASE(what_it_had_not_begun_runs_on_no_other_session) {
  ask_now<uint64_t>(manager, operate_atom_v, operation::pause, selector{});
  ask_now<uint64_t>(manager, operate_atom_v, operation::resume, selector{});
  auto lease = acquire(1h);
  ask_now<uint64_t>(manager, operate_atom_v, operation::pause, selector{});
  auto mine = run("mine", lease.value());
  BOOST_TEST(plugin.last().work() == 0u);
  lose_session();
  BOOST_CHECK_EQUAL(mine.code(), errc::lease_ended);
}

BOOST_AUTO_TEST_CASE(its_wait_has_an_end) {
  auto first = acquire(1h);
  auto second = acquire(1h);
  advance(settings{}.acquire_timeout);
  BOOST_CHECK_EQUAL(second.code(), errc::timeout);
  BOOST_TEST(describe(second.error()).find("another caller has a lease")
             != std::string::npos);
  BOOST_TEST(run("mine", first.value()).count() == 0u);
  BOOST_TEST(plugin.last().work() == 1u);
}

BOOST_AUTO_TEST_CASE(it_needs_a_time) {
  BOOST_CHECK_EQUAL(acquire(0s).code(), errc::invalid_request);
  // One whose caller is gone by then is over at once.
  auto gone = ask_now<uint64_t>(connection, acquire_atom_v, caf::timespan{1h});
  BOOST_CHECK_EQUAL(run("x", gone.value()).code(), errc::lease_ended);
}

BOOST_AUTO_TEST_CASE(a_waiting_one_goes_with_its_caller) {
  auto first = acquire(1h);
  auto second = acquire(1h);
  auto third = run("third");
  second.end_holder();
  settle();
  BOOST_TEST(release(first.value()));
  BOOST_TEST(plugin.last().work() == 1u);
}

BOOST_AUTO_TEST_CASE(it_opens_what_was_lost) {
  lose_session();
  auto lease = acquire();
  BOOST_TEST(!lease.arrived());
  session_opens();
  BOOST_TEST(lease.ok());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_leased_session_is_not_idle) {
  managed d{impatient()};
  auto connection = d.opened(r1);
  lessee lease{d, connection, 1h};
  d.advance(1min);
  BOOST_TEST(!d.plugin.last().wants_close());
  BOOST_TEST(
    d.ask_now<bool>(connection, release_atom_v, lease.value()).value());
  d.advance(9s);
  BOOST_TEST(!d.plugin.last().wants_close());
  d.advance(3s);
  BOOST_TEST(d.plugin.last().wants_close());
}

BOOST_AUTO_TEST_SUITE_END()
