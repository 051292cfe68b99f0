#pragma once

#include "tieline/actors/workflow/run_plan.hpp"
#include "tieline/messages/interfaces.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tieline {

/// The same requests on many hosts.
struct workflow : run_limits {
  /// Where: keys with params.
  std::vector<open_item> where;
  /// What is run on each host, one after the other.
  std::vector<request> what;
  /// In place of `what`: returns the next request for a host, given its replies
  /// so far, or nothing when the host is done. It must not block.
  std::function<std::optional<request>(const connection_key&,
                                       const std::vector<reply>&)>
    next = nullptr;
  /// How often one request is tried again whose failure is
  /// `failure_class::transient` or `failure_class::refused`.
  size_t retries = 0;
  /// Whether a request is also tried again that may have run
  /// (`failure_class::lost`).
  bool retry_lost = false;
  /// The wait before a retry, unless the error says how long, doubled each
  /// time.
  caf::timespan backoff = std::chrono::seconds{1};
  /// How long all may take. What has not ended by then fails with
  /// `errc::timeout`. Zero: no limit.
  caf::timespan deadline{0};
};

/// What came of one host.
struct run_result {
  connection_key key;
  /// The replies in order; those before the failure if there was one.
  std::vector<reply> replies;
  /// Empty if all requests had their reply.
  caf::error error;
  /// How often a request was tried again.
  size_t retries = 0;
};

/// What came of a run.
struct run_summary {
  size_t hosts = 0;
  size_t succeeded = 0;
  size_t failed = 0;
  /// The hosts that were not begun, because the run stopped.
  size_t skipped = 0;
};

/// Is told of a run, in the context of its actor, so it must not block.
struct run_observer {
  /// A host has ended. The summary is of what has happened so far.
  std::function<void(const run_result&, const run_summary&)> on_result
    = nullptr;
  /// All is over; nothing comes after this.
  std::function<void(const run_summary&)> on_end = nullptr;
};

/// Spawns an actor that does a run and ends when the run is over. An exit
/// message cancels it: what has not begun does not begin, what runs is
/// canceled, and nobody is told of the rest. So does its deadline.
/// @param opener a manager, a stand-in or a router
caf::actor spawn_run(caf::actor_system& sys, const opener_actor& opener,
                     workflow what, run_observer observer);

} // namespace tieline
