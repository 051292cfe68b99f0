#include <tieline/actors/events/listener.hpp>
#include <tieline/actors/manager.hpp>
#include <tieline/messages/client.hpp>
#include <tieline/messages/options/config.hpp>
#include <tieline/transports/loopback.hpp>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <future>
#include <string>
#include <vector>

// The functions that an application calls, on a system with threads.

using namespace tieline;
using namespace std::chrono_literals;

namespace {

struct fixture {
  tieline::config cfg;
  caf::actor_system sys{cfg};
  manager_actor manager = spawn_manager(sys);
  caf::scoped_actor self{sys};
  connection_key r1{"r1", "lab"};
  connection_params params;

  fixture() {
    set_factory(manager, "lab", spawn_loopback_factory(sys));
  }

  ~fixture() {
    caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
  }
};

std::string text(const caf::expected<reply>& x) {
  return x ? x->output : describe(x.error());
}

} // namespace

BOOST_AUTO_TEST_SUITE(calls_test)

BOOST_FIXTURE_TEST_SUITE(calls, fixture)

BOOST_AUTO_TEST_CASE(an_actor_runs_a_command) {
  std::promise<std::string> told;
  sys.spawn([&](caf::event_based_actor* self) {
    auto failed = [&](const caf::error& e) { told.set_value(describe(e)); };
    open(self, manager, r1, params, 10min)
      .then(
        [self, &told, failed](const connection_actor& here) {
          execute(self, here, "show version", 5s)
            .then([&told](const reply& x) { told.set_value(x.output); },
                  failed);
        },
        failed);
  });
  BOOST_TEST(told.get_future().get() == "show version");
}

BOOST_AUTO_TEST_CASE(no_factory_is_an_error) {
  auto none = open(self, manager, connection_key{"r1", "none"}, params);
  auto got = none.receive();
  BOOST_REQUIRE(!got);
  BOOST_TEST(to_string(code_of(got.error())) == "factory_not_set");
}

BOOST_AUTO_TEST_CASE(a_time_that_is_over_is_not_the_settings) {
  auto slow = [](const connection_key&) {
    loopback_script result;
    result.open_delay = 1h;
    return result;
  };
  set_factory(manager, "slow", spawn_loopback_factory(sys, slow));
  for (auto time : {0s, -1s}) {
    auto got = open(self, manager, connection_key{"r1", "slow"}, params, time)
                 .receive();
    BOOST_REQUIRE(!got);
    BOOST_TEST(to_string(code_of(got.error())) == "timeout");
  }
}

BOOST_AUTO_TEST_CASE(a_thread_runs_requests) {
  client tool{sys, manager};
  BOOST_TEST(text(tool.run(r1, params, "show version")) == "show version");
  request what;
  what.body = "show clock";
  BOOST_TEST(text(tool.run(r1, params, what, 5s)) == "show clock");
  BOOST_TEST(bool{tool.open(r1, params)});
  BOOST_TEST(*tool.close(r1));
  BOOST_TEST(!*tool.close(r1));
}

BOOST_AUTO_TEST_CASE(what_an_operator_asks) {
  operator_actor desk{manager};
  client{sys, manager}.run(r1, params, "x");
  BOOST_TEST(status(self, desk).receive()->size() == 1U);
  auto one = status(self, desk, r1).receive();
  BOOST_REQUIRE(one);
  BOOST_REQUIRE(*one);
  BOOST_TEST(((*one)->state == connection_state::open));
  BOOST_TEST(explain(self, desk, r1).receive()->has_value());
  BOOST_TEST(counters(self, desk).receive()->at("lab").open_calls == 1U);
  BOOST_TEST(*operate(self, desk, operation::kill, selector{}).receive() == 1U);
  BOOST_TEST(
    *operate(self, desk, operation::expect_disconnect, selector{}, 10min)
       .receive()
    == 1U);
  shutdown(self, desk, 5s)
    .receive([] {}, [](const caf::error& e) { BOOST_ERROR(describe(e)); });
}

BOOST_AUTO_TEST_CASE(a_listener_needs_nobody_who_holds_it) {
  std::promise<std::string> told;
  spawn_listener(sys, manager,
                 [&](const lifecycle_event& x) {
                   if (x.what == event_kind::opened)
                     told.set_value(to_string(x.key));
                 },
                 {"r*", "*"});
  client tool{sys, manager};
  tool.run({"core", "lab"}, params, "x");
  tool.run(r1, params, "x");
  BOOST_TEST(told.get_future().get() == "lab://r1");
  // It ends with the manager, or the system would not.
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
