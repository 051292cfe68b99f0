#include "support/actors/managed.hpp"
#include "support/eventually.hpp"

#include "tieline/actors/events/credit.hpp"
#include "tieline/actors/events/events.hpp"
#include "tieline/messages/internal/events.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <deque>
#include <future>

using namespace tieline;
using namespace tieline::test;

namespace {

using caf::subscribe_atom_v;
using caf::unsubscribe_atom_v;

lifecycle_event event_of(const connection_key& key, int number = 0) {
  lifecycle_event result;
  result.key = key;
  result.what = event_kind::opened;
  result.span = std::chrono::seconds{number};
  return result;
}

/// A listener under a test's control, and what it was told.
class fake_listener {
public:
  struct told {
    int number;
    uint64_t missed;
  };

  explicit fake_listener(caf::actor_system& sys, bool answers = true)
    : shared_(std::make_shared<shared>()) {
    shared_->answers = answers;
    handle = sys.spawn([state = shared_](listener_actor::pointer self) {
      state->self = caf::actor_cast<caf::weak_actor_ptr>(self);
      self->attach_functor([state] {
        state->ended = true;
        state->unanswered.clear();
      });
      return listener_actor::behavior_type{
        [self, state](const lifecycle_event& x) -> caf::result<void> {
          auto number
            = std::chrono::duration_cast<std::chrono::seconds>(x.span).count();
          state->log.push_back({static_cast<int>(number), x.missed});
          if (state->answers)
            return caf::unit;
          auto promise
            = self->make_response_promise<caf::typed_response_promise<void>>();
          state->unanswered.push_back(promise);
          return promise;
        }};
    });
  }

  ~fake_listener() {
    handle = nullptr;
    answer(shared_->unanswered.size());
  }

  /// Answers the oldest events that it has not.
  void answer(size_t count, caf::error with = {}) {
    auto self = shared_->self.lock();
    if (!self)
      return shared_->unanswered.clear();
    compat::post(self, caf::make_action([state = shared_, count, with] {
                   for (size_t i = 0; i < count; ++i) {
                     auto& next = state->unanswered.front();
                     if (with)
                       next.deliver(with);
                     else
                       next.deliver();
                     state->unanswered.pop_front();
                   }
                 }));
  }

  /// Returns the numbers of what it was told, gaps as `+lost`.
  std::string log() const {
    std::string result;
    for (auto& x : shared_->log) {
      if (x.missed > 0)
        result += "+" + std::to_string(x.missed) + ' ';
      result += std::to_string(x.number) + ' ';
    }
    return result;
  }

  bool ended() const {
    return shared_->ended;
  }

  listener_actor handle;

private:
  struct shared {
    caf::weak_actor_ptr self;
    bool answers;
    bool ended = false;
    std::vector<told> log;
    std::deque<caf::typed_response_promise<void>> unanswered;
  };

  std::shared_ptr<shared> shared_;
};

/// The actor, with a buffer of three.
class listened : public deterministic {
public:
  ~listened() {
    settle();
  }

  answer<caf::unit_t> subscribe(const listener_actor& who,
                                const selector& wanted = {}) {
    return ask_now<caf::unit_t>(events, subscribe_atom_v, who, wanted);
  }

  bool unsubscribe(const listener_actor& who) {
    return ask_now<bool>(events, unsubscribe_atom_v, who).value();
  }

  void tell(int number, const connection_key& key = r1) {
    compat::anon_send(events, event_of(key, number));
    settle();
  }

  events_actor events = spawn_events(sys(), 3);
};

struct credit_row {
  const char* name;
  uint64_t limit;
  /// `e`: an event, `a`: an answer.
  const char* script;
  /// For each event what was missed before it, or `-` if it is lost.
  const char* outcome;
};

constexpr credit_row credit_rows[] = {
  {"as many as may", 3, "eee", "000"},
  {"one more", 3, "eeee", "000-"},
  {"an answer makes room", 3, "eeeeae", "000-1"},
  {"a gap is told once", 3, "eeeeeaeae", "000--20"},
  {"and the next one, too", 1, "eeeaeeeeae", "0--2---3"},
  {"prompt answers", 1, "eaeaeaea", "0000"},
  {"an answer too many gives no room", 1, "aaaee", "0-"},
  {"none may", 0, "eae", "--"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(events_test)

BOOST_AUTO_TEST_CASE(credit_is_spent_and_given_back_as_the_table_says) {
  for (auto& r : credit_rows) {
    BOOST_TEST_CONTEXT(r.name) {
      credit x{r.limit};
      std::string got;
      for (auto step : std::string{r.script}) {
        if (step == 'a') {
          x.give_back();
        } else {
          auto missed = x.spend();
          got += missed ? std::to_string(*missed) : "-";
        }
      }
      BOOST_CHECK_EQUAL(got, r.outcome);
    }
  }
}

BOOST_FIXTURE_TEST_SUITE(with_virtual_time, listened)

BOOST_AUTO_TEST_CASE(a_listener_hears_in_order_what_it_has_chosen) {
  fake_listener all{sys()};
  fake_listener some{sys()};
  BOOST_CHECK(subscribe(all.handle).ok());
  BOOST_CHECK(subscribe(some.handle, {"r2", "f*"}).ok());
  // As many at once as the buffer holds.
  for (auto i = 0; i < 3; ++i)
    compat::anon_send(events, event_of(i % 2 == 0 ? r1 : r2, i));
  settle();
  for (auto i = 3; i < 6; ++i)
    compat::anon_send(events, event_of(i % 2 == 0 ? r1 : r2, i));
  settle();
  BOOST_CHECK_EQUAL(all.log(), "0 1 2 3 4 5 ");
  BOOST_CHECK_EQUAL(some.log(), "1 3 5 ");
}

BOOST_AUTO_TEST_CASE(no_listener_is_an_invalid_request) {
  auto got = subscribe(listener_actor{});
  BOOST_CHECK_EQUAL(got.code(), errc::invalid_request);
  BOOST_CHECK_EQUAL(describe(got.error()),
                    "the request is invalid: there is no listener");
  BOOST_CHECK(!unsubscribe(listener_actor{}));
  tell(1);
}

BOOST_AUTO_TEST_CASE(a_slow_listener_loses_events_and_is_told_how_many) {
  fake_listener slow{sys(), false};
  subscribe(slow.handle);
  for (auto i = 1; i <= 8; ++i)
    tell(i);
  BOOST_CHECK_EQUAL(slow.log(), "1 2 3 ");
  slow.answer(1);
  settle();
  BOOST_CHECK_EQUAL(slow.log(), "1 2 3 ");
  tell(9);
  tell(10);
  BOOST_CHECK_EQUAL(slow.log(), "1 2 3 +5 9 ");
  slow.answer(3);
  tell(11);
  BOOST_CHECK_EQUAL(slow.log(), "1 2 3 +5 9 +1 11 ");
  tell(12);
  BOOST_CHECK_EQUAL(slow.log(), "1 2 3 +5 9 +1 11 12 ");
}

BOOST_AUTO_TEST_CASE(a_slow_listener_delays_no_other) {
  fake_listener slow{sys(), false};
  fake_listener quick{sys()};
  subscribe(slow.handle);
  subscribe(quick.handle);
  for (auto i = 1; i <= 8; ++i)
    tell(i);
  BOOST_CHECK_EQUAL(quick.log(), "1 2 3 4 5 6 7 8 ");
  BOOST_CHECK_EQUAL(slow.log(), "1 2 3 ");
}

BOOST_AUTO_TEST_CASE(an_error_is_an_answer) {
  fake_listener wrong{sys(), false};
  subscribe(wrong.handle);
  for (auto i = 1; i <= 4; ++i)
    tell(i);
  wrong.answer(2, make_error(errc::overloaded, {}));
  settle();
  tell(5);
  tell(6);
  BOOST_CHECK_EQUAL(wrong.log(), "1 2 3 +1 5 6 ");
}

BOOST_AUTO_TEST_CASE(what_a_sender_says_was_missed_does_not_count) {
  fake_listener all{sys()};
  subscribe(all.handle);
  auto x = event_of(r1, 1);
  x.missed = 7;
  compat::anon_send(events, x);
  settle();
  BOOST_CHECK_EQUAL(all.log(), "1 ");
}

BOOST_AUTO_TEST_CASE(a_second_subscription_replaces_the_first) {
  fake_listener who{sys()};
  subscribe(who.handle, {"r1"});
  tell(1, r1);
  tell(2, r2);
  subscribe(who.handle, {"r2"});
  tell(3, r1);
  tell(4, r2);
  BOOST_CHECK_EQUAL(who.log(), "1 4 ");
}

BOOST_AUTO_TEST_CASE(answers_to_an_earlier_subscription_count_once) {
  for (auto leaves_in_between : {false, true}) {
    BOOST_TEST_CONTEXT(leaves_in_between) {
      fake_listener slow{sys(), false};
      subscribe(slow.handle);
      for (auto i = 1; i <= 3; ++i)
        tell(i);
      if (leaves_in_between)
        BOOST_CHECK(unsubscribe(slow.handle));
      subscribe(slow.handle, {"r*"});
      tell(4);
      BOOST_CHECK_EQUAL(slow.log(), "1 2 3 ");
      slow.answer(3);
      for (auto i = 5; i <= 9; ++i)
        tell(i);
      BOOST_CHECK_EQUAL(slow.log(), "1 2 3 +1 5 6 7 ");
    }
  }
}

BOOST_AUTO_TEST_CASE(who_has_unsubscribed_hears_no_more) {
  fake_listener who{sys()};
  BOOST_CHECK(!unsubscribe(who.handle));
  subscribe(who.handle);
  tell(1);
  BOOST_CHECK(unsubscribe(who.handle));
  BOOST_CHECK(!unsubscribe(who.handle));
  tell(2);
  BOOST_CHECK_EQUAL(who.log(), "1 ");
  subscribe(who.handle);
  tell(3);
  BOOST_CHECK_EQUAL(who.log(), "1 3 ");
}

BOOST_AUTO_TEST_CASE(nothing_comes_after_the_answer_to_an_unsubscribe) {
  auto log = std::make_shared<std::string>();
  auto who = sys().spawn([this, log](listener_actor::pointer self) {
    return listener_actor::behavior_type{
      [this, self, log](const lifecycle_event&) {
        if (log->empty())
          compat::request(self, events, caf::infinite, unsubscribe_atom_v,
                          listener_actor{self})
            .then([log](bool was) { *log += was ? " left" : " was not"; });
        *log += 'x';
      }};
  });
  subscribe(who);
  for (auto i = 0; i < 3; ++i)
    compat::anon_send(events, event_of(r1));
  settle();
  BOOST_CHECK_EQUAL(log->substr(log->find(' ')), " left");
  tell(4);
  BOOST_CHECK_EQUAL(log->substr(log->find(' ')), " left");
}

BOOST_AUTO_TEST_CASE(a_dead_listener_is_forgotten) {
  auto before = running();
  fake_listener dead{sys(), false};
  fake_listener other{sys()};
  subscribe(dead.handle);
  subscribe(other.handle);
  tell(1);
  BOOST_CHECK_EQUAL(running(), before + 4);
  caf::anon_send_exit(dead.handle, caf::exit_reason::kill);
  settle();
  // What was kept for it is gone with it.
  BOOST_CHECK_EQUAL(running(), before + 2);
  tell(2);
  BOOST_CHECK_EQUAL(other.log(), "1 2 ");
  BOOST_CHECK(!unsubscribe(dead.handle));
  BOOST_CHECK(subscribe(dead.handle).ok());
  tell(3);
  BOOST_CHECK_EQUAL(running(), before + 2);
  BOOST_CHECK_EQUAL(dead.log(), "1 ");
  BOOST_CHECK_EQUAL(other.log(), "1 2 3 ");
}

BOOST_AUTO_TEST_CASE(a_listener_that_nobody_else_holds_ends) {
  auto before = running();
  fake_listener who{sys()};
  subscribe(who.handle);
  tell(1);
  BOOST_CHECK(!who.ended());
  who.handle = nullptr;
  settle();
  BOOST_CHECK(who.ended());
  tell(2);
  BOOST_CHECK_EQUAL(who.log(), "1 ");
  BOOST_CHECK_EQUAL(running(), before);
}

BOOST_AUTO_TEST_CASE(what_was_said_before_the_end_is_handed_on) {
  auto before = running();
  fake_listener who{sys()};
  subscribe(who.handle);
  for (auto i = 1; i <= 3; ++i)
    compat::anon_send(events, event_of(r1, i));
  caf::anon_send_exit(events, caf::exit_reason::user_shutdown);
  settle();
  BOOST_CHECK_EQUAL(who.log(), "1 2 3 ");
  // The listener is left.
  BOOST_CHECK_EQUAL(running(), before);
  auto late = ask_now<bool>(events, unsubscribe_atom_v, who.handle);
  BOOST_CHECK(late.error() == caf::sec::request_receiver_down);
}

BOOST_AUTO_TEST_CASE(a_killed_one_leaves_nothing) {
  auto before = running();
  fake_listener slow{sys(), false};
  subscribe(slow.handle);
  tell(1);
  caf::anon_send_exit(events, caf::exit_reason::kill);
  settle();
  slow.answer(1);
  settle();
  BOOST_CHECK_EQUAL(running(), before);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_listener_that_blocks_its_thread_delays_no_other) {
  constexpr auto buffer = 100;
  constexpr auto batches = 20;
  struct config : caf::actor_system_config {
    config() {
      init();
      set("caf.scheduler.policy", "sharing");
      set("caf.scheduler.max-threads", 1);
    }
  } cfg;
  // What each has heard or missed, in total.
  std::atomic<int> quick_knows = 0;
  std::atomic<int> blocked_knows = 0;
  std::atomic<uint64_t> quick_missed = 0;
  std::atomic<uint64_t> blocked_missed = 0;
  std::atomic<bool> in_order = true;
  std::promise<void> gate;
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys};
  auto listen = [&](std::atomic<int>& knows, std::atomic<uint64_t>& missed,
                    std::shared_future<void> held) {
    return [&, held](listener_actor::pointer) {
      return listener_actor::behavior_type{[&, held](const lifecycle_event& x) {
        held.wait();
        missed += x.missed;
        knows += static_cast<int>(x.missed) + 1;
        if (event_of(r1, knows).span != x.span)
          in_order = false;
      }};
    };
  };
  std::promise<void> open;
  open.set_value();
  auto quick
    = sys.spawn(listen(quick_knows, quick_missed, open.get_future().share()));
  auto blocked = sys.spawn<caf::detached>(
    listen(blocked_knows, blocked_missed, gate.get_future().share()));
  auto events = spawn_events(sys, buffer);
  for (auto& listener : {blocked, quick})
    compat::request(self.ptr(), events, caf::infinite, subscribe_atom_v,
                    listener, selector{})
      .receive([] {}, [](caf::error& e) { BOOST_FAIL(to_string(e)); });
  auto sent = 0;
  auto tell = [&] { compat::anon_send(events, event_of(r1, ++sent)); };
  for (auto i = 0; i < batches; ++i) {
    for (auto k = 0; k < buffer; ++k)
      tell();
    // Else it may be behind, too.
    BOOST_CHECK(eventually([&] { return quick_knows == sent; }));
  }
  BOOST_CHECK_EQUAL(quick_missed, 0u);
  BOOST_CHECK_EQUAL(blocked_knows, 0);
  gate.set_value();
  // The one that tells of the gap may itself come before the last answers.
  BOOST_CHECK(eventually([&] {
    tell();
    return blocked_missed > 0;
  }));
  BOOST_CHECK_GE(blocked_missed, (batches - 1) * buffer);
  BOOST_CHECK(in_order);
  caf::anon_send_exit(events, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_SUITE_END()
