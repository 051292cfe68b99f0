#pragma once

#include "tieline/actors/connection/policy.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/admission.hpp"
#include "tieline/messages/internal/caller_monitor.hpp"
#include "tieline/messages/internal/events.hpp"
#include "tieline/messages/internal/stats.hpp"
#include "tieline/messages/internal/tenant.hpp"
#include "tieline/messages/internal/timer.hpp"
#include "tieline/messages/plugin_traits.hpp"

#include <caf/actor_control_block.hpp>

#include <memory>
#include <string>

namespace tieline {

/// What a connection needs from its manager.
struct connection_context {
  /// The manager; held weakly, as it holds its connections.
  caf::weak_actor_ptr supervisor;
  stats_actor stats;
  timer_actor timer;
  caller_monitor_actor callers;
  events_actor events;
  admission_actor admission;
  /// Where the params say nothing.
  policy defaults;
  /// What an operator has told connections like this one.
  hold held = hold::none;
  /// The name of this node.
  std::string node;
  /// What the plugin tells of itself.
  shared_traits traits = std::make_shared<const plugin_traits>();
  /// Whether the first transport is a stepwise_transport_actor.
  bool first_tells_steps = false;
};

} // namespace tieline
