#pragma once

#include "fault_set.hpp"
#include "host_key.hpp"
#include "listener.hpp"
#include "restconf/site.hpp"

#include "tieline/lab/lab.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace tieline::lab {

class worker;

/// Counters that any thread may read.
class tally {
public:
  void accept() noexcept;
  void leave() noexcept {
    --live_;
  }
  void login(bool ok) noexcept {
    ++(ok ? logins_ok_ : logins_rejected_);
  }
  void exec() noexcept {
    ++execs_;
  }

  counters read() const noexcept;

private:
  std::atomic<std::uint64_t> accepted_{0}, logins_ok_{0}, logins_rejected_{0},
    execs_{0}, live_{0}, peak_{0};
};

/// What all devices of a server share.
struct shared_state {
  options settings;
  std::vector<ssh_ptr<ssh_key>> authorized;
  std::chrono::steady_clock::time_point started;
  tally totals;
};

/// A port of a device.
struct entrance {
  entrance(const std::string& address, std::uint16_t port)
    : door(address, port) {
    // nop
  }

  listener door;
  bool listening = false; // the worker waits for it
};

/// A device's RESTCONF server and its port.
struct web_server {
  web_server(const options& settings, const std::string& address)
    : entry(address, 0),
      serves(settings.restconf, settings.user, settings.password) {
    // nop
  }

  entrance entry;
  restconf::site serves;
};

/// One device. What is not const belongs to its worker's thread; the counters
/// to all.
struct device_state {
  device_state(shared_state& shared, worker& owner, std::size_t index,
               const std::string& address, std::uint16_t port);

  shared_state& shared;
  worker& owner;
  const std::size_t index;
  const std::string name;
  const std::string serial;
  const std::string address;
  const host_key key;

  entrance ssh;
  std::optional<web_server> web;
  fault_set faults;
  unsigned methods;
  std::chrono::steady_clock::time_point armed{}; // a timer is set for this
  std::optional<host_key> impostor;              // for `wrong_host_key`
  std::unordered_set<std::uint64_t> connections; // ids in the worker
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
