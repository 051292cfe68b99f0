#include "support/actors/managed.hpp"

#include "tieline/actors/factory.hpp"
#include "tieline/transports/loopback.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

using namespace tieline;
using namespace tieline::test;

namespace {

using maybe_connection = std::optional<connection_actor>;
using statuses = std::vector<connection_status>;

auto created(managed& m, const connection_key& key) {
  return m.ask_now<maybe_connection>(m.manager, get_or_create_atom_v, key);
}

/// A factory that never answers.
factory_actor spawn_hanging_factory(caf::actor_system& sys) {
  using result = std::optional<transport_actor>;
  using promise = caf::typed_response_promise<result>;
  return sys.spawn([](factory_actor::pointer self) {
    auto kept = std::make_shared<std::vector<promise>>();
    return factory_actor::behavior_type{
      [self, kept](make_atom, const connection_key&) -> caf::result<result> {
        kept->push_back(self->make_response_promise<promise>());
        return kept->back();
      },
    };
  });
}

} // namespace

BOOST_AUTO_TEST_SUITE(manager_test)

BOOST_FIXTURE_TEST_SUITE(manager, managed)

// -- the documented examples of the system that is re-implemented -------------

BOOST_AUTO_TEST_CASE(example_set_up_with_a_factory) {
  BOOST_CHECK(!get(r1));
  BOOST_CHECK(created(*this, r1).value());
  BOOST_CHECK(get(r1));
}

BOOST_AUTO_TEST_CASE(a_key_that_cannot_be_shown_gets_no_connection) {
  const connection_key bad[] = {{"r1\nr2", r1.plugin_name},
                                {"r1\x1b[2J", r1.plugin_name},
                                {"r1\xe2\x80\xae", r1.plugin_name},
                                {"r1\xff", r1.plugin_name},
                                {std::string(256, 'r'), r1.plugin_name},
                                {"r1", "s\nh"}};
  for (const auto& key : bad) {
    BOOST_CHECK(code_of(created(*this, key).error()) == errc::invalid_params);
    auto failed = open(key, params_for("admin"));
    BOOST_CHECK(code_of(failed.error()) == errc::invalid_params);
    BOOST_CHECK(!get(key));
  }
  BOOST_CHECK(created(*this, {"\xc3\x80", r1.plugin_name}).value());
  auto hostile = params_for("admin");
  hostile.hostname = "r1\nr2";
  BOOST_CHECK(code_of(open(r1, hostile).error()) == errc::invalid_params);
}

BOOST_AUTO_TEST_CASE(example_reuse) {
  auto first = opened(r1);
  auto second = open(r1, params_for("admin")).value().value();
  BOOST_CHECK(first == second);
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
}

BOOST_AUTO_TEST_CASE(example_counters_after_open) {
  opened(r1);
  BOOST_CHECK_EQUAL(counters(), (connection_counters{1, 1, 0, 0}));
}

BOOST_AUTO_TEST_CASE(example_clean_up_of_one_and_all) {
  opened(r1);
  opened(r2);
  auto one = close(r1);
  plugin.sessions().at(0)->close_ok();
  settle();
  BOOST_CHECK(one.value());
  BOOST_CHECK(!get(r1));
  auto all = ask_now<uint64_t>(manager, close_all_atom_v);
  plugin.sessions().at(1)->close_ok();
  settle();
  BOOST_CHECK_EQUAL(all.value(), 1u);
  BOOST_CHECK(!get(r2));
  BOOST_CHECK_EQUAL(counters(), (connection_counters{2, 2, 2, 0}));
}

BOOST_AUTO_TEST_CASE(example_missing_plugin) {
  BOOST_CHECK(!created(*this, {"r1", "nosuch"}).value());
  BOOST_CHECK(!open({"r1", "nosuch"}, params_for("admin")).value());
}

BOOST_AUTO_TEST_CASE(example_concurrent_access_from_3_callers) {
  std::vector<answer<maybe_connection>> callers;
  for (auto i = 0; i < 3; ++i)
    callers.push_back(ask<maybe_connection>(
      manager, caf::open_atom_v, r1, params_for("admin"), caf::timespan{0}));
  settle();
  plugin.last().open_ok();
  settle();
  for (auto& caller : callers)
    BOOST_CHECK(caller.value() == callers.front().value());
  BOOST_CHECK_EQUAL(counters(), (connection_counters{1, 1, 0, 0}));
}

// -- creation and factories ---------------------------------------------------

BOOST_AUTO_TEST_CASE(without_any_factory_the_error_is_typed) {
  ask_now<bool>(manager, remove_factory_atom_v, std::string{"fake"});
  BOOST_CHECK_EQUAL(created(*this, r1).code(), errc::factory_not_set);
  BOOST_CHECK_EQUAL(open(r1, params_for("admin")).code(),
                    errc::factory_not_set);
  BOOST_CHECK(!get(r1));
}

BOOST_AUTO_TEST_CASE(a_connection_is_answered_even_without_a_factory) {
  auto connection = opened(r1);
  ask_now<bool>(manager, remove_factory_atom_v, std::string{"fake"});
  BOOST_CHECK(created(*this, r1).value() == connection);
}

BOOST_AUTO_TEST_CASE(a_missing_plugin_is_not_remembered) {
  connection_key key{"r1", "late"};
  BOOST_CHECK(!created(*this, key).value());
  BOOST_CHECK(ask_now<statuses>(manager, status_atom_v).value().empty());
  BOOST_CHECK(!ask_now<bool>(manager, set_factory_atom_v, std::string{"late"},
                             plugin.factory())
                 .value());
  BOOST_CHECK(created(*this, key).value());
}

BOOST_AUTO_TEST_CASE(a_general_factory_serves_all_other_plugins) {
  ask_now<bool>(manager, set_factory_atom_v, plugin.factory());
  BOOST_CHECK(created(*this, {"r1", "anything"}).value());
  BOOST_CHECK(ask_now<bool>(manager, remove_factory_atom_v).value());
  BOOST_CHECK(!ask_now<bool>(manager, remove_factory_atom_v).value());
  BOOST_CHECK(!created(*this, {"r2", "anything"}).value());
}

BOOST_AUTO_TEST_CASE(a_connection_is_made_lazily_and_once) {
  BOOST_CHECK(created(*this, r1).value() == created(*this, r1).value());
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
  BOOST_CHECK(!plugin.last().wants_open());
  BOOST_CHECK_EQUAL(counters(), (connection_counters{1, 0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(a_replaced_factory_serves_new_sessions_only) {
  auto connection = opened(r1);
  fake_plugin newer{sys()};
  BOOST_CHECK(ask_now<bool>(manager, set_factory_atom_v, std::string{"fake"},
                            newer.factory())
                .value());
  BOOST_CHECK(open(r1, params_for("admin")).value() == connection);
  BOOST_CHECK(newer.sessions().empty());
  plugin.last().lose();
  settle();
  auto again = open(r1, params_for("admin"));
  BOOST_REQUIRE_EQUAL(newer.sessions().size(), 1u);
  newer.last().open_ok();
  settle();
  BOOST_CHECK(again.value() == connection);
  BOOST_CHECK_EQUAL(counters(), (connection_counters{1, 2, 0, 0, 1}));
}

BOOST_AUTO_TEST_CASE(a_dead_factory_is_forgotten) {
  caf::anon_send_exit(plugin.factory(), caf::exit_reason::kill);
  settle();
  BOOST_CHECK_EQUAL(created(*this, r1).code(), errc::factory_not_set);
}

BOOST_AUTO_TEST_CASE(callers_of_a_factory_that_dies_are_answered) {
  auto hanging = spawn_hanging_factory(sys());
  ask_now<bool>(manager, set_factory_atom_v, std::string{"hanging"}, hanging);
  auto waiting = created(*this, {"r1", "hanging"});
  BOOST_CHECK(!waiting.arrived());
  caf::anon_send_exit(hanging, caf::exit_reason::kill);
  settle();
  BOOST_CHECK_EQUAL(waiting.code(), errc::factory_failed);
  BOOST_CHECK(ask_now<statuses>(manager, status_atom_v).value().empty());
}

BOOST_AUTO_TEST_CASE(
  a_factory_that_hangs_holds_its_callers_until_their_deadlines) {
  auto hanging = spawn_hanging_factory(sys());
  ask_now<bool>(manager, set_factory_atom_v, std::string{"hanging"}, hanging);
  auto soon = open({"r1", "hanging"}, params_for("admin"), 1s);
  auto later = open({"r1", "hanging"}, params_for("admin"), 3s);
  auto other = created(*this, r2);
  BOOST_CHECK(other.ok());
  advance(1s);
  BOOST_CHECK_EQUAL(soon.code(), errc::timeout);
  BOOST_CHECK(failure_of(soon.error()).at == step::create);
  BOOST_CHECK(!later.arrived());
  advance(2s);
  BOOST_CHECK_EQUAL(later.code(), errc::timeout);
  caf::anon_send_exit(hanging, caf::exit_reason::kill);
}

BOOST_AUTO_TEST_CASE(a_factory_may_ask_the_manager_for_its_own_key) {
  auto curious = sys().spawn(
    [this](factory_actor::pointer self) -> factory_actor::behavior_type {
      return {[this, self](make_atom, const connection_key& key)
                -> caf::result<std::optional<transport_actor>> {
        auto promise = self->make_response_promise<
          caf::typed_response_promise<std::optional<transport_actor>>>();
        compat::request(self, manager, caf::infinite, caf::get_atom_v, key)
          .then([this, key, promise](maybe_connection&) mutable {
            promise.deliver(std::optional{plugin.make(key)});
          });
        return promise;
      }};
    });
  ask_now<bool>(manager, set_factory_atom_v, std::string{"curious"}, curious);
  BOOST_CHECK(created(*this, {"r1", "curious"}).value());
  caf::anon_send_exit(curious, caf::exit_reason::kill);
}

BOOST_AUTO_TEST_CASE(callers_who_keep_coming_get_a_hung_factory_asked_again) {
  auto hanging = spawn_hanging_factory(sys());
  ask_now<bool>(manager, set_factory_atom_v, hanging);
  auto early = open({"r1", "x"}, params_for("a"), 10s);
  advance(9s);
  auto late = open({"r1", "x"}, params_for("a"), 10s);
  ask_now<bool>(manager, set_factory_atom_v, plugin.factory());
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 1u);
  plugin.last().open_ok();
  settle();
  // Replacing the factory helped them both.
  BOOST_CHECK(early.ok());
  BOOST_CHECK(late.ok());
  caf::anon_send_exit(hanging, caf::exit_reason::kill);
}

BOOST_AUTO_TEST_CASE(a_hung_factory_is_asked_again_for_those_who_came_later) {
  auto calls = std::make_shared<size_t>(0);
  auto hangs_once = sys().spawn([this, calls](factory_actor::pointer self) {
    using result = std::optional<transport_actor>;
    using promise = caf::typed_response_promise<result>;
    auto kept = std::make_shared<std::vector<promise>>();
    return factory_actor::behavior_type{
      [=](make_atom, const connection_key& key) -> caf::result<result> {
        if (++*calls > 1)
          return result{plugin.make(key)};
        kept->push_back(self->make_response_promise<promise>());
        return kept->back();
      },
    };
  });
  ask_now<bool>(manager, set_factory_atom_v, std::string{"x"}, hangs_once);
  auto early = open({"r1", "x"}, params_for("a"), 10s);
  advance(9s);
  auto late = open({"r1", "x"}, params_for("a"), 10s);
  advance(1s);
  BOOST_CHECK_EQUAL(early.code(), errc::timeout);
  BOOST_CHECK_EQUAL(*calls, 2u);
  plugin.last().open_ok();
  settle();
  BOOST_CHECK(late.ok());
  caf::anon_send_exit(hangs_once, caf::exit_reason::kill);
}

BOOST_AUTO_TEST_CASE(a_null_factory_is_refused) {
  BOOST_CHECK_EQUAL(
    ask_now<bool>(manager, set_factory_atom_v, factory_actor{}).code(),
    errc::invalid_request);
  BOOST_CHECK_EQUAL(ask_now<bool>(manager, set_factory_atom_v,
                                  std::string{"fake"}, factory_actor{})
                      .code(),
                    errc::invalid_request);
  BOOST_CHECK(created(*this, r1).value());
}

// -- many keys ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_list_of_keys_is_opened_in_one_message) {
  std::vector<open_item> items{{r1, params_for("a")},
                               {{"r1", "nosuch"}, params_for("a")},
                               {r2, params_for("a")}};
  auto pending = ask_now<std::vector<open_outcome>>(manager, caf::open_atom_v,
                                                    items, caf::timespan{1s});
  plugin.sessions().at(0)->open_ok();
  plugin.sessions().at(1)->open_fails(
    make_error(errc::refused, {{}, step::connect, "port 22"}));
  settle();
  auto& outcomes = pending.value();
  BOOST_REQUIRE_EQUAL(outcomes.size(), 3u);
  BOOST_CHECK(outcomes[0].key == r1);
  BOOST_CHECK(outcomes[0].connection == get(r1));
  BOOST_CHECK(!outcomes[1].connection && !outcomes[1].error);
  BOOST_CHECK(outcomes[2].error == errc::refused);
  BOOST_CHECK_EQUAL(describe(outcomes[2].error),
                    "fake://r2: connection refused (connect): port 22");
}

BOOST_AUTO_TEST_CASE(an_empty_list_of_keys_is_answered) {
  auto pending = ask_now<std::vector<open_outcome>>(manager, caf::open_atom_v,
                                                    std::vector<open_item>{},
                                                    caf::timespan{0});
  BOOST_CHECK(pending.value().empty());
}

BOOST_AUTO_TEST_CASE(one_slow_key_delays_no_other) {
  auto slow = open(r1, params_for("a"));
  auto quick = opened(r2);
  BOOST_CHECK(!slow.arrived());
  auto work = execute(quick, "hello");
  plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(work.value().output, "hello");
}

// -- insert -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(insert_puts_a_transport_under_a_free_key) {
  auto inserted = ask_now<maybe_connection>(manager, insert_atom_v, r1,
                                            plugin.make(r1));
  BOOST_CHECK(!inserted.value());
  BOOST_CHECK(get(r1));
  BOOST_CHECK_EQUAL(counters(), connection_counters{});
  auto connection = opened(r1);
  BOOST_CHECK(connection == get(r1));
  BOOST_CHECK_EQUAL(counters(), (connection_counters{0, 1, 0, 0}));
}

BOOST_AUTO_TEST_CASE(insert_closes_counts_and_answers_what_was_there) {
  auto old = opened(r1);
  auto inserted = ask_now<maybe_connection>(manager, insert_atom_v, r1,
                                            plugin.make(r1));
  BOOST_CHECK(get(r1) != old);
  BOOST_CHECK(!inserted.arrived());
  plugin.sessions().at(0)->close_ok();
  settle();
  BOOST_CHECK(inserted.value() == old);
  BOOST_CHECK_EQUAL(execute(old, "x").code(), errc::closed);
  BOOST_CHECK_EQUAL(counters(), (connection_counters{1, 1, 1, 0}));
  BOOST_CHECK(get(r1));
}

BOOST_AUTO_TEST_CASE(a_null_transport_is_refused) {
  auto inserted = ask_now<maybe_connection>(manager, insert_atom_v, r1,
                                            transport_actor{});
  BOOST_CHECK_EQUAL(inserted.code(), errc::invalid_request);
  BOOST_CHECK(!get(r1));
}

// -- closing ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(closing_an_unknown_key_or_twice_is_a_no_op) {
  BOOST_CHECK(!close(r1).value());
  opened(r1);
  auto first = close(r1);
  auto second = close(r1);
  plugin.last().close_ok();
  settle();
  BOOST_CHECK(first.value());
  BOOST_CHECK(!second.value());
  BOOST_CHECK(!close(r1).value());
  BOOST_CHECK_EQUAL(counters().close_calls, 1u);
}

BOOST_AUTO_TEST_CASE(closing_a_never_opened_connection_counts) {
  created(*this, r1);
  BOOST_CHECK(close(r1).value());
  BOOST_CHECK_EQUAL(counters(), (connection_counters{1, 0, 1, 0}));
  BOOST_CHECK(!plugin.last().alive);
}

BOOST_AUTO_TEST_CASE(an_open_after_a_close_makes_a_new_connection) {
  auto old = opened(r1);
  close(r1);
  plugin.last().close_ok();
  settle();
  auto fresh = opened(r1);
  BOOST_CHECK(fresh != old);
  BOOST_CHECK_EQUAL(counters(), (connection_counters{2, 2, 1, 0}));
}

BOOST_AUTO_TEST_CASE(
  an_open_during_a_close_waits_so_that_there_is_one_session) {
  opened(r1);
  auto closed = close(r1);
  auto again = open(r1, params_for("admin"));
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
  BOOST_CHECK(!get(r1));
  plugin.last().close_ok();
  settle();
  BOOST_CHECK(closed.value());
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  plugin.last().open_ok();
  settle();
  BOOST_CHECK(again.value() == get(r1));
}

BOOST_AUTO_TEST_CASE(close_all_does_not_wait_behind_a_busy_connection) {
  auto busy = opened(r1);
  opened(r2);
  auto work = execute(busy, "for ever");
  auto all = ask_now<uint64_t>(manager, close_all_atom_v);
  plugin.sessions().at(1)->close_ok();
  settle();
  BOOST_CHECK(!all.arrived());
  advance(settings{}.close_timeout);
  BOOST_CHECK_EQUAL(all.value(), 2u);
  BOOST_CHECK_EQUAL(work.code(), errc::canceled);
}

BOOST_AUTO_TEST_CASE(close_all_during_opens_answers_everybody) {
  auto opening = open(r1, params_for("a"));
  BOOST_CHECK_EQUAL(ask_now<uint64_t>(manager, close_all_atom_v).value(), 1u);
  BOOST_CHECK_EQUAL(opening.code(), errc::closed);
  BOOST_CHECK(!plugin.last().alive);
}

BOOST_AUTO_TEST_CASE(a_connection_closed_by_its_handle_is_removed_and_counted) {
  auto connection = opened(r1);
  auto closed = ask_now<bool>(connection, caf::close_atom_v);
  plugin.last().close_ok();
  settle();
  BOOST_CHECK(closed.value());
  BOOST_CHECK(!get(r1));
  BOOST_CHECK_EQUAL(counters().close_calls, 1u);
}

BOOST_AUTO_TEST_CASE(a_killed_connection_is_forgotten_and_counted_once) {
  auto connection = opened(r1);
  caf::anon_send_exit(connection, caf::exit_reason::kill);
  settle();
  BOOST_CHECK(!get(r1));
  BOOST_CHECK(!plugin.last().alive);
  BOOST_CHECK_EQUAL(counters(), (connection_counters{1, 1, 1, 0}));
  BOOST_CHECK(opened(r1) != connection);
}

BOOST_AUTO_TEST_CASE(a_killed_connection_answers_all_that_it_holds) {
  auto connection = opened(r1);
  auto runs = execute(connection, "x");
  auto waits = open(r1, params_for("other"));
  auto direct = ask_now<caf::unit_t>(connection, caf::open_atom_v,
                                     params_for("other"), caf::timespan{0});
  auto drains = ask_now<caf::unit_t>(connection, operate_atom_v,
                                     operation::drain, caf::timespan{0});
  auto closes = ask_now<bool>(connection, caf::close_atom_v);
  caf::anon_send_exit(connection, caf::exit_reason::kill);
  settle();
  BOOST_CHECK_EQUAL(runs.code(), errc::connection_lost);
  BOOST_CHECK_EQUAL(waits.code(), errc::closed);
  BOOST_CHECK_EQUAL(direct.code(), errc::closed);
  BOOST_CHECK(drains.ok());
  BOOST_CHECK(closes.ok());
}

// Whatever of it comes first: CAF has errors of its own for each of them.
BOOST_AUTO_TEST_CASE(
  a_kill_that_races_with_what_is_asked_is_told_in_errors_of_ours) {
  using outcomes = std::vector<open_outcome>;
  auto typed = [](const caf::error& x) {
    return !x || code_of(x) != errc::none;
  };
  auto bounced = 0;
  for (auto steps = 0; steps < 16; ++steps) {
    BOOST_TEST_CONTEXT("killed after " << steps << " messages") {
      auto connection = opened(r1);
      auto one = ask<maybe_connection>(manager, caf::open_atom_v, r1,
                                       params_for("admin"), caf::timespan{0});
      auto many
        = ask<outcomes>(manager, caf::open_atom_v,
                        std::vector<open_item>{{r1, params_for("admin")}},
                        caf::timespan{0});
      auto how = ask<std::optional<connection_status>>(manager, status_atom_v,
                                                       r1);
      auto why = ask<std::optional<explanation>>(manager, explain_atom_v, r1);
      auto order = ask<uint64_t>(manager, operate_atom_v, operation::reconnect,
                                 selector{}, caf::timespan{0});
      for (auto i = 0; i < steps; ++i)
        driver().run_once();
      caf::anon_send_exit(connection, caf::exit_reason::kill);
      settle();
      // Those who came after its end wait for the next one.
      if (!one.arrived() || !many.arrived())
        session_opens();
      BOOST_TEST(typed(one.error()), to_string(one.error()));
      BOOST_REQUIRE(many.ok());
      BOOST_TEST(typed(many.value().front().error));
      BOOST_CHECK(how.ok());
      BOOST_CHECK(why.ok());
      BOOST_CHECK(order.ok());
      bounced += one.code() == errc::closed ? 1 : 0;
      close(r1);
      plugin.last().close_ok();
      settle();
    }
  }
  BOOST_TEST(bounced > 0);
}

BOOST_AUTO_TEST_CASE(an_exit_message_to_a_connection_closes_it) {
  auto connection = opened(r1);
  auto work = execute(connection, "x");
  caf::anon_send_exit(connection, caf::exit_reason::user_shutdown);
  settle();
  BOOST_CHECK_EQUAL(work.code(), errc::canceled);
  BOOST_CHECK(!get(r1));
  BOOST_CHECK_EQUAL(counters().close_calls, 1u);
}

BOOST_AUTO_TEST_CASE(an_open_waits_for_a_close_by_handle_as_for_any_other) {
  auto connection = opened(r1);
  ask_now<bool>(connection, caf::close_atom_v);
  BOOST_CHECK(!get(r1));
  auto again = open(r1, params_for("admin"));
  BOOST_CHECK(!again.arrived());
  plugin.last().close_ok();
  settle();
  plugin.last().open_ok();
  settle();
  BOOST_CHECK(again.value() != connection);
}

BOOST_AUTO_TEST_CASE(a_close_also_ends_opens_that_wait_for_an_earlier_close) {
  opened(r1);
  close(r1);
  auto waiting = open(r1, params_for("admin"));
  auto all = ask_now<uint64_t>(manager, close_all_atom_v);
  BOOST_CHECK_EQUAL(waiting.code(), errc::closed);
  plugin.last().close_ok();
  settle();
  BOOST_CHECK(all.ok());
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
  BOOST_CHECK(!get(r1));
}

// -- counters and status ------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_plugin_has_no_counters_before_its_first_event) {
  using maybe_counters = std::optional<connection_counters>;
  auto before = ask_now<maybe_counters>(manager, counters_atom_v,
                                        std::string{"fake"});
  BOOST_CHECK(!before.value());
  created(*this, r1);
  auto after = ask_now<maybe_counters>(manager, counters_atom_v,
                                       std::string{"fake"});
  BOOST_CHECK(after.value());
}

BOOST_AUTO_TEST_CASE(counters_outlive_connections_and_are_kept_per_plugin) {
  ask_now<bool>(manager, set_factory_atom_v, std::string{"other"},
                plugin.factory());
  created(*this, r1);
  created(*this, {"r1", "other"});
  close(r1);
  auto all = ask_now<counters_snapshot>(manager, counters_atom_v).value();
  BOOST_CHECK_EQUAL(all.at("fake"), (connection_counters{1, 0, 1, 0}));
  BOOST_CHECK_EQUAL(all.at("other"), (connection_counters{1, 0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(counters_are_exported_as_metrics) {
  opened(r1);
  auto* family
    = sys().metrics().counter_family("tieline", "sessions-opened", {"plugin"},
                                     "Sessions really opened.", "1", true);
  BOOST_CHECK_EQUAL(family->get_or_add({{"plugin", "fake"}})->value(), 1);
}

BOOST_AUTO_TEST_CASE(status_tells_of_one_and_of_all_in_order) {
  opened(r2);
  auto waiting = open(r1, params_for("a"));
  auto all = ask_now<statuses>(manager, status_atom_v).value();
  BOOST_REQUIRE_EQUAL(all.size(), 2u);
  BOOST_CHECK(all[0].key == r1);
  BOOST_CHECK_EQUAL(all[0].state, connection_state::opening);
  BOOST_CHECK_EQUAL(all[0].waiting, 1u);
  BOOST_CHECK_EQUAL(all[1].state, connection_state::open);
  BOOST_CHECK_EQUAL(all[1].attempts, 1u);
  using maybe_status = std::optional<connection_status>;
  BOOST_CHECK(ask_now<maybe_status>(manager, status_atom_v, r1).value());
  BOOST_CHECK(
    !ask_now<maybe_status>(manager, status_atom_v, connection_key{"r3", "fake"})
       .value());
}

// -- the end ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(stopping_closes_every_session_in_good_order) {
  auto before = running();
  opened(r1);
  opened(r2);
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
  settle();
  for (auto& session : plugin.sessions()) {
    BOOST_CHECK(session->wants_close());
    session->close_ok();
  }
  settle();
  for (auto& session : plugin.sessions())
    BOOST_CHECK(!session->alive);
  // Stats, timer, the monitor of callers, events and admission have gone too.
  BOOST_CHECK_EQUAL(running(), before - 6);
}

BOOST_AUTO_TEST_CASE(stopping_takes_no_longer_than_closing_may) {
  opened(r1);
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
  advance(settings{}.close_timeout);
  BOOST_CHECK(!plugin.last().alive);
  BOOST_CHECK_EQUAL(running(), 1u); // the factory
}

BOOST_AUTO_TEST_CASE(a_stopping_manager_takes_nothing_new) {
  opened(r1);
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
  settle();
  BOOST_CHECK_EQUAL(open(r2, params_for("a")).code(), errc::closed);
  BOOST_CHECK_EQUAL(created(*this, r2).code(), errc::closed);
  auto fresh = plugin.make(r2);
  auto inserted = ask_now<maybe_connection>(manager, insert_atom_v, r2, fresh);
  BOOST_CHECK_EQUAL(inserted.code(), errc::closed);
  BOOST_CHECK(!plugin.last().alive);
}

BOOST_AUTO_TEST_CASE(stopping_answers_all_who_wait) {
  auto busy = opened(r1);
  auto opening = open(r2, params_for("a"));
  auto work = execute(busy, "x");
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
  settle();
  BOOST_CHECK_EQUAL(opening.code(), errc::closed);
  advance(settings{}.close_timeout);
  BOOST_CHECK_EQUAL(work.code(), errc::canceled);
}

BOOST_AUTO_TEST_CASE(a_handle_that_is_still_held_does_not_outlive_the_manager) {
  auto closed_before = opened(r1);
  close(r1);
  plugin.last().close_ok();
  settle();
  auto closed_by_stopping = opened(r2);
  stop();
  BOOST_CHECK_EQUAL(running(), 1u); // the factory
}

BOOST_AUTO_TEST_CASE(a_killed_manager_takes_everything_with_it) {
  auto connection = opened(r1);
  caf::anon_send_exit(manager, caf::exit_reason::kill);
  settle();
  BOOST_CHECK(!plugin.last().alive);
  BOOST_CHECK_EQUAL(running(), 1u); // the factory
  BOOST_CHECK(!execute(connection, "x").ok());
}

BOOST_AUTO_TEST_CASE(a_manager_nobody_holds_any_more_leaves_nothing) {
  opened(r1);
  manager = nullptr;
  settle();
  BOOST_CHECK(!plugin.last().alive);
  BOOST_CHECK_EQUAL(running(), 1u); // the factory
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_loopback_script_that_throws_fails_only_its_own_key) {
  deterministic d;
  auto factory = spawn_loopback_factory(d.sys(), [](const connection_key& key) {
    if (key.hostname == "bad")
      throw std::runtime_error("secret");
    loopback_script script;
    script.execute = [](const request&) -> caf::expected<reply> {
      throw std::runtime_error("secret");
    };
    return script;
  });
  using maybe_transport = std::optional<transport_actor>;
  auto make = [&](const char* host) {
    return d.ask_now<maybe_transport>(factory, make_atom_v,
                                      connection_key{host, "loopback"});
  };
  auto bad = make("bad");
  BOOST_CHECK_EQUAL(bad.code(), errc::factory_failed);
  BOOST_CHECK(describe(bad.error()).find("secret") == std::string::npos);
  auto good = make("good").value().value();
  d.ask_now<session_traits>(good, caf::open_atom_v, params_for("a"));
  auto work = d.ask_now<reply>(good, execute_atom_v, request{});
  BOOST_CHECK_EQUAL(work.code(), errc::transport_failed);
  caf::anon_send_exit(good, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(a_loopback_session_that_ends_lets_go_of_its_callers) {
  deterministic d;
  auto session = spawn_loopback_session(d.sys(), r1, [] {
    loopback_script script;
    script.execute_delay = 1h;
    return script;
  }());
  d.ask_now<session_traits>(session, caf::open_atom_v, params_for("a"));
  auto work = d.ask_now<reply>(session, execute_atom_v, request{});
  BOOST_CHECK(!work.arrived());
  caf::anon_send_exit(session, caf::exit_reason::user_shutdown);
  session = nullptr;
  d.settle();
  BOOST_CHECK(work.arrived());
  BOOST_CHECK_EQUAL(d.running(), 0u);
}

BOOST_AUTO_TEST_CASE(the_loopback_plugin_is_scriptable) {
  deterministic d;
  auto manager = spawn_manager(d.sys(), plain());
  auto factory = spawn_loopback_factory(d.sys(), [](const connection_key& key) {
    loopback_script script;
    if (key.hostname == "slow")
      script.open_delay = 2s;
    if (key.hostname == "down")
      script.open_error = make_error(errc::refused, {});
    if (key.hostname == "short")
      script.lifetime = 1s;
    return script;
  });
  d.ask_now<bool>(manager, set_factory_atom_v, std::string{"loopback"},
                  factory);
  auto open = [&](const char* host) {
    return d.ask_now<maybe_connection>(manager, caf::open_atom_v,
                                       connection_key{host, "loopback"},
                                       params_for("a"), caf::timespan{0});
  };
  auto slow = open("slow");
  BOOST_CHECK(!slow.arrived());
  d.advance(2s);
  auto connection = slow.value().value();
  request hello;
  hello.body = "hello";
  BOOST_CHECK_EQUAL(
    d.ask_now<reply>(connection, execute_atom_v, hello).value().output,
    "hello");
  BOOST_CHECK_EQUAL(open("down").code(), errc::refused);
  auto brief = open("short").value().value();
  d.advance(1s);
  auto status = d.ask_now<connection_status>(brief, status_atom_v).value();
  BOOST_CHECK_EQUAL(status.state, connection_state::closed);
  BOOST_CHECK(status.last_error == errc::connection_lost);
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(factory, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_SUITE_END()
