#pragma once

#include "support/actors/fake_tenant.hpp"

#include "tieline/actors/admission/admission.hpp"
#include "tieline/actors/runtime/timer.hpp"
#include "tieline/messages/internal/admission.hpp"
#include "tieline/messages/internal/ticket.hpp"
#include "tieline/messages/internal/timer.hpp"

#include <caf/telemetry/counter.hpp>
#include <caf/telemetry/gauge.hpp>
#include <caf/telemetry/metric_family_impl.hpp>

#include <deque>
#include <vector>

namespace tieline::test {

using namespace std::chrono_literals;

using granted = answer<caf::unit_t>;

inline admission_limits with(uint64_t max_opening,
                             uint64_t max_sessions = 1000) {
  admission_limits result;
  result.max_opening = max_opening;
  result.max_sessions = max_sessions;
  return result;
}

inline ticket make_ticket(uint64_t id, const std::string& host = "r1") {
  ticket result;
  result.id = id;
  result.key = {host, "fake"};
  result.endpoint = host + ":22";
  result.username = "admin";
  result.credential = 7;
  result.credential_domain = "admin";
  result.breaker_failures = 2;
  result.breaker_delay = 10s;
  result.breaker_delay_max = 60s;
  return result;
}

/// An admission with connections under the test's control.
class fixture : public deterministic {
public:
  explicit fixture(const admission_limits& config = with(32))
    : events(sys()),
      timer(spawn_timer(sys())) {
    admission = spawn_admission(sys(), config, timer, events.actor());
  }

  ~fixture() {
    stop();
    BOOST_CHECK_EQUAL(gauge("opening"), 0);
    BOOST_CHECK_EQUAL(gauge("open-waiting"), 0);
    BOOST_CHECK_EQUAL(gauge("sessions"), 0);
  }

  void stop() {
    settle();
    caf::anon_send_exit(admission, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(timer, caf::exit_reason::user_shutdown);
    settle();
  }

  fake_tenant& tenant() {
    tenants.emplace_back(sys(), admission);
    return tenants.back();
  }

  granted acquire(fake_tenant& who, const ticket& what) {
    auto result = who.acquire(what);
    settle();
    return result;
  }

  void outcome(fake_tenant& who, uint64_t number, attempt_outcome what) {
    who.outcome(number, what);
    settle();
  }

  admission_status explain(fake_tenant& who, const ticket& what) {
    auto result = who.explain(what);
    settle();
    return result.value();
  }

  /// A tenant with a session, opened by its first attempt.
  fake_tenant& holder(caf::timespan idle) {
    auto& result = tenant();
    result.idle = idle;
    acquire(result, make_ticket(1));
    outcome(result, 1, attempt_outcome::opened);
    return result;
  }

  /// Lets the attempts of a tenant fail one after the other.
  void fail(fake_tenant& who, const std::vector<ticket>& tickets,
            attempt_outcome what) {
    for (const auto& x : tickets) {
      BOOST_REQUIRE(acquire(who, x).ok());
      outcome(who, x.id, what);
    }
  }

  /// Has a tenant agree to an eviction, and release its session.
  static void agrees(fake_tenant& who) {
    who.on_evict = [&who] {
      who.release(1);
      return true;
    };
  }

  int64_t gauge(compat::string_view name) {
    return sys().metrics().gauge_singleton("tieline", name, "")->value();
  }

  int64_t refused(compat::string_view reason) {
    return sys()
      .metrics()
      .counter_family("tieline", "opens-refused", {"reason"}, "", "1", true)
      ->get_or_add({{"reason", reason}})
      ->value();
  }

  fake_events events;
  timer_actor timer;
  admission_actor admission;
  std::deque<fake_tenant> tenants;
};

} // namespace tieline::test
