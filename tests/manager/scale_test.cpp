#include "support/actors/many.hpp"

#include "tieline/actors/workflow/run.hpp"
#include "tieline/messages/internal/supervisor.hpp"
#include "tieline/transports/loopback.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

using namespace tieline;
using namespace tieline::test;

namespace {

/// A manager of many keys, whose sessions are in memory.
class crowd : public deterministic {
public:
  using outcomes = std::vector<open_outcome>;
  using maybe_connection = std::optional<connection_actor>;

  explicit crowd(loopback_script script = {}, settings config = for_many()) {
    manager = spawn_manager(sys(), config);
    set_factory(spawn_loopback_factory(sys(), [script](const connection_key&) {
      return script;
    }));
  }

  ~crowd() {
    caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
    settle();
    advance(1min);
  }

  void set_factory(const factory_actor& factory) {
    ask_now<bool>(manager, set_factory_atom_v, factory);
  }

  answer<outcomes> open_all() {
    return open(items);
  }

  answer<outcomes> open(std::vector<open_item> which) {
    return ask_now<outcomes>(manager, caf::open_atom_v, std::move(which),
                             caf::timespan{0});
  }

  uint64_t operate(operation what, const std::string& hosts) {
    return ask_now<uint64_t>(manager, operate_atom_v, what,
                             selector{hosts, "*"}, caf::timespan{0})
      .value();
  }

  std::vector<connection_status> statuses() {
    return ask_now<std::vector<connection_status>>(manager, status_atom_v)
      .value();
  }

  connection_counters counters() {
    return ask_now<std::optional<connection_counters>>(manager, counters_atom_v,
                                                       std::string{"loopback"})
      .value()
      .value_or(connection_counters{});
  }

  uint64_t close_all() {
    return ask_now<uint64_t>(manager, close_all_atom_v).value();
  }

  /// Asks for each key by itself, all at once. Returns how many answers pass.
  template <class T, class Ask, class Good>
  uint64_t count_each(Ask ask_one, Good good) {
    std::vector<answer<T>> all;
    all.reserve(items.size());
    for (const auto& item : items)
      all.push_back(ask_one(item));
    settle();
    return static_cast<uint64_t>(
      std::count_if(all.begin(), all.end(), [&good](const auto& x) {
        if constexpr (std::is_same_v<T, caf::unit_t>)
          return x.ok() && x.count() == 1;
        else
          return x.ok() && x.count() == 1 && good(x.value());
      }));
  }

  manager_actor manager;
  std::vector<open_item> items = many_items();
};

uint64_t failed_with(errc code, const std::vector<open_outcome>& all) {
  return static_cast<uint64_t>(
    std::count_if(all.begin(), all.end(),
                  [code](const auto& x) { return code_of(x.error) == code; }));
}

} // namespace

BOOST_AUTO_TEST_SUITE(scale_test)

BOOST_AUTO_TEST_CASE(many_keys_are_opened_asked_and_closed_at_once) {
  crowd c;
  BOOST_CHECK_EQUAL(opened(c.open_all().value()), many);
  BOOST_CHECK_EQUAL(c.counters(), (connection_counters{many, many, 0, 0}));
  // What is open costs nothing.
  BOOST_CHECK_EQUAL(opened(c.open_all().value()), many);
  BOOST_CHECK_EQUAL(c.counters(), (connection_counters{many, many, 0, 0}));
  BOOST_CHECK_EQUAL(c.statuses().size(), many);
  BOOST_CHECK_EQUAL(c.operate(operation::pause, "*"), many);
  BOOST_CHECK_EQUAL(c.operate(operation::resume, "*"), many);
  BOOST_CHECK_EQUAL(c.operate(operation::drain, "*0"), many / 10);
  BOOST_CHECK_EQUAL(c.operate(operation::resume, "*"), many);
  BOOST_CHECK_EQUAL(opened(c.open_all().value()), many);
  BOOST_CHECK_EQUAL(c.close_all(), many);
  BOOST_CHECK_EQUAL(c.counters(),
                    (connection_counters{many, many + many / 10, many, 0}));
  BOOST_CHECK_EQUAL(c.statuses().size(), 0u);
}

BOOST_AUTO_TEST_CASE(many_callers_ask_for_one_key_each) {
  crowd c;
  auto is_there = [](const auto& x) { return x.has_value(); };
  auto open_one = [&](const open_item& x) {
    return c.ask<crowd::maybe_connection>(c.manager, caf::open_atom_v, x.key,
                                          x.params, caf::timespan{0});
  };
  for (auto i = 0; i < 2; ++i)
    BOOST_CHECK_EQUAL(c.count_each<crowd::maybe_connection>(open_one, is_there),
                      many);
  BOOST_CHECK_EQUAL(c.counters(), (connection_counters{many, many, 0, 0}));
  BOOST_CHECK_EQUAL(c.count_each<std::optional<explanation>>(
                      [&](const open_item& x) {
                        return c.ask<std::optional<explanation>>(c.manager,
                                                                 explain_atom_v,
                                                                 x.key);
                      },
                      is_there),
                    many);
  BOOST_CHECK_EQUAL(c.count_each<bool>(
                      [&](const open_item& x) {
                        return c.ask<bool>(c.manager, caf::close_atom_v, x.key);
                      },
                      [](bool closed) { return closed; }),
                    many);
  BOOST_CHECK_EQUAL(c.counters(), (connection_counters{many, many, many, 0}));
}

BOOST_AUTO_TEST_CASE(many_keys_are_handed_over) {
  crowd c;
  c.open_all();
  auto full = caf::actor_cast<full_manager_actor>(c.manager);
  BOOST_CHECK_EQUAL(c.count_each<caf::unit_t>(
                      [&](const open_item& x) {
                        return c.ask<caf::unit_t>(full, hand_over_atom_v,
                                                  x.key);
                      },
                      nullptr),
                    many);
  BOOST_CHECK_EQUAL(c.counters(), (connection_counters{many, many, many, 0}));
}

BOOST_AUTO_TEST_CASE(many_keys_are_inserted_over_existing_ones) {
  crowd c;
  c.open_all();
  BOOST_CHECK_EQUAL(
    c.count_each<crowd::maybe_connection>(
      [&](const open_item& x) {
        return c.ask<crowd::maybe_connection>(c.manager, insert_atom_v, x.key,
                                              spawn_loopback_session(c.sys(),
                                                                     x.key));
      },
      [](const auto& replaced) { return replaced.has_value(); }),
    many);
  BOOST_CHECK_EQUAL(c.counters().close_calls, many);
  BOOST_CHECK_EQUAL(c.close_all(), many);
  BOOST_CHECK_EQUAL(c.counters().close_calls, 2 * many);
}

BOOST_AUTO_TEST_CASE(a_shutdown_with_many_open_closes_all) {
  crowd c;
  c.open_all();
  auto before = c.running();
  auto done = c.ask_now<caf::unit_t>(c.manager, shutdown_atom_v,
                                     caf::timespan{0});
  BOOST_CHECK(done.ok());
  // Each connection and its session, at least.
  BOOST_CHECK(before - c.running() >= 2 * many);
}

BOOST_AUTO_TEST_CASE(a_factory_that_dies_answers_all_who_wait_for_it) {
  crowd c;
  using promise = caf::typed_response_promise<std::optional<transport_actor>>;
  auto hanging = c.sys().spawn(
    [](factory_actor::pointer self) -> factory_actor::behavior_type {
      // A promise that nobody keeps is broken at once.
      auto kept = std::make_shared<std::vector<promise>>();
      return {[self, kept](make_atom, const connection_key&)
                -> caf::result<std::optional<transport_actor>> {
        return kept->emplace_back(self->make_response_promise<promise>());
      }};
    });
  c.set_factory(hanging);
  auto all = c.open_all();
  BOOST_CHECK(!all.arrived());
  caf::anon_send_exit(hanging, caf::exit_reason::kill);
  c.settle();
  BOOST_CHECK_EQUAL(failed_with(errc::factory_failed, all.value()), many);
  BOOST_CHECK_EQUAL(c.statuses().size(), 0u);
  BOOST_CHECK_EQUAL(c.counters(), connection_counters{});
}

BOOST_AUTO_TEST_CASE(a_caller_that_dies_gives_up_all_that_it_waits_for) {
  loopback_script slow;
  slow.open_delay = 20s;
  crowd c{slow};
  auto all = c.open_all();
  BOOST_CHECK(!all.arrived());
  all.kill_caller();
  c.settle();
  auto here = c.statuses();
  BOOST_CHECK_EQUAL(here.size(), many);
  BOOST_CHECK_EQUAL(std::count_if(here.begin(), here.end(),
                                  [](const auto& x) {
                                    return x.state == connection_state::closed
                                           && x.waiting == 0;
                                  }),
                    static_cast<ptrdiff_t>(many));
  BOOST_CHECK_EQUAL(c.close_all(), many);
  BOOST_CHECK_EQUAL(c.counters(), (connection_counters{many, 0, many, many}));
}

BOOST_AUTO_TEST_CASE(at_the_cap_idle_sessions_end_for_as_many_that_are_wanted) {
  auto config = for_many();
  config.max_sessions = many / 2;
  crowd c{{}, config};
  auto middle = c.items.begin() + many / 2;
  BOOST_CHECK_EQUAL(opened(c.open({c.items.begin(), middle}).value()),
                    many / 2);
  c.advance(1s);
  BOOST_CHECK_EQUAL(opened(c.open({middle, c.items.end()}).value()), many / 2);
  BOOST_CHECK_EQUAL(c.counters().open_calls, many);
  BOOST_CHECK_EQUAL(c.counters().evictions, many / 2);
  auto here = c.statuses();
  BOOST_CHECK_EQUAL(std::count_if(here.begin(), here.end(),
                                  [](const auto& x) {
                                    return x.state == connection_state::open;
                                  }),
                    static_cast<ptrdiff_t>(many / 2));
}

BOOST_AUTO_TEST_CASE(each_host_by_its_name_has_an_order_of_its_own) {
  crowd c;
  c.open_all();
  auto one = [](uint64_t n) { return n == 1; };
  for (auto what : {operation::pause, operation::resume})
    BOOST_CHECK_EQUAL(c.count_each<uint64_t>(
                        [&](const open_item& x) {
                          return c.ask<uint64_t>(c.manager, operate_atom_v,
                                                 what,
                                                 selector{x.key.hostname, "*"},
                                                 caf::timespan{0});
                        },
                        one),
                      many);
}

BOOST_AUTO_TEST_CASE(at_a_cap_full_of_busy_ones_the_first_that_is_idle_ends) {
  constexpr uint64_t busy = 1000;
  loopback_script slow;
  slow.execute_delay = 50min;
  auto config = for_many();
  config.max_sessions = busy;
  config.execute_timeout = 2h;
  config.acquire_timeout = 1h;
  crowd c{slow, config};
  auto end = c.items.begin() + busy;
  c.open({c.items.begin(), end});
  std::vector<answer<reply>> running;
  request what;
  for (auto i = c.items.begin(); i != end; ++i)
    running.push_back(
      c.ask<reply>(c.manager, execute_atom_v, i->key, i->params, what));
  c.settle();
  auto waits = c.open({*end});
  c.advance(30min);
  BOOST_CHECK(!waits.arrived());
  // They end, and each says that it is idle.
  c.advance(31min);
  BOOST_CHECK_EQUAL(opened(waits.value()), 1u);
  BOOST_CHECK_EQUAL(c.counters().evictions, 1u);
}

BOOST_AUTO_TEST_CASE(a_listener_may_have_very_many_events_unanswered) {
  auto config = for_many();
  config.event_buffer = 1'000'000;
  crowd c{{}, config};
  using promise = caf::typed_response_promise<void>;
  auto kept = std::make_shared<std::vector<promise>>();
  auto listener = c.sys().spawn(
    [kept](listener_actor::pointer self) -> listener_actor::behavior_type {
      return {[self, kept](const lifecycle_event&) -> caf::result<void> {
        return kept->emplace_back(self->make_response_promise<promise>());
      }};
    });
  c.ask_now<caf::unit_t>(c.manager, caf::subscribe_atom_v, listener);
  c.open_all();
  BOOST_CHECK_GE(kept->size(), many);
  for (auto& x : *kept)
    x.deliver();
  c.settle();
  auto before = kept->size();
  BOOST_CHECK_EQUAL(c.close_all(), many);
  BOOST_CHECK_GE(kept->size(), before + many);
  kept->clear();
  caf::anon_send_exit(listener, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(a_run_has_very_many_hosts_at_once) {
  loopback_script slow;
  slow.execute_delay = 1s;
  crowd c{slow};
  workflow what;
  what.where = c.items;
  what.what = {request{}};
  what.at_once = many;
  std::optional<run_summary> end;
  run_observer observer;
  observer.on_end = [&end](const run_summary& x) { end = x; };
  spawn_run(c.sys(), caf::actor_cast<opener_actor>(c.manager), what, observer);
  c.advance(2s);
  BOOST_REQUIRE(end);
  BOOST_CHECK_EQUAL(end->succeeded, many);
}

BOOST_AUTO_TEST_CASE(a_close_of_all_does_not_wait_for_those_that_hang) {
  loopback_script hangs;
  hangs.close_delay = 24h;
  crowd c{hangs};
  c.open_all();
  auto all = c.ask_now<uint64_t>(c.manager, close_all_atom_v);
  BOOST_CHECK(!all.arrived());
  // Who opens meanwhile waits for the next connection of its key.
  auto next = c.open({c.items.begin(), c.items.begin() + 10});
  // The default of close-timeout, and no more.
  c.advance(1min);
  BOOST_CHECK_EQUAL(all.value(), many);
  BOOST_CHECK_EQUAL(opened(next.value()), 10u);
  BOOST_CHECK_EQUAL(c.counters(),
                    (connection_counters{many + 10, many + 10, many, 0}));
}

BOOST_AUTO_TEST_CASE(a_close_of_all_ends_though_some_are_killed) {
  loopback_script hangs;
  hangs.close_delay = 24h;
  crowd c{hangs};
  auto connections = c.open_all().value();
  auto all = c.ask_now<uint64_t>(c.manager, close_all_atom_v);
  for (uint64_t i = 0; i < many; i += 2)
    caf::anon_send_exit(*connections[i].connection, caf::exit_reason::kill);
  c.settle();
  BOOST_CHECK(!all.arrived());
  c.advance(1min);
  BOOST_CHECK(all.ok());
  BOOST_CHECK_EQUAL(all.count(), 1u);
  BOOST_CHECK_EQUAL(c.counters(), (connection_counters{many, many, many, 0}));
  BOOST_CHECK_EQUAL(c.statuses().size(), 0u);
}

BOOST_AUTO_TEST_SUITE_END()
