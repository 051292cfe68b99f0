#pragma once

#include "fleet/inventory.hpp"
#include "fleet/limit.hpp"
#include "fleet/messages.hpp"

#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace fleet {

/// What is to be run where.
struct job {
  std::vector<host> hosts;
  std::string plugin;
  std::string command;
  /// Most hosts at work at a time.
  size_t forks = 1;
  /// For each host, from its turn to open to the command's end; the turn is
  /// waited for as long as the settings say. Zero: they say the rest, too. With
  /// a shared manager that wait is part of it.
  caf::timespan timeout{0};
  /// A host that one of these matches has its result say why its connection is
  /// as it is, where the error needs that.
  std::vector<limit> explain = {};
  /// Whether results are to say how their connections are.
  bool status = false;
  /// Whether others use the manager as well: then no connection is closed.
  bool shared = false;
};

/// Spawns an actor that, once asked to, takes each host of the job through
/// open, execute and close, and tells `printer` of it. When the printer ends
/// early, it stops. Told to stop, it has all connections closed, or, if they
/// are shared, gives up what it waits for.
runner_actor spawn_runner(caf::actor_system& sys,
                          tieline::manager_actor manager, printer_actor printer,
                          job what);

} // namespace fleet
