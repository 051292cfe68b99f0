#include "tieline/actors/factory.hpp"
#include "tieline/actors/manager.hpp"
#include "tieline/transports/loopback.hpp"

#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

// What needs real threads. Virtual time is no help against blocked ones.

using namespace tieline;
using namespace std::chrono_literals;

namespace {

using maybe_connection = std::optional<connection_actor>;

constexpr auto patience = 60s;

size_t threads() {
  size_t result = 0;
  for (auto& entry : std::filesystem::directory_iterator("/proc/self/task"))
    result += entry.exists() ? 1 : 0;
  return result;
}

/// Lets a test hold a factory function until it says so.
class gate {
public:
  void wait() {
    std::unique_lock lock{mutex_};
    open_.wait(lock, [this] { return is_open_; });
  }

  void open() {
    std::lock_guard lock{mutex_};
    is_open_ = true;
    open_.notify_all();
  }

private:
  std::mutex mutex_;
  std::condition_variable open_;
  bool is_open_ = false;
};

struct config : caf::actor_system_config {
  config() {
    init();
    set("caf.scheduler.policy", "sharing");
    set("caf.scheduler.max-threads", 2);
  }
};

struct system_fixture {
  config cfg;
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys};
  manager_actor manager = spawn_manager(sys, settings{});
  factory_actor loopback = spawn_loopback_factory(sys);

  ~system_fixture() {
    caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
    self->wait_for(manager);
    caf::anon_send_exit(loopback, caf::exit_reason::user_shutdown);
  }

  template <class T, class... Ts>
  caf::expected<T> ask(Ts... xs) {
    caf::expected<T> result{caf::error{}};
    compat::request(self.ptr(), manager, patience, std::move(xs)...)
      .receive([&](T& got) { result = std::move(got); },
               [&](caf::error& reason) { result = std::move(reason); });
    return result;
  }

  void use(const std::string& plugin, factory_actor factory) {
    BOOST_REQUIRE(ask<bool>(set_factory_atom_v, plugin, std::move(factory)));
  }

  caf::expected<maybe_connection>
  open(const connection_key& key, caf::timespan timeout = caf::timespan{0}) {
    return ask<maybe_connection>(caf::open_atom_v, key, connection_params{},
                                 timeout);
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(system_test)

BOOST_FIXTURE_TEST_SUITE(system_tests, system_fixture)

BOOST_AUTO_TEST_CASE(a_factory_function_that_blocks_delays_only_its_own_key) {
  // Shared, since a worker may leave it after the test has.
  auto held = std::make_shared<gate>();
  auto blocking = spawn_factory(sys, [this, held](const connection_key& key) {
    if (key.hostname.rfind("slow", 0) == 0)
      held->wait();
    return std::optional{spawn_loopback_session(sys, key)};
  });
  use("blocking", blocking);
  // More of them than there are scheduler threads.
  for (auto i = 0; i < 8; ++i)
    sys.spawn([this, i](caf::event_based_actor* caller) {
      compat::request(caller, manager, caf::infinite, get_or_create_atom_v,
                      connection_key{"slow" + std::to_string(i), "blocking"})
        .then([](maybe_connection&) {});
    });
  auto quick = open({"quick", "blocking"});
  BOOST_REQUIRE(quick);
  BOOST_CHECK(*quick);
  held->open();
  auto slow = open({"slow0", "blocking"});
  BOOST_REQUIRE(slow);
  BOOST_CHECK(*slow);
  caf::anon_send_exit(blocking, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(a_caller_of_a_blocked_factory_function_leaves_in_time) {
  auto held = std::make_shared<gate>();
  auto blocking = spawn_factory(sys, [this, held](const connection_key& key) {
    held->wait();
    return std::optional{spawn_loopback_session(sys, key)};
  });
  use("blocking", blocking);
  auto got = open({"r1", "blocking"}, 10ms);
  BOOST_REQUIRE(!got);
  BOOST_CHECK(got.error() == errc::timeout);
  held->open();
  caf::anon_send_exit(blocking, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(a_factory_function_has_no_more_threads_than_it_may) {
  struct counts {
    std::atomic<int> now{0};
    std::atomic<int> most{0};
  };
  auto seen = std::make_shared<counts>();
  auto factory = spawn_factory(
    sys,
    [this, seen](const connection_key& key) {
      auto calls = ++seen->now;
      for (auto most = seen->most.load();
           calls > most && !seen->most.compare_exchange_weak(most, calls);) {
        // another call has raised it meanwhile
      }
      auto made = spawn_loopback_session(sys, key);
      --seen->now;
      return std::optional{made};
    },
    3);
  use("limited", factory);
  std::vector<open_item> items;
  for (auto i = 0; i < 500; ++i)
    items.push_back({{"r" + std::to_string(i), "limited"}, {}});
  auto before = threads();
  auto got = ask<std::vector<open_outcome>>(caf::open_atom_v, items,
                                            caf::timespan{0});
  BOOST_REQUIRE(got);
  for (auto& outcome : *got)
    BOOST_REQUIRE(outcome.connection);
  BOOST_CHECK_LE(seen->most.load(), 3);
  BOOST_CHECK_LE(threads(), before + 3);
  caf::anon_send_exit(factory, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(a_key_whose_factory_function_hangs_takes_one_thread_only) {
  auto held = std::make_shared<gate>();
  auto calls = std::make_shared<std::atomic<int>>(0);
  auto factory
    = spawn_factory(sys, [this, held, calls](const connection_key& key) {
        if (key.hostname == "hung") {
          ++*calls;
          held->wait();
        }
        return std::optional{spawn_loopback_session(sys, key)};
      });
  use("hanging", factory);
  for (auto i = 0; i < 10; ++i)
    BOOST_CHECK(!open({"hung", "hanging"}, 5ms));
  BOOST_CHECK(open({"quick", "hanging"}));
  BOOST_CHECK_EQUAL(calls->load(), 1);
  held->open();
  caf::anon_send_exit(factory, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(a_factory_function_that_throws_is_a_typed_error_once) {
  auto throws = true;
  auto factory = spawn_factory(sys, [&](const connection_key& key) {
    if (throws)
      throw std::runtime_error("no luck");
    return std::optional{spawn_loopback_session(sys, key)};
  });
  use("throwing", factory);
  auto failed = open({"r1", "throwing"});
  BOOST_REQUIRE(!failed);
  BOOST_CHECK(failed.error() == errc::factory_failed);
  BOOST_CHECK_EQUAL(describe(failed.error()),
                    "throwing://r1: the connection factory failed (create): "
                    "no luck");
  auto counters = ask<counters_snapshot>(counters_atom_v);
  BOOST_CHECK(counters->empty());
  throws = false;
  BOOST_CHECK(open({"r1", "throwing"}));
  caf::anon_send_exit(factory, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(a_factory_function_that_has_nothing_is_an_empty_result) {
  auto factory
    = spawn_factory(sys, [](const connection_key&) { return std::nullopt; });
  use("nothing", factory);
  auto got = open({"r1", "nothing"});
  BOOST_REQUIRE(got);
  BOOST_CHECK(!*got);
  BOOST_CHECK(ask<counters_snapshot>(counters_atom_v)->empty());
  caf::anon_send_exit(factory, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(callers_on_many_threads_make_one_connection) {
  use("loopback", loopback);
  constexpr auto callers = 1000;
  std::mutex mutex;
  std::vector<connection_actor> got;
  {
    std::vector<caf::actor> done;
    for (auto i = 0; i < callers; ++i)
      done.push_back(sys.spawn([&](caf::event_based_actor* caller) {
        compat::request(caller, manager, caf::infinite, caf::open_atom_v,
                        connection_key{"r1", "loopback"}, connection_params{},
                        caf::timespan{0})
          .then([&](maybe_connection& connection) {
            std::lock_guard lock{mutex};
            got.push_back(connection.value());
          });
      }));
    self->wait_for(done);
  }
  BOOST_REQUIRE_EQUAL(got.size(), static_cast<size_t>(callers));
  for (auto& connection : got)
    BOOST_REQUIRE(connection == got.front());
  auto counters = ask<counters_snapshot>(counters_atom_v)->at("loopback");
  BOOST_CHECK_EQUAL(counters.create_calls, 1u);
  BOOST_CHECK_EQUAL(counters.open_calls, 1u);
}

BOOST_AUTO_TEST_CASE(a_sink_has_all_output_before_the_reply) {
  use("loopback", loopback);
  auto got = open({"r1", "loopback"});
  BOOST_REQUIRE(got);
  std::string output;
  sink_actor sink = sys.spawn([&output] {
    return sink_actor::behavior_type{
      [&output](const chunk& what) -> caf::result<void> {
        output += what.output;
        return caf::unit;
      },
    };
  });
  auto execute = [&] {
    request what;
    what.body = "show version";
    what.sink = sink;
    caf::expected<reply> result{caf::error{}};
    compat::request(self.ptr(), **got, patience, execute_atom_v,
                    std::move(what))
      .receive([&](reply& x) { result = std::move(x); },
               [&](caf::error& reason) { result = std::move(reason); });
    return result;
  };
  auto result = execute();
  BOOST_REQUIRE(result);
  BOOST_CHECK_EQUAL(result->output, "");
  BOOST_CHECK_EQUAL(output, "show version");
  caf::anon_send_exit(sink, caf::exit_reason::user_shutdown);
  self->wait_for(sink);
  result = execute();
  BOOST_REQUIRE(!result);
  BOOST_CHECK(result.error() == errc::canceled);
}

BOOST_AUTO_TEST_CASE(threads_do_not_grow_with_connections) {
  use("loopback", loopback);
  BOOST_REQUIRE(open({"first", "loopback"}));
  auto before = threads();
  std::vector<open_item> items;
  for (auto i = 0; i < 1000; ++i)
    items.push_back({{"r" + std::to_string(i), "loopback"}, {}});
  auto got = ask<std::vector<open_outcome>>(caf::open_atom_v, items,
                                            caf::timespan{0});
  BOOST_REQUIRE(got);
  for (auto& outcome : *got)
    BOOST_REQUIRE(outcome.connection);
  BOOST_CHECK_EQUAL(threads(), before);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(shutting_down_leaves_no_actor_and_no_thread) {
  auto before = threads();
  {
    config cfg;
    caf::actor_system sys{cfg};
    caf::scoped_actor self{sys};
    auto running = sys.registry().running();
    auto manager = spawn_manager(sys, settings{});
    auto factory = spawn_loopback_factory(sys);
    compat::request(self.ptr(), manager, patience, set_factory_atom_v, factory)
      .receive([](bool) {}, [](caf::error& e) { BOOST_ERROR(describe(e)); });
    for (auto i = 0; i < 100; ++i)
      compat::request(self.ptr(), manager, patience, caf::open_atom_v,
                      connection_key{"r" + std::to_string(i), "any"},
                      connection_params{}, caf::timespan{0})
        .receive([](maybe_connection& got) { BOOST_CHECK(got); },
                 [](caf::error& e) { BOOST_ERROR(describe(e)); });
    BOOST_CHECK_GT(sys.registry().running(), running + 200);
    caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
    self->wait_for(manager);
    caf::anon_send_exit(factory, caf::exit_reason::user_shutdown);
    self->wait_for(factory);
    manager = nullptr;
    factory = nullptr;
    sys.registry().await_running_count_equal(running);
    BOOST_CHECK_EQUAL(sys.registry().running(), running);
  }
  BOOST_CHECK_EQUAL(threads(), before);
}

BOOST_AUTO_TEST_SUITE_END()
