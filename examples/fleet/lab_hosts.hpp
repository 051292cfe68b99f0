#pragma once

#include "fleet/inventory.hpp"

#include <tieline/lab/lab.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace fleet {

/// Simulated devices served by this process, and the inventory for them.
class lab_hosts {
public:
  /// @param plugin the devices are to serve
  /// @param faults as in `arguments::lab_faults`: each goes to the devices
  ///        after those of the one before.
  /// @throws usage_error for a fault that is none, or for too many.
  /// @param platform whose shell the devices have; empty: none
  lab_hosts(size_t count, const std::string& plugin,
            const std::string& platform,
            const std::vector<std::string>& faults);

  ~lab_hosts();

  lab_hosts(const lab_hosts&) = delete;

  lab_hosts& operator=(const lab_hosts&) = delete;

  /// Returns the devices as hosts, their host keys known.
  std::vector<host> hosts(const std::string& plugin) const;

  /// Removes the files. Meant for an exit that runs no destructors.
  void remove_files() const noexcept;

private:
  tieline::lab::server server_;
  /// Has the inventory and known_hosts.
  std::filesystem::path folder_;
};

} // namespace fleet
