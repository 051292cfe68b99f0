#pragma once

#include "support/actors/deterministic.hpp"

#include "tieline/messages/internal/admission.hpp"
#include "tieline/messages/internal/events.hpp"
#include "tieline/messages/internal/tenant.hpp"

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace tieline::test {

/// A connection as the admission sees it: asks and answers as the test says.
/// Orders are carried out when its actor runs next.
class fake_tenant {
public:
  fake_tenant(caf::actor_system& sys, admission_actor admission);

  fake_tenant(const fake_tenant&) = delete;

  ~fake_tenant() {
    end();
  }

  answer<caf::unit_t> acquire(const ticket& what);
  answer<admission_status> explain(const ticket& what);
  /// Says that an attempt is connected.
  answer<caf::unit_t> dialed(uint64_t number);
  void outcome(uint64_t number, attempt_outcome what);
  void release(uint64_t number);
  void end();

  /// Says that the session of its first attempt is idle, for so long.
  void be_idle(caf::timespan span);

  uint64_t id() const {
    return id_;
  }

  /// What it says when asked.
  caf::timespan idle{0};
  /// Says whether it gives up its session, and does so.
  std::function<bool()> on_evict = [] { return false; };
  size_t asked_for_idle = 0;
  size_t asked_to_evict = 0;

private:
  using order = std::function<void(tenant_actor::pointer)>;

  void carry_out(order what);

  template <class T, class... Ts>
  answer<T> ask(Ts... xs);

  admission_actor admission_;
  tenant_actor::pointer self_ = nullptr;
  /// Nobody else holds it, as the admission is to hold none.
  tenant_actor actor_;
  uint64_t id_ = 0;
};

/// Keeps what it is told.
class fake_events {
public:
  explicit fake_events(caf::actor_system& sys);

  ~fake_events();

  const events_actor& actor() const {
    return actor_;
  }

  std::vector<lifecycle_event> told;

private:
  events_actor actor_;
};

} // namespace tieline::test
