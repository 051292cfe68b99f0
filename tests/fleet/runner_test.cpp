
#include "fleet/runner.hpp"

#include <tieline/actors/manager.hpp>
#include <tieline/transports/loopback.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace fleet;
using namespace std::chrono_literals;
using tieline::errc;

namespace compat = tieline::compat;

namespace {

struct message_types {
  message_types() {
    caf::core::init_global_meta_objects();
    tieline::init();
    caf::init_global_meta_objects<caf::id_block::fleet>();
  }
};

BOOST_TEST_GLOBAL_FIXTURE(message_types);

/// What a printer was told.
struct record {
  std::vector<host_result> results;
  size_t running = 0;
  size_t most_at_once = 0;
  size_t through_after = SIZE_MAX;
  std::promise<void> some_through;
  std::promise<std::vector<tieline::connection_status>> statuses;
};

class recorder_state {
public:
  explicit recorder_state(printer_actor::pointer self,
                          std::shared_ptr<record> into)
    : self_(self),
      into_(std::move(into)) {
    // nop
  }

  printer_actor::behavior_type make_behavior() {
    return {
      [this](started_atom) {
        into_->most_at_once = std::max(into_->most_at_once, ++into_->running);
      },
      [this](tieline::status_atom,
             std::vector<tieline::connection_status>& all) {
        into_->statuses.set_value(std::move(all));
      },
      [this](host_result& x) {
        --into_->running;
        into_->results.push_back(std::move(x));
        if (into_->results.size() == into_->through_after)
          into_->some_through.set_value();
      },
      [this](finish_atom, bool) {
        self_->quit();
        return int32_t{0};
      },
    };
  }

private:
  printer_actor::pointer self_;
  std::shared_ptr<record> into_;
};

/// A system with a manager whose `test` plugin follows a script.
struct fixture {
  using script_function
    = std::function<tieline::loopback_script(const tieline::connection_key&)>;

  ~fixture() {
    caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(printer, caf::exit_reason::user_shutdown);
  }

  void use(script_function script) {
    compat::request(self.ptr(), manager, caf::infinite,
                    tieline::set_factory_atom_v, std::string{"test"},
                    tieline::spawn_loopback_factory(sys, std::move(script)))
      .receive([](bool) {}, fail);
  }

  /// Replaces the manager by one that lets so many open at once.
  void limit_opening(uint64_t most) {
    caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
    auto how = quick();
    how.max_opening = most;
    how.acquire_timeout = 1h;
    manager = tieline::spawn_manager(sys, how);
  }

  static job hosts(size_t count, size_t forks) {
    job result;
    for (size_t i = 0; i < count; ++i)
      result.hosts.push_back({"r" + std::to_string(i), {}, {}, "test"});
    result.command = "show version";
    result.forks = forks;
    result.timeout = 10s;
    return result;
  }

  runner_actor spawn(job what) {
    return spawn_runner(sys, manager, printer, std::move(what));
  }

  /// Runs to the end, that of the printer included.
  void run(const runner_actor& runner) {
    compat::request(self.ptr(), runner, caf::infinite, run_atom_v)
      .receive([] {}, fail);
    compat::request(self.ptr(), printer, caf::infinite, finish_atom_v, false)
      .receive([](int32_t) {}, fail);
  }

  tieline::connection_counters counters() {
    using maybe_counters = std::optional<tieline::connection_counters>;
    maybe_counters result;
    compat::request(self.ptr(), manager, caf::infinite,
                    tieline::counters_atom_v, std::string{"test"})
      .receive([&result](const maybe_counters& x) { result = x; }, fail);
    return result.value_or(tieline::connection_counters{});
  }

  size_t connections() {
    size_t result = 0;
    compat::request(self.ptr(), manager, caf::infinite, tieline::status_atom_v)
      .receive(
        [&result](const std::vector<tieline::connection_status>& x) {
          result = x.size();
        },
        fail);
    return result;
  }

  size_t count(outcome what) {
    auto is = [what](const host_result& x) { return x.outcome == what; };
    return static_cast<size_t>(
      std::count_if(seen->results.begin(), seen->results.end(), is));
  }

  /// Does not wait for commands that never end.
  static tieline::settings quick() {
    tieline::settings result;
    result.close_timeout = 50ms;
    return result;
  }

  static void fail(const caf::error& x) {
    BOOST_ERROR(tieline::describe(x));
  }

  caf::actor_system_config cfg;
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys};
  tieline::manager_actor manager = tieline::spawn_manager(sys, quick());
  std::shared_ptr<record> seen = std::make_shared<record>();
  printer_actor printer
    = sys.spawn<printer_actor::stateful_impl<recorder_state>>(seen);
};

/// Answers like a device, slowly enough that turns overlap.
tieline::loopback_script slow(const tieline::connection_key&) {
  tieline::loopback_script script;
  script.open_delay = 5ms;
  return script;
}

/// Answers long after anybody waits for it.
tieline::loopback_script silent(const tieline::connection_key&) {
  tieline::loopback_script script;
  script.execute_delay = 3s;
  return script;
}

} // namespace

BOOST_AUTO_TEST_SUITE(runner_test)

BOOST_FIXTURE_TEST_SUITE(a_runner, fixture)

BOOST_AUTO_TEST_CASE(takes_every_host_through_open_execute_and_close) {
  use({});
  run(spawn(hosts(50, 8)));
  BOOST_TEST(count(outcome::ok) == 50u);
  BOOST_TEST(seen->results.at(0).reply.output == "show version");
  auto all = counters();
  BOOST_TEST(all.create_calls == 50u);
  BOOST_TEST(all.open_calls == 50u);
  BOOST_TEST(all.close_calls == 50u);
  BOOST_TEST(connections() == 0u);
}

BOOST_AUTO_TEST_CASE(has_as_many_hosts_at_work_as_there_are_forks) {
  use(slow);
  run(spawn(hosts(40, 7)));
  BOOST_TEST(count(outcome::ok) == 40u);
  BOOST_TEST(seen->most_at_once == 7u);
}

BOOST_AUTO_TEST_CASE(can_have_more_forks_than_hosts) {
  use(slow);
  run(spawn(hosts(3, 100)));
  BOOST_TEST(count(outcome::ok) == 3u);
  BOOST_TEST(seen->most_at_once == 3u);
}

BOOST_AUTO_TEST_CASE(goes_on_after_failures_and_leaves_no_connection) {
  use([](const tieline::connection_key& key) {
    tieline::loopback_script script;
    if (key.hostname == "r1")
      script.open_error
        = tieline::make_error(errc::refused, {key, tieline::step::connect, ""});
    if (key.hostname == "r2")
      script.execute = [](const tieline::request&) {
        tieline::reply reply;
        reply.status = 7;
        return caf::expected<tieline::reply>{std::move(reply)};
      };
    return script;
  });
  run(spawn(hosts(5, 1)));
  BOOST_TEST(count(outcome::ok) == 3u);
  BOOST_TEST(count(outcome::failed) == 1u);
  BOOST_TEST(count(outcome::unreachable) == 1u);
  BOOST_TEST(connections() == 0u);
}

BOOST_AUTO_TEST_CASE(explains_the_chosen_hosts_as_they_were) {
  limit_opening(1);
  use([](const tieline::connection_key&) {
    tieline::loopback_script script;
    script.open_delay = 1h;
    return script;
  });
  auto what = hosts(3, 3);
  what.timeout = 100ms;
  what.explain.emplace_back("r[01]");
  run(spawn(std::move(what)));
  BOOST_TEST(count(outcome::unreachable) == 3u);
  for (auto& x : seen->results) {
    BOOST_TEST(x.explanation.has_value() == (x.host != "r2"));
    if (!x.explanation)
      continue;
    BOOST_TEST(x.explanation->status.key.hostname == x.host);
    BOOST_TEST(x.explanation->status.attempts == 1u);
    BOOST_TEST(
      (tieline::code_of(x.explanation->status.last_error) == errc::timeout));
  }
}

BOOST_AUTO_TEST_CASE(explains_no_success) {
  use({});
  auto what = hosts(3, 3);
  what.explain.emplace_back("*");
  run(spawn(std::move(what)));
  for (auto& x : seen->results)
    BOOST_TEST(!x.explanation);
}

BOOST_AUTO_TEST_CASE(keeps_how_each_connection_was_before_it_was_closed) {
  use([](const tieline::connection_key& key) {
    tieline::loopback_script script;
    if (key.hostname == "r1")
      script.open_error = tieline::make_error(errc::auth_failed,
                                              {key, tieline::step::auth, ""});
    return script;
  });
  auto what = hosts(2, 2);
  what.status = true;
  run(spawn(std::move(what)));
  BOOST_TEST(seen->results.size() == 2u);
  for (auto& x : seen->results) {
    BOOST_REQUIRE(x.status);
    BOOST_TEST((x.status->status.state == tieline::connection_state::open)
               == (x.host == "r0"));
    BOOST_TEST(
      (tieline::code_of(x.status->status.last_error) == errc::auth_failed)
      == (x.host == "r1"));
  }
}

BOOST_AUTO_TEST_CASE(has_the_printer_show_how_all_connections_are) {
  use([](const tieline::connection_key& key) {
    return key.hostname == "r0" ? tieline::loopback_script{} : silent(key);
  });
  seen->through_after = 1;
  auto runner = spawn(hosts(3, 3));
  auto first = seen->some_through.get_future();
  auto statuses = seen->statuses.get_future();
  auto asker = std::async(std::launch::async, [&] {
    first.wait();
    compat::anon_send(runner, tieline::status_atom_v);
    auto all = statuses.get();
    compat::anon_send(runner, stop_atom_v);
    return all;
  });
  run(runner);
  auto all = asker.get();
  BOOST_TEST(std::count_if(all.begin(), all.end(),
                           [](auto& x) { return x.key.hostname != "r0"; })
             == 2);
}

BOOST_AUTO_TEST_CASE(reports_a_plugin_that_nobody_provides) {
  run(spawn(hosts(2, 2)));
  BOOST_TEST(count(outcome::unreachable) == 2u);
  BOOST_TEST(connections() == 0u);
}

BOOST_AUTO_TEST_CASE(that_is_stopped_begins_nothing_and_closes_all) {
  use([](const tieline::connection_key& key) {
    return key.hostname == "r0" ? tieline::loopback_script{} : silent(key);
  });
  seen->through_after = 1;
  auto runner = spawn(hosts(100, 5));
  auto first = seen->some_through.get_future();
  auto stopper = std::async(std::launch::async, [&] {
    first.wait();
    compat::anon_send(runner, stop_atom_v);
  });
  run(runner);
  BOOST_TEST(count(outcome::ok) == 1u);
  // r0's place was taken by a sixth host, or not yet.
  BOOST_TEST(seen->results.size() >= 5u);
  BOOST_TEST(seen->results.size() <= 6u);
  BOOST_TEST(count(outcome::canceled) == seen->results.size() - 1);
  BOOST_TEST(connections() == 0u);
  auto all = counters();
  BOOST_TEST(all.close_calls == all.create_calls);
}

BOOST_AUTO_TEST_CASE(stops_when_its_printer_ends) {
  use(silent);
  auto runner = spawn(hosts(100, 5));
  caf::anon_send_exit(printer, caf::exit_reason::kill);
  compat::request(self.ptr(), runner, caf::infinite, run_atom_v)
    .receive([] {}, fail);
  BOOST_TEST(connections() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
