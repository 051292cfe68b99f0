#pragma once

#include "tieline/lab/counters.hpp"
#include "tieline/lab/faults/fault.hpp"
#include "tieline/lab/io/hang_up.hpp"
#include "tieline/lab/netconf/options.hpp"
#include "tieline/lab/restconf/options.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace tieline::lab {

struct device_state;

/// One simulated device: a cheap handle, valid as long as its server. Every
/// function may be called from any thread; a change is in effect when the call
/// returns, except inside a command, where it takes effect soon after.
class device {
public:
  explicit device(device_state& state) noexcept : state_(&state) {
  }

  std::size_t index() const noexcept;
  /// Returns the device's hostname, as in `lab-0003`.
  const std::string& name() const noexcept;
  /// Returns the serial number that `show version` tells.
  const std::string& serial() const noexcept;
  /// Returns for how long the device claims to be up.
  std::chrono::seconds uptime() const;

  /// Returns the IPv4 address it listens on.
  const std::string& address() const noexcept;
  std::uint16_t port() const noexcept;

  /// Returns the line for a known_hosts file.
  std::string host_key_line() const;
  /// Returns the public host key in base64, without its type.
  std::string host_key_base64() const;
  /// Returns the host key's fingerprint as OpenSSH prints it: `SHA256:...`.
  std::string host_key_fingerprint() const;

  /// Turns a fault on. `amount` is milliseconds or bytes where the fault has
  /// one. Faults of the connecting phase do not touch live sessions; `freeze`
  /// does.
  void set(fault what, std::uint64_t amount = 0) const;
  /// Turns one fault off.
  void clear(fault what) const;
  /// Turns all faults off.
  void heal() const;

  /// Sets the login methods offered to new sessions: a combination of `auth`.
  void offer(unsigned methods) const;

  /// Ends all live sessions now.
  void end_sessions(hang_up how) const;

  counters count() const;

  /// Makes it another NETCONF device: with these options, nothing locked, no
  /// events. Ends all its connections.
  /// @throws std::invalid_argument the configuration is no XML
  void become(netconf::options how) const;

  /// Sends a notification to all who subscribed, and keeps it for replay.
  /// @throws std::invalid_argument it is no XML
  void notify(const std::string& content) const;

  /// Returns how its NETCONF server is doing. Not for use inside a command.
  netconf::status netconf_status() const;
  /// Returns the content of a datastore, as text in one line. Not for use
  /// inside a command.
  std::string config(netconf::store which) const;
  /// Replaces the content of a datastore, whoever has locked it.
  /// @throws std::invalid_argument it is no XML
  void put_config(netconf::store which, const std::string& content) const;

  /// Returns the port of its RESTCONF server; 0 if it has none.
  std::uint16_t restconf_port() const noexcept;
  /// Lets bearers in with this token only, from now on. Not for a device
  /// without a RESTCONF server.
  void rotate_token(const std::string& token) const;
  /// Returns how its RESTCONF server is doing. Not for use inside a command.
  restconf::status restconf_status() const;

private:
  device_state* state_;
};

} // namespace tieline::lab
