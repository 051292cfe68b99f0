#include "support/actors/deterministic.hpp"

#include "tieline/actors/runtime/owned.hpp"
#include "tieline/actors/runtime/timer.hpp"
#include "tieline/actors/runtime/timers.hpp"

#include <caf/event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <string>

using namespace tieline;
using namespace std::chrono_literals;

namespace {

/// What the timers of one actor do, step by step.
class fixture : public test::deterministic {
public:
  fixture() : timer(spawn_timer(sys())) {
    auto made = sys().spawn([](caf::event_based_actor* self) {
      return caf::behavior{[self](caf::close_atom) { self->quit(); }};
    });
    actor = owned{made};
    all = std::make_unique<timers>(
      sys(), caf::actor_cast<caf::actor_control_block*>(made), timer.get());
    settle();
  }

  timers::action note(char what) {
    return [this, what] { done += what; };
  }

  timers::time_point in(caf::timespan x) {
    return all->after(x);
  }

  owned<timer_actor> timer;
  owned<caf::actor> actor;
  std::unique_ptr<timers> all;
  std::string done;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(timers_test, fixture)

BOOST_AUTO_TEST_CASE(what_is_due_is_done_in_order_of_time) {
  all->at(in(3s), note('c'));
  all->at(in(1s), note('a'));
  all->at(in(2s), note('x'));
  all->at(in(1s), note('b'));
  advance(1s - 1ns);
  BOOST_CHECK_EQUAL(done, "");
  advance(1ns);
  BOOST_CHECK_EQUAL(done, "ab");
  advance(2s);
  BOOST_CHECK_EQUAL(done, "abxc");
}

BOOST_AUTO_TEST_CASE(what_is_canceled_is_not_done) {
  auto first = all->at(in(1s), note('a'));
  all->at(in(1s), note('b'));
  all->cancel(first);
  all->cancel(first);
  all->cancel({});
  advance(1s);
  BOOST_CHECK_EQUAL(done, "b");
}

BOOST_AUTO_TEST_CASE(what_is_done_may_set_and_cancel_others) {
  auto second = timers::id{};
  all->at(in(1s), [&] {
    done += 'a';
    all->cancel(second);
    all->at(in(0s), note('b'));
    all->at(in(1s), note('d'));
  });
  second = all->at(in(1s), note('x'));
  all->at(in(1500ms), note('c'));
  advance(2s);
  BOOST_CHECK_EQUAL(done, "abcd");
}

BOOST_AUTO_TEST_CASE(an_actor_that_has_ended_does_nothing_more) {
  all->at(in(1s), note('a'));
  compat::anon_send(actor.get(), caf::close_atom_v);
  advance(2s);
  BOOST_CHECK_EQUAL(done, "");
}

BOOST_AUTO_TEST_CASE(nothing_is_left_to_do_after_a_clear) {
  all->at(in(1s), note('a'));
  all->clear();
  advance(2s);
  BOOST_CHECK_EQUAL(done, "");
  all->at(in(1s), note('b'));
  advance(1s);
  BOOST_CHECK_EQUAL(done, "b");
}

BOOST_AUTO_TEST_CASE(without_a_time_of_its_own_the_other_one_holds) {
  BOOST_CHECK(all->after(2s, 5s) == in(2s));
  BOOST_CHECK(all->after(0s, 5s) == in(5s));
  BOOST_CHECK(all->after(-1s, 5s) == in(5s));
  // It must not overflow.
  BOOST_CHECK(all->after(caf::infinite, 5s) == in(24h * 365));
}

BOOST_AUTO_TEST_CASE(a_deadline_is_set_until_it_has_passed) {
  deadline due{*all, note('a')};
  BOOST_CHECK(!due);
  due.set(in(2s));
  BOOST_CHECK(due);
  BOOST_CHECK(due.when() == in(2s));
  advance(2s);
  BOOST_CHECK(!due);
  BOOST_CHECK_EQUAL(done, "a");
}

BOOST_AUTO_TEST_CASE(a_deadline_moves) {
  deadline due{*all, note('a')};
  due.set(in(2s));
  due.set(in(4s));
  advance(3s);
  BOOST_CHECK_EQUAL(done, "");
  due.set_by(in(5s));
  advance(1s);
  BOOST_CHECK_EQUAL(done, "a");
  due.set_by(in(5s));
  due.set_by(in(1s));
  advance(1s);
  BOOST_CHECK_EQUAL(done, "aa");
  due.set(in(1s));
  due.cancel();
  advance(5s);
  BOOST_CHECK_EQUAL(done, "aa");
}

BOOST_AUTO_TEST_CASE(a_deadline_may_be_let_go_of_by_its_own_action) {
  std::unique_ptr<deadline> due;
  due = std::make_unique<deadline>(*all, [this, &due] {
    due.reset();
    done += 'a';
  });
  due->set(in(1s));
  advance(1s);
  BOOST_CHECK_EQUAL(done, "a");
  due = std::make_unique<deadline>(*all, note('b'));
  due->set(in(1s));
  due.reset();
  advance(1s);
  BOOST_CHECK_EQUAL(done, "a");
}

BOOST_AUTO_TEST_SUITE_END()
