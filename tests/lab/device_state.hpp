#pragma once

#include "tieline/lab/counters.hpp"
#include "tieline/lab/device_owner.hpp"
#include "tieline/lab/faults/fault_set.hpp"
#include "tieline/lab/host_key.hpp"
#include "tieline/lab/io/listener.hpp"
#include "tieline/lab/options.hpp"
#include "tieline/lab/restconf/api.hpp"
#include "tieline/lab/shell/dialog.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace tieline::lab {

/// What all devices of a server share.
struct shared_state {
  options settings;
  std::vector<ssh_ptr<ssh_key>> authorized;
  std::chrono::steady_clock::time_point started;
  tally totals;
};

/// A port of a device.
struct endpoint {
  endpoint(const std::string& address, std::uint16_t port)
    : socket(address, port) {
    // nop
  }

  listener socket;
  bool listening = false; // the worker waits for it
};

/// A device's RESTCONF server and its port.
struct web_server {
  web_server(const options& settings, const std::string& address)
    : entry(address, 0),
      api(settings.restconf, settings.user, settings.password) {
    // nop
  }

  endpoint entry;
  restconf::api api;
};

/// One device. What is not const belongs to its owner's thread; the counters
/// to all.
struct device_state {
  device_state(shared_state& shared, device_owner& owner, std::size_t index,
               const std::string& address, std::uint16_t port);

  shared_state& shared;
  device_owner& owner;
  const std::size_t index;
  const std::string name;
  const std::string serial;
  const std::string address;
  const host_key key;

  endpoint ssh;
  std::optional<web_server> web;
  shell::device_config shell;
  fault_set faults;
  unsigned methods;
  std::chrono::steady_clock::time_point armed{}; // a timer is set for this
  std::optional<host_key> impostor;              // for `wrong_host_key`
  std::unordered_set<std::uint64_t> connections; // ids in the owner
  tally count;

  void login(bool ok) noexcept;

  /// Returns its datastores and such, which few of many devices ever need.
  netconf::management& managed();
  /// Makes them anew. Nobody may use the old ones.
  /// @throws std::invalid_argument the configuration is no XML
  void become_managed(const netconf::options& how);

private:
  std::unique_ptr<netconf::management> managed_;
};

} // namespace tieline::lab
