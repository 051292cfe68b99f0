#include "support/actors/fake_tenant.hpp"

#include "tieline/actors/admission/admission.hpp"
#include "tieline/actors/runtime/timer.hpp"
#include "tieline/messages/internal/admission.hpp"
#include "tieline/messages/internal/ticket.hpp"
#include "tieline/messages/internal/timer.hpp"

#include <caf/telemetry/gauge.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>

// Random attempts of random connections, random outcomes, deaths and ends,
// random scheduling, virtual time. TIELINE_MODEL_RUNS sets how many runs there
// are, TIELINE_MODEL_SEED repeats one.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

using time_point = std::chrono::steady_clock::time_point;

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const auto* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

struct broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void require(bool condition, const char* what) {
  if (!condition)
    throw broken(what);
}

/// One run: an admission, some connections, and what they do.
class run {
public:
  using tally = std::map<std::string, size_t>;

  run(deterministic& d, uint64_t seed, tally& results)
    : d_(d),
      random_(seed),
      results_(results),
      events_(d.sys()),
      timer_(spawn_timer(d.sys())) {
    config_.max_opening = pick(4) + 1;
    config_.max_opening_per_credential = pick(3) + 1;
    config_.max_opening_per_jump_domain = pick(3) + 1;
    config_.max_sessions = pick(6) + 1;
    config_.credential_failures = pick(4);
    admission_ = spawn_admission(d.sys(), config_, timer_, events_.actor());
    for (auto i = 0; i < 5; ++i)
      add_tenant();
  }

  void go() {
    for (auto steps = pick(150) + 20; steps > 0; --steps)
      move();
    auto ends_early = pick(10) == 0;
    if (ends_early)
      end_admission();
    else
      drain();
    check_answers();
    for (auto& t : tenants_)
      t->end();
    end_admission();
    caf::anon_send_exit(timer_, caf::exit_reason::user_shutdown);
    d_.settle();
    check_gauges();
    // The events actor ends with its owner.
    require(d_.running() == 1, "an actor was left");
  }

private:
  enum class stage { asked, opening, open, over };

  struct attempt {
    fake_tenant* by;
    ticket what;
    answer<caf::unit_t> granted;
    stage at = stage::asked;
    bool abandoned = false;
    bool by_dead = false;
    time_point begun{};
  };

  uint64_t pick(uint64_t n) {
    return std::uniform_int_distribution<uint64_t>{0, n - 1}(random_);
  }

  time_point now() {
    return d_.sched().clock().now();
  }

  // -- moves ------------------------------------------------------------------

  void move() {
    auto what = pick(100);
    if (what < 30)
      acquire();
    else if (what < 55)
      go_on();
    else if (what < 60)
      disturb();
    else if (what < 92)
      schedule(pick(10) + 1);
    else
      pass_time();
    look();
  }

  void add_tenant() {
    tenants_.push_back(std::make_unique<fake_tenant>(d_.sys(), admission_));
    auto* t = tenants_.back().get();
    t->on_evict = [this, t] { return evict(*t); };
    alive_.push_back(t);
  }

  void acquire() {
    const char* names[] = {"a", "b", "c"};
    auto* t = alive_[pick(alive_.size())];
    ticket what;
    what.id = ++last_id_;
    what.key = {names[pick(3)], "fake"};
    what.endpoint = what.key.hostname;
    what.credential = pick(3);
    what.username = std::to_string(what.credential);
    what.credential_domain = names[pick(2)];
    what.jump_domain = pick(2) == 0 ? "" : names[pick(2)];
    what.caller = pick(3);
    what.expects_failure = pick(8) == 0;
    what.opens_per_minute = what.key.hostname == "a" ? 3 : 0;
    what.breaker_failures = pick(4);
    what.breaker_delay = 5s;
    what.breaker_delay_max = 20s;
    attempts_.push_back({t, what, t->acquire(what)});
  }

  /// Lets one attempt or session go on.
  void go_on() {
    std::vector<attempt*> those;
    for (auto& x : attempts_)
      if (x.at != stage::over)
        those.push_back(&x);
    if (those.empty())
      return;
    auto& x = *those[pick(those.size())];
    if (x.at == stage::asked) {
      if (pick(4) == 0)
        abandon(x);
    } else if (x.at == stage::opening) {
      end_attempt(x, static_cast<attempt_outcome>(pick(5)));
    } else if (pick(2) == 0) {
      release(x);
    }
  }

  void abandon(attempt& x) {
    x.abandoned = true;
    x.at = stage::over;
    x.by->outcome(x.what.id, attempt_outcome::abandoned);
  }

  void end_attempt(attempt& x, attempt_outcome what) {
    x.at = what == attempt_outcome::opened ? stage::open : stage::over;
    x.by->outcome(x.what.id, what);
  }

  void release(attempt& x) {
    x.at = stage::over;
    x.by->release(x.what.id);
  }

  bool evict(fake_tenant& t) {
    if (t.idle == 0s)
      return false;
    auto any = false;
    for (auto& x : attempts_)
      if (x.by == &t && x.at == stage::open) {
        release(x);
        any = true;
      }
    t.idle = 0s;
    return any;
  }

  void disturb() {
    auto what = pick(10);
    if (what < 4) {
      alive_[pick(alive_.size())]->idle = std::chrono::seconds{pick(3)};
    } else if (what < 6) {
      auto i = alive_.begin() + pick(alive_.size());
      for (auto& x : attempts_)
        if (x.by == *i) {
          x.by_dead = true;
          x.at = stage::over;
        }
      (*i)->end();
      alive_.erase(i);
      add_tenant();
    } else if (what < 8) {
      for (auto name : {"0", "1", "2"})
        d_.ask<uint64_t>(admission_, clear_credential_atom_v,
                         std::string{name});
    } else {
      d_.ask<caf::unit_t>(admission_, reset_atom_v, std::string{"a"});
    }
  }

  void schedule(uint64_t jobs) {
    auto& queue = d_.sched().jobs;
    for (; jobs > 0 && !queue.empty(); --jobs) {
      std::swap(queue.front(), queue[pick(queue.size())]);
      d_.sched().run_once();
      look();
    }
  }

  /// Time passes only when nothing is on its way, so that what is granted is
  /// heard of at the same time.
  void pass_time() {
    const caf::timespan choices[] = {1s, 5s, 20s, 61s};
    schedule(UINT64_MAX);
    d_.sched().clock().advance_time(choices[pick(4)]);
  }

  /// Lets all end well until nobody waits any more.
  void drain() {
    for (auto round = attempts_.size() + 2; round > 0; --round) {
      schedule(UINT64_MAX);
      auto anything = false;
      for (auto& x : attempts_) {
        anything |= x.at != stage::over;
        if (x.at == stage::opening)
          end_attempt(x, attempt_outcome::opened);
        else if (x.at == stage::open)
          release(x);
      }
      schedule(UINT64_MAX);
      d_.sched().clock().advance_time(21s);
      if (!anything)
        return;
    }
    throw broken("somebody waits for ever");
  }

  void end_admission() {
    caf::anon_send_exit(std::exchange(admission_, nullptr),
                        caf::exit_reason::user_shutdown);
    schedule(UINT64_MAX);
  }

  // -- what must be true ------------------------------------------------------

  /// Sees what has been answered, and that no limit is exceeded.
  void look() {
    size_t opening = 0;
    size_t sessions = 0;
    std::map<std::string, size_t> domains;
    std::map<std::string, size_t> jumps;
    size_t rated = 0;
    for (auto& x : attempts_) {
      require(x.granted.count() <= 1, "an acquire was answered twice");
      if (x.at == stage::asked && x.granted.arrived()) {
        x.at = x.granted.ok() ? stage::opening : stage::over;
        x.begun = now();
      }
      rated += x.what.opens_per_minute > 0 && x.begun != time_point{}
               && x.granted.ok() && x.begun + 60s > now();
      sessions += x.at == stage::open;
      if (x.at != stage::opening)
        continue;
      ++opening;
      ++domains[x.what.credential_domain];
      if (!x.what.jump_domain.empty())
        ++jumps[x.what.jump_domain];
    }
    require(opening <= config_.max_opening, "too many are opening");
    require(opening + sessions <= config_.max_sessions, "too many sessions");
    require(rated <= 3, "too many in a minute");
    for (auto& [name, count] : domains)
      require(count <= config_.max_opening_per_credential,
              "too many of a credential domain");
    for (auto& [name, count] : jumps)
      require(count <= config_.max_opening_per_jump_domain,
              "too many of a jump domain");
  }

  void check_answers() {
    for (auto& x : attempts_) {
      if (x.by_dead)
        continue;
      require(x.granted.count() == 1, "an acquire was not answered once");
      auto code = x.granted.code();
      require(code != errc::canceled || x.abandoned,
              "canceled without being asked");
      auto result = x.granted.ok() ? "ok" : to_string(code);
      ++results_[result];
    }
  }

  void check_gauges() {
    for (auto name : {"opening", "open-waiting", "sessions"})
      require(d_.sys().metrics().gauge_singleton("tieline", name, "")->value()
                == 0,
              "a gauge is not at zero");
  }

  deterministic& d_;
  std::mt19937_64 random_;
  tally& results_;
  fake_events events_;
  timer_actor timer_;
  admission_limits config_;
  admission_actor admission_;
  std::vector<std::unique_ptr<fake_tenant>> tenants_;
  std::vector<fake_tenant*> alive_;
  std::vector<attempt> attempts_;
  uint64_t last_id_ = 0;
};

bool holds(deterministic& d, uint64_t seed, run::tally& results) {
  try {
    {
      run r{d, seed, results};
      r.go();
    }
    d.settle();
    return true;
  } catch (const std::exception& e) {
    BOOST_ERROR("TIELINE_MODEL_SEED=" << seed << ": " << e.what());
    return false;
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(model_test)

BOOST_AUTO_TEST_CASE(
  every_interleaving_keeps_the_limits_and_answers_each_once) {
  run::tally results;
  if (auto seed = from_environment("TIELINE_MODEL_SEED", 0); seed != 0) {
    deterministic d;
    BOOST_CHECK(holds(d, seed, results));
    return;
  }
  auto runs = from_environment("TIELINE_MODEL_RUNS", 10000);
  uint64_t first = std::random_device{}();
  std::cout << "seeds " << first + 1 << " to " << first + runs << '\n';
  auto d = std::make_unique<deterministic>();
  for (uint64_t i = 1; i <= runs; ++i)
    if (!holds(*d, first + i, results))
      return; // what it left would only confuse the next
  for (auto& [what, count] : results)
    std::cout << count << "  " << what << '\n';
  // Everything that can come of a request did.
  for (auto what : {"ok", "canceled", "circuit_open", "credential_stopped",
                    "overloaded", "closed"})
    BOOST_CHECK_GT(results[what], 0u);
}

BOOST_AUTO_TEST_SUITE_END()
