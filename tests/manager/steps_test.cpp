#include "support/actors/managed.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

// How far an open has come, as those hear who wait for it, and those who ask.

using namespace tieline;
using namespace tieline::test;

namespace {

plugin_traits stepwise() {
  plugin_traits result;
  result.tells_steps = true;
  return result;
}

struct fixture : managed {
  fixture() : managed(plain(), stepwise()) {
    // nop
  }

  void begin(step what) {
    plugin.last().begin(what);
    settle();
  }
};

constexpr step steps[] = {
  step::prepare,      step::resolve,  step::connect,
  step::key_exchange, step::host_key, step::auth,
  step::channel,      step::hello,    step::response,
};

std::string at_of(const caf::error& x) {
  return to_string(failure_of(x).at);
}

} // namespace

BOOST_AUTO_TEST_SUITE(steps_test)

BOOST_FIXTURE_TEST_CASE(each_waiter_hears_of_the_step_at_its_own_deadline,
                        fixture) {
  auto last = open(r1, params_for("admin"), 1min);
  auto connection = *get(r1);
  for (auto at : steps) {
    begin(at);
    auto opener = open(r1, params_for("admin"), 1s);
    auto worker = execute(connection, "show", 1s);
    advance(1s);
    BOOST_CHECK(opener.code() == errc::timeout);
    BOOST_TEST(at_of(opener.error()) == to_string(at));
    BOOST_CHECK(worker.code() == errc::timeout);
    BOOST_TEST(at_of(worker.error()) == to_string(at));
  }
  BOOST_TEST(!last.arrived());
  session_opens();
  BOOST_TEST(last.ok());
}

BOOST_FIXTURE_TEST_CASE(the_last_to_leave_hears_of_it_too, fixture) {
  auto only = open(r1, params_for("admin"), 5s);
  begin(step::auth);
  advance(5s);
  BOOST_CHECK(only.code() == errc::timeout);
  BOOST_TEST(at_of(only.error()) == "authentication");
  BOOST_TEST(at_of(status(*get(r1)).last_error) == "authentication");
  BOOST_TEST(!plugin.last().alive);
}

BOOST_FIXTURE_TEST_CASE(status_and_explanation_name_the_step, fixture) {
  auto pending = open(r1, params_for("admin"), 1min);
  auto connection = *get(r1);
  BOOST_CHECK(status(connection).reached == step::open);
  for (auto at : steps) {
    begin(at);
    BOOST_CHECK(status(connection).reached == at);
    auto why = explain(r1);
    BOOST_CHECK(why.status.reached == at);
    BOOST_TEST(describe(why).find("waits for the session to open ("
                                  + to_string(at) + ')')
               != std::string::npos);
  }
  session_opens();
  BOOST_CHECK(status(connection).reached == step::none);
}

BOOST_FIXTURE_TEST_CASE(a_step_of_an_earlier_attempt_is_not_taken, fixture) {
  auto first = open(r1, params_for("admin"), 1min);
  begin(step::auth);
  auto& before = plugin.last();
  auto other = params_for("root");
  auto second = open(r1, other, 1min);
  BOOST_REQUIRE(plugin.sessions().size() == 2u);
  BOOST_CHECK(status(*get(r1)).reached == step::open);
  before.begin(step::channel);
  settle();
  BOOST_CHECK(status(*get(r1)).reached == step::open);
  begin(step::connect);
  BOOST_CHECK(status(*get(r1)).reached == step::connect);
}

BOOST_FIXTURE_TEST_CASE(before_the_next_attempt_the_last_one_counts, fixture) {
  auto params = params_for("admin");
  params.extras["open_retries"] = "5";
  params.extras["backoff"] = "10s";
  auto patient = open(r1, params, 1min);
  session_fails(errc::refused, step::connect);
  BOOST_CHECK(status(*get(r1)).state == connection_state::backoff);
  auto hasty = open(r1, params, 1s);
  advance(1s);
  BOOST_CHECK(hasty.code() == errc::timeout);
  BOOST_TEST(at_of(hasty.error()) == "connect");
}

BOOST_FIXTURE_TEST_CASE(of_a_plugin_that_tells_no_steps_it_is_the_open,
                        managed) {
  auto only = open(r1, params_for("admin"), 5s);
  plugin.last().begin(step::auth);
  advance(5s);
  BOOST_CHECK(only.code() == errc::timeout);
  BOOST_TEST(at_of(only.error()) == "open");
}

BOOST_FIXTURE_TEST_CASE(a_transport_that_is_put_in_tells_its_steps, managed) {
  ask_now<maybe_connection>(manager, insert_atom_v, r1, plugin.make(r1));
  auto only = open(r1, params_for("admin"), 5s);
  plugin.last().begin(step::auth);
  advance(5s);
  BOOST_TEST(at_of(only.error()) == "authentication");
}

namespace {

/// Makes transports that know no more than they must, and says otherwise.
factory_actor spawn_boaster(caf::actor_system& sys) {
  return factory_actor{sys.spawn([&sys](described_factory_actor::pointer)
                                   -> described_factory_actor::behavior_type {
    return {
      [&sys](make_atom, const connection_key&) {
        return std::optional{transport_actor{sys.spawn(
          [](transport_actor::pointer self) -> transport_actor::behavior_type {
            self->set_default_handler(caf::drop);
            return {
              [](caf::open_atom, const connection_params&) {
                return session_traits{};
              },
              [](execute_atom, const request&) { return reply{}; },
              [](probe_atom) {},
              [self](caf::close_atom) { self->quit(); },
            };
          })}};
      },
      [](traits_atom) { return stepwise(); },
    };
  })};
}

} // namespace

// So it is with those that a factory has made before it was replaced.
BOOST_FIXTURE_TEST_CASE(a_transport_without_steps_is_opened_nevertheless,
                        managed) {
  auto factory = spawn_boaster(sys());
  ask_now<bool>(manager, set_factory_atom_v, std::string{"fake"}, factory);
  BOOST_TEST(open(r1, params_for("admin")).ok());
  caf::anon_send_exit(factory, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_SUITE_END()
