#include <tieline/messages/interfaces.hpp>
#include <tieline/transports/io/resolver.hpp>
#include <tieline/transports/io/worker_pool.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

using namespace tieline;
using namespace tieline::io;
using namespace std::chrono_literals;

namespace {

/// Jobs wait at it until it opens.
class barrier {
public:
  ~barrier() {
    open();
  }

  void open() {
    if (!std::exchange(is_open_, true))
      opened_.set_value();
  }

  std::shared_future<void> passed() const {
    return passed_;
  }

private:
  std::promise<void> opened_;
  std::shared_future<void> passed_{opened_.get_future()};
  bool is_open_ = false;
};

/// What became of a job.
class outcome {
public:
  /// Returns a job that runs `work`.
  worker_pool::job job(
    std::string group, std::function<void()> work = [] {}) {
    return {
      std::move(group),
      [] { return true; },
      std::move(work),
      [told = told_] { told->set_value("done"); },
      [told = told_](const std::string& why) { told->set_value(why); },
    };
  }

  std::string get() {
    return told_->get_future().get();
  }

private:
  std::shared_ptr<std::promise<std::string>> told_
    = std::make_shared<std::promise<std::string>>();
};

void start(std::function<void()> what) {
  std::thread{std::move(what)}.detach();
}

[[noreturn]] void refuse() {
  throw std::system_error(EAGAIN, std::generic_category());
}

std::string in_group(int i) {
  return std::to_string(i);
}

struct fixture {
  fixture() {
    init();
    system = std::make_unique<caf::actor_system>(config);
  }

  caf::actor spawn_owner() {
    return system->spawn([](caf::event_based_actor*) -> caf::behavior {
      return {[](caf::unit_t) {}};
    });
  }

  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system;
};

} // namespace

BOOST_AUTO_TEST_SUITE(worker_pool_test)

BOOST_AUTO_TEST_CASE(a_thread_that_cannot_be_started_costs_that_job_only) {
  std::atomic<int> attempts{0};
  worker_pool pool{{}, [&](std::function<void()> what) {
                     if (attempts++ == 0)
                       refuse();
                     start(std::move(what));
                   }};
  outcome first;
  pool.run(first.job("a"));
  BOOST_TEST(first.get()
             == "no thread for it: Resource temporarily unavailable");
  outcome second;
  pool.run(second.job("a"));
  BOOST_TEST(second.get() == "done");
}

BOOST_AUTO_TEST_CASE(what_finds_no_thread_of_its_own_waits_for_the_others) {
  std::atomic<int> attempts{0};
  worker_pool pool{{}, [&](std::function<void()> what) {
                     if (attempts++ > 0)
                       refuse();
                     start(std::move(what));
                   }};
  barrier gate;
  outcome held;
  pool.run(held.job("a", [passed = gate.passed()] { passed.wait(); }));
  std::vector<outcome> others(3);
  for (auto& x : others)
    pool.run(x.job("b"));
  gate.open();
  BOOST_TEST(held.get() == "done");
  for (auto& x : others)
    BOOST_TEST(x.get() == "done");
}

BOOST_AUTO_TEST_CASE(jobs_that_hang_leave_threads_for_the_others) {
  barrier gate;
  worker_pool pool;
  for (int i = 0; i < 20; ++i)
    pool.run(
      outcome{}.job(in_group(i), [passed = gate.passed()] { passed.wait(); }));
  outcome last;
  pool.run(last.job("last"));
  BOOST_TEST(last.get() == "done");
}

BOOST_AUTO_TEST_CASE(a_group_that_hangs_leaves_threads_for_the_others) {
  barrier gate;
  worker_pool::limits how;
  how.threads = 3;
  how.per_group = 2;
  worker_pool pool{how, start};
  for (int i = 0; i < 20; ++i)
    pool.run(outcome{}.job("a", [passed = gate.passed()] { passed.wait(); }));
  outcome last;
  pool.run(last.job("b"));
  BOOST_TEST(last.get() == "done");
}

BOOST_AUTO_TEST_CASE(jobs_of_one_group_run_one_after_the_other) {
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  worker_pool pool{size_t{1}};
  std::vector<outcome> all(100);
  for (auto& x : all)
    pool.run(x.job("a", [&] {
      most = std::max(most.load(), ++running);
      std::this_thread::yield();
      --running;
    }));
  for (auto& x : all)
    BOOST_TEST(x.get() == "done");
  BOOST_TEST(most == 1);
}

BOOST_AUTO_TEST_CASE(what_nobody_wants_any_more_is_not_begun) {
  barrier gate;
  worker_pool pool{size_t{1}};
  outcome held;
  pool.run(held.job("a", [passed = gate.passed()] { passed.wait(); }));
  auto begun = std::make_shared<std::atomic<bool>>(false);
  auto unwanted = outcome{}.job("a", [begun] { *begun = true; });
  unwanted.wanted = [] { return false; };
  pool.run(std::move(unwanted));
  outcome last;
  pool.run(last.job("a"));
  gate.open();
  BOOST_TEST(last.get() == "done");
  BOOST_TEST(!*begun);
}

BOOST_AUTO_TEST_CASE(what_nobody_wants_does_not_gather_behind_what_hangs) {
  barrier gate;
  worker_pool pool{size_t{1}};
  pool.run(outcome{}.job("a", [passed = gate.passed()] { passed.wait(); }));
  auto held = std::make_shared<int>();
  for (int i = 0; i < 1000; ++i) {
    auto unwanted = outcome{}.job("a", [held] {});
    unwanted.wanted = [] { return false; };
    pool.run(std::move(unwanted));
  }
  BOOST_TEST(held.use_count() < 200);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_pool_waits_for_no_job_and_drops_the_rest) {
  barrier gate;
  auto waiting = std::make_shared<int>();
  outcome held;
  {
    worker_pool pool{size_t{1}};
    std::promise<void> begun;
    pool.run(held.job("a", [&begun, passed = gate.passed()] {
      begun.set_value();
      passed.wait();
    }));
    begun.get_future().wait();
    pool.run(outcome{}.job("a", [waiting] {}));
  }
  BOOST_TEST(waiting.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(jobs_that_follow_each_other_share_a_thread) {
  worker_pool pool;
  std::set<std::thread::id> used;
  std::promise<void> all;
  std::function<void(int)> next = [&](int left) {
    if (left == 0) {
      all.set_value();
      return;
    }
    pool.run({
      "a",
      [] { return true; },
      [&] { used.insert(std::this_thread::get_id()); },
      [&, left] { next(left - 1); },
      {},
    });
  };
  next(500);
  all.get_future().wait();
  BOOST_TEST(used.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(an_asker_that_has_ended_is_asked_nothing, fixture) {
  barrier gate;
  worker_pool pool{size_t{1}};
  outcome held;
  pool.run(held.job("a", [passed = gate.passed()] { passed.wait(); }));
  auto gone = spawn_owner();
  auto here = spawn_owner();
  auto no_thread = [](const std::string&) { return 0; };
  auto begun = std::make_shared<std::atomic<bool>>(false);
  pool.ask(
    "a", gone.address(), [begun] { return *begun = true, 1; }, no_thread,
    [](int) {});
  caf::anon_send_exit(gone, caf::exit_reason::user_shutdown);
  // Somebody may hold a handle to it still.
  while (alive(gone.address()))
    std::this_thread::yield();
  std::promise<int> answer;
  pool.ask(
    "a", here.address(), [] { return 2; }, no_thread,
    [&answer](int x) { answer.set_value(x); });
  gate.open();
  BOOST_TEST(answer.get_future().get() == 2);
  BOOST_TEST(!*begun);
  caf::anon_send_exit(here, caf::exit_reason::user_shutdown);
}

BOOST_FIXTURE_TEST_CASE(a_zone_that_hangs_leaves_the_other_names, fixture) {
  barrier gate;
  auto owner = spawn_owner();
  {
    resolver names{[passed = gate.passed()](const host_and_port& what) {
      if (what.first.find(".dead") != std::string::npos)
        passed.wait();
      return resolution{{*parse_address("192.0.2.1", what.second)}, {}};
    }};
    for (int i = 0; i < 1000; ++i)
      names.lookup("host" + std::to_string(i) + ".dead", 22, owner.address(),
                   [](const resolution&) {});
    std::promise<size_t> found;
    names.lookup("host.alive", 22, owner.address(), [&](const resolution& x) {
      found.set_value(x.addresses.size());
    });
    BOOST_TEST(found.get_future().get() == 1u);
  }
  caf::anon_send_exit(owner, caf::exit_reason::user_shutdown);
}

BOOST_FIXTURE_TEST_CASE(a_name_whose_askers_have_gone_is_looked_up_again,
                        fixture) {
  barrier gate;
  auto gone = spawn_owner();
  auto here = spawn_owner();
  {
    resolver names{[passed = gate.passed()](const host_and_port& what) {
      if (what.first.find("host") == std::string::npos)
        passed.wait();
      return resolution{{*parse_address("192.0.2.1", what.second)}, {}};
    }};
    // They take all threads of the zone.
    for (int i = 0; i < 8; ++i)
      names.lookup(std::to_string(i) + ".zone", 22, here.address(),
                   [](const resolution&) {});
    names.lookup("host.zone", 22, gone.address(), [](const resolution&) {});
    caf::anon_send_exit(gone, caf::exit_reason::user_shutdown);
    while (alive(gone.address()))
      std::this_thread::yield();
    std::promise<void> asked_next;
    names.lookup("next.host.zone", 22, here.address(),
                 [&](const resolution&) { asked_next.set_value(); });
    asked_next.get_future().wait();
    gate.open();
    std::promise<size_t> found;
    names.lookup("host.zone", 22, here.address(), [&](const resolution& x) {
      found.set_value(x.addresses.size());
    });
    BOOST_TEST(found.get_future().get() == 1u);
  }
  caf::anon_send_exit(here, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_SUITE_END()
