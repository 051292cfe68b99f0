#include "fleet/runner.hpp"
#include "support/actors/deterministic.hpp"

#include <tieline/actors/manager.hpp>
#include <tieline/transports/loopback.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace fleet;
using namespace std::chrono_literals;
using tieline::errc;

namespace {

/// A printer that only keeps what it is told.
printer_actor::behavior_type
recorder(printer_actor::pointer self,
         std::shared_ptr<std::vector<host_result>> results) {
  return {
    [](started_atom) {},
    [](tieline::status_atom, const std::vector<tieline::connection_status>&) {},
    [results](host_result& x) { results->push_back(std::move(x)); },
    [self](finish_atom, bool) {
      self->quit();
      return int32_t{0};
    },
  };
}

/// Runs jobs in virtual time.
struct fixture : tieline::test::deterministic {
  using script_function
    = std::function<tieline::loopback_script(const tieline::connection_key&)>;

  ~fixture() {
    caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(printer, caf::exit_reason::user_shutdown);
    settle();
  }

  /// Takes so many hosts through the script, all at once.
  void run(size_t hosts, caf::timespan timeout, script_function script,
           const tieline::settings& how = {}) {
    manager = tieline::spawn_manager(sys(), how);
    ask_now<bool>(manager, tieline::set_factory_atom_v, std::string{"test"},
                  tieline::spawn_loopback_factory(sys(), std::move(script)));
    job what;
    for (size_t i = 0; i < hosts; ++i)
      what.hosts.push_back({"r" + std::to_string(i), {}, {}, "test"});
    what.command = "show version";
    what.forks = hosts;
    what.timeout = timeout;
    auto runner = spawn_runner(sys(), manager, printer, std::move(what));
    auto done = ask<caf::unit_t>(runner, run_atom_v);
    advance(1min);
    BOOST_REQUIRE(done.arrived());
    BOOST_REQUIRE(results->size() == hosts);
  }

  std::shared_ptr<std::vector<host_result>> results
    = std::make_shared<std::vector<host_result>>();
  printer_actor printer = sys().spawn(recorder, results);
  tieline::manager_actor manager;
};

} // namespace

BOOST_AUTO_TEST_SUITE(runner_time_test)

BOOST_FIXTURE_TEST_CASE(open_and_command_have_one_deadline, fixture) {
  run(2, 100ms, [](const tieline::connection_key&) {
    tieline::loopback_script script;
    script.open_delay = 20ms;
    script.execute_delay = 3s;
    return script;
  });
  for (auto& x : *results) {
    BOOST_TEST((x.outcome == outcome::failed));
    BOOST_TEST((tieline::code_of(x.error) == errc::timeout));
    BOOST_TEST((x.elapsed == 100ms));
  }
}

BOOST_FIXTURE_TEST_CASE(the_command_has_what_the_login_has_left, fixture) {
  auto given = std::make_shared<caf::timespan>();
  run(1, 10s, [given](const tieline::connection_key&) {
    tieline::loopback_script script;
    script.open_delay = 50ms;
    script.execute = [given](const tieline::request& x) {
      *given = x.timeout;
      return caf::expected<tieline::reply>{tieline::reply{}};
    };
    return script;
  });
  BOOST_TEST((*given == 9950ms));
}

BOOST_FIXTURE_TEST_CASE(the_wait_for_others_is_not_a_hosts_time, fixture) {
  tieline::settings how;
  how.max_opening = 1;
  how.acquire_timeout = 1h;
  run(
    8, 500ms,
    [](const tieline::connection_key&) {
      tieline::loopback_script script;
      script.open_delay = 300ms;
      return script;
    },
    how);
  for (size_t i = 0; i < results->size(); ++i) {
    BOOST_TEST((results->at(i).outcome == outcome::ok));
    BOOST_TEST((results->at(i).elapsed == 300ms * (i + 1)));
  }
}

BOOST_FIXTURE_TEST_CASE(without_a_timeout_the_settings_say_it, fixture) {
  auto given = std::make_shared<caf::timespan>();
  run(1, 0s, [given](const tieline::connection_key&) {
    tieline::loopback_script script;
    script.execute = [given](const tieline::request& x) {
      *given = x.timeout;
      return caf::expected<tieline::reply>{tieline::reply{}};
    };
    return script;
  });
  BOOST_TEST((*given == tieline::settings{}.execute_timeout));
}

BOOST_AUTO_TEST_SUITE_END()
