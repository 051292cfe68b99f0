#include "support/actors/fake_tenant.hpp"
#include "support/actors/model.hpp"

#include "tieline/actors/admission/admission.hpp"
#include "tieline/actors/runtime/timer.hpp"
#include "tieline/messages/internal/admission.hpp"
#include "tieline/messages/internal/ticket.hpp"
#include "tieline/messages/internal/timer.hpp"

#include <caf/telemetry/gauge.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>

// Random attempts of random connections, random outcomes, deaths and ends,
// random scheduling, virtual time.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

using time_point = std::chrono::steady_clock::time_point;

/// One run: an admission, some connections, and what they do.
class run : model_run {
public:
  run(deterministic& d, uint64_t seed, tally& results)
    : model_run(seed),
      d_(d),
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

  time_point now() {
    return d_.driver().now();
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
    auto* t = any(alive_);
    ticket what;
    what.id = ++last_id_;
    what.key = {any(names), "fake"};
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
    auto& x = *any(those);
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
      any(alive_)->idle = std::chrono::seconds{pick(3)};
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
    model_run::schedule(d_, jobs, [this] { look(); });
  }

  /// Time passes only when nothing is on its way, so that what is granted is
  /// heard of at the same time.
  void pass_time() {
    const caf::timespan choices[] = {1s, 5s, 20s, 61s};
    schedule(UINT64_MAX);
    d_.driver().tick(any(choices));
  }

  /// Lets all end well until nobody waits any more.
  void drain() {
    // One opens, one is released, and a host with a rate has its minute.
    for (auto round = 4 * attempts_.size() + 2; round > 0; --round) {
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
      d_.driver().tick(21s);
      if (!anything)
        return;
    }
    require(false, "somebody waits for ever");
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

} // namespace

BOOST_AUTO_TEST_SUITE(model_test)

BOOST_AUTO_TEST_CASE(
  every_interleaving_keeps_the_limits_and_answers_each_once) {
  deterministic d;
  auto one = [&](uint64_t seed, tally& results) {
    run{d, seed, results}.go();
    d.settle();
  };
  run_model(10000,
            {"ok", "canceled", "circuit_open", "credential_stopped", "closed"},
            one);
}

BOOST_AUTO_TEST_SUITE_END()
