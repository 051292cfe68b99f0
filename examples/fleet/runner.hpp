#pragma once

#include "fleet/inventory.hpp"
#include "fleet/limit.hpp"
#include "fleet/messages.hpp"

#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace fleet {

/// What is to be run where.
struct job {
  std::vector<host> hosts;
  std::string command;
  /// Of each request, as the plugins know them.
  std::map<std::string, std::string> attributes = {};
  /// Whether what was committed for a time is confirmed then.
  bool confirms = false;
  /// Most hosts at work at a time.
  size_t forks = 1;
  /// The time that each host has, from its turn to log in to the end of its
  /// command. The settings limit the wait for that turn; it counts only with a
  /// shared manager. Zero: the settings limit login and command, too.
  caf::timespan timeout{0};
  /// The hosts whose results explain why their connections are as they are,
  /// where the error needs that.
  std::vector<limit> explain = {};
  /// Returns what config files have set for a host; without it, only the
  /// manager says so, of sessions that are up.
  std::function<std::vector<std::string>(const host&)> configured = {};
  /// Whether results are to say how their connections are.
  bool status = false;
  /// Whether others use the manager, too. Then no connection is closed.
  bool shared = false;
};

/// Spawns an actor that takes each host of the job through open, execute and
/// close once it is asked to run, and sends each result to `printer`. It stops
/// when the printer ends early. When it stops, it closes all connections; if
/// they are shared, it only gives up what it waits for.
runner_actor spawn_runner(caf::actor_system& sys,
                          tieline::manager_actor manager, printer_actor printer,
                          job what);

} // namespace fleet
