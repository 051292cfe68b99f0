/// What one key costs where there are 1,000, 10,000 and 100,000 of them: wall
/// and CPU time per key of all that may be asked of many keys, on connections
/// in memory, and the ratio of the CPU time to that at 1,000.
///
/// registry_bench [KEYS...]
#include <tieline/actors/manager.hpp>
#include <tieline/messages/interfaces.hpp>
#include <tieline/messages/internal/supervisor.hpp>
#include <tieline/transports/loopback.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace tieline;
using clock_type = std::chrono::steady_clock;
using maybe_connection = std::optional<connection_actor>;

constexpr size_t fewest = 1'000;

/// Microseconds per key.
struct cost {
  double wall = 0;
  double cpu = 0;
};

double cpu_now() {
  timespec result{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &result);
  return static_cast<double>(result.tv_sec) * 1e6
         + static_cast<double>(result.tv_nsec) / 1e3;
}

cost median(std::vector<cost> all) {
  std::sort(all.begin(), all.end(),
            [](auto& x, auto& y) { return x.cpu < y.cpu; });
  return all.at(all.size() / 2);
}

/// Sends a request that concerns a key, and calls the function when it is
/// answered.
using ask_one = std::function<void(caf::event_based_actor*, const open_item&,
                                   std::function<void()>)>;

void fail(const caf::error& reason) {
  throw std::runtime_error(describe(reason));
}

/// Asks for a `T`.
template <class T, class Handle, class... Ts>
void ask_for(caf::event_based_actor* self, const Handle& whom,
             std::function<void()> done, Ts&&... xs) {
  auto pending = compat::request(self, whom, caf::infinite,
                                 std::forward<Ts>(xs)...);
  if constexpr (std::is_void_v<T>)
    std::move(pending).then(std::move(done), fail);
  else
    std::move(pending).then([done = std::move(done)](const T&) { done(); },
                            fail);
}

/// Asks for one key after the other, so many at once, then says so.
void ask_each(caf::event_based_actor* self, const std::vector<open_item>& items,
              size_t at_once, const ask_one& ask, const caf::actor& then) {
  struct progress {
    size_t next = 0;
    size_t missing = 0;
    std::function<void()> go_on;
  };
  auto state = std::make_shared<progress>();
  state->missing = items.size();
  state->go_on = [=, &items, weak = std::weak_ptr{state}] {
    auto all = weak.lock();
    if (!all || all->next == items.size())
      return;
    const auto& item = items[all->next++];
    ask(self, item, [=] {
      if (--all->missing == 0)
        compat::send(self, then, caf::ok_atom_v);
      else
        all->go_on();
    });
  };
  for (size_t i = 0; i < std::min(at_once, items.size()); ++i)
    state->go_on();
}

class bench {
public:
  explicit bench(size_t keys) : sys_(prepared(cfg_)), self_(sys_) {
    settings config;
    config.max_sessions = 10'000'000;
    config.max_opening = 1'000'000;
    config.max_opening_per_credential = 1'000'000;
    config.idle_timeout = caf::timespan{0};
    config.max_lifetime = caf::timespan{0};
    manager_ = spawn_manager(sys_, config);
    ask<bool>(set_factory_atom_v, spawn_loopback_factory(sys_));
    for (size_t i = 0; i < keys; ++i) {
      open_item item;
      item.key = {"host" + std::to_string(i), "loopback"};
      item.params.hostname = "192.0.2.1";
      item.params.username = "admin";
      item.params.password = secret{"correct horse"};
      items_.push_back(std::move(item));
    }
  }

  ~bench() {
    if (manager_)
      caf::anon_send_exit(manager_, caf::exit_reason::user_shutdown);
  }

  std::map<std::string, cost> run() {
    time("get_or_create", [&] {
      each(64, [this](auto* self, auto& x, auto done) {
        ask_for<maybe_connection>(self, manager_, done, get_or_create_atom_v,
                                  x.key);
      });
    });
    time("open many", [&] { open_many(); });
    time("open many, open", [&] { open_many(); });
    auto open_one = [this](auto* self, auto& x, auto done) {
      ask_for<maybe_connection>(self, manager_, done, caf::open_atom_v, x.key,
                                x.params, caf::timespan{0});
    };
    time("open, 64 at once", [&] { each(64, open_one); });
    time("open, one by one", [&] { each(1, open_one); });
    time("get", [&] {
      each(64, [this](auto* self, auto& x, auto done) {
        ask_for<maybe_connection>(self, manager_, done, caf::get_atom_v, x.key);
      });
    });
    time("execute", [&] {
      each(64, [this](auto* self, auto& x, auto done) {
        ask_for<reply>(self, manager_, done, execute_atom_v, x.key, x.params,
                       request{});
      });
    });
    time("status", [&] {
      each(64, [this](auto* self, auto& x, auto done) {
        ask_for<std::optional<connection_status>>(self, manager_, done,
                                                  status_atom_v, x.key);
      });
    });
    time("explain", [&] {
      each(64, [this](auto* self, auto& x, auto done) {
        ask_for<std::optional<explanation>>(self, manager_, done,
                                            explain_atom_v, x.key);
      });
    });
    time("counters", [&] {
      each(64, [this](auto* self, auto&, auto done) {
        ask_for<counters_snapshot>(self, manager_, done, counters_atom_v);
      });
    });
    auto order_by_name = [this](operation what) {
      each(64, [this, what](auto* self, auto& x, auto done) {
        ask_for<uint64_t>(self, manager_, done, operate_atom_v, what,
                          selector{x.key.hostname, "*"}, caf::timespan{0});
      });
    };
    time("pause by name", [&] { order_by_name(operation::pause); });
    time("resume by name", [&] { order_by_name(operation::resume); });
    time("insert", [&] {
      each(64, [this](auto* self, auto& x, auto done) {
        ask_for<maybe_connection>(self, manager_, done, insert_atom_v, x.key,
                                  spawn_loopback_session(sys_, x.key));
      });
    });
    time("close", [&] {
      each(64, [this](auto* self, auto& x, auto done) {
        ask_for<bool>(self, manager_, done, caf::close_atom_v, x.key);
      });
    });
    open_many();
    time("hand over", [&] {
      each(64, [this](auto* self, auto& x, auto done) {
        ask_for<void>(self, caf::actor_cast<full_manager_actor>(manager_), done,
                      hand_over_atom_v, x.key);
      });
    });
    open_many();
    time("status of all", [&] {
      expect(ask<std::vector<connection_status>>(status_atom_v).size());
    });
    time("pause", [&] { operate(operation::pause); });
    time("resume", [&] { operate(operation::resume); });
    time("close_all", [&] { expect(ask<uint64_t>(close_all_atom_v)); });
    open_many();
    time("drain", [&] { operate(operation::drain); });
    operate(operation::resume);
    open_many();
    time("shutdown", [&] {
      self_->request(manager_, caf::infinite, shutdown_atom_v, caf::timespan{0})
        .receive([] {}, check);
      manager_ = nullptr;
    });
    return std::move(costs_);
  }

private:
  static caf::actor_system_config& prepared(caf::actor_system_config& cfg) {
    cfg.set("caf.scheduler.policy", "sharing");
    return cfg;
  }

  static void check(const caf::error& reason) {
    throw std::runtime_error(describe(reason));
  }

  template <class T, class... Ts>
  T ask(Ts... xs) {
    T result{};
    self_->request(manager_, caf::infinite, std::move(xs)...)
      .receive([&](T& got) { result = std::move(got); }, check);
    return result;
  }

  void expect(uint64_t got) const {
    if (got != items_.size())
      throw std::runtime_error("not all: " + std::to_string(got));
  }

  void open_many() {
    for (auto& x : ask<std::vector<open_outcome>>(caf::open_atom_v, items_,
                                                  caf::timespan{0}))
      if (x.error || !x.connection)
        check(x.error);
  }

  void each(size_t at_once, const ask_one& ask) {
    sys_.spawn([this, at_once, ask,
                me = caf::actor{self_}](caf::event_based_actor* self) {
      ask_each(self, items_, at_once, ask, me);
    });
    self_->receive([](caf::ok_atom) {});
  }

  void operate(operation what) {
    expect(ask<uint64_t>(operate_atom_v, what, selector{}, caf::timespan{0}));
  }

  template <class F>
  void time(const char* name, F f) {
    auto keys = static_cast<double>(items_.size());
    auto cpu = cpu_now();
    auto begin = clock_type::now();
    f();
    std::chrono::duration<double, std::micro> wall = clock_type::now() - begin;
    costs_[name] = {wall.count() / keys, (cpu_now() - cpu) / keys};
  }

  caf::actor_system_config cfg_;
  caf::actor_system sys_;
  caf::scoped_actor self_;
  manager_actor manager_;
  std::vector<open_item> items_;
  std::map<std::string, cost> costs_;
};

/// A few keys are opened as often as many, within bounds: the first of all
/// costs what a process costs.
std::map<std::string, cost> measure(size_t keys) {
  auto rounds = std::clamp<size_t>(20 * fewest / keys, 3, 20);
  std::map<std::string, std::vector<cost>> all;
  for (size_t i = 0; i < rounds; ++i)
    for (auto& [name, x] : bench{keys}.run())
      all[name].push_back(x);
  std::map<std::string, cost> result;
  for (auto& [name, xs] : all)
    result[name] = median(std::move(xs));
  return result;
}

} // namespace

int main(int argc, char** argv) {
  try {
    init();
    std::vector<size_t> counts;
    for (int i = 1; i < argc; ++i)
      counts.push_back(std::stoul(argv[i]));
    if (counts.empty())
      counts = {fewest, 10 * fewest, 100 * fewest};
    std::map<std::string, cost> first;
    std::printf("%-18s %8s %9s %9s %7s\n", "", "keys", "wall us", "CPU us",
                "ratio");
    for (auto keys : counts) {
      auto costs = measure(keys);
      if (first.empty())
        first = costs;
      for (auto& [name, x] : costs)
        std::printf("%-18s %8zu %9.2f %9.2f %7.2f\n", name.c_str(), keys,
                    x.wall, x.cpu, x.cpu / first.at(name).cpu);
      std::fflush(stdout);
    }
    return EXIT_SUCCESS;
  } catch (const std::exception& e) {
    std::cerr << "registry_bench: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
