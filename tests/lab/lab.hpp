#pragma once

#include "tieline/lab/command.hpp"
#include "tieline/lab/device.hpp"
#include "tieline/lab/fault.hpp"
#include "tieline/lab/netconf/options.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tieline::lab {

/// Where devices listen.
enum class layout {
  ports,     ///< all on one address, each on a port of its own
  addresses, ///< all on one port, each on an address of its own
};

/// What a lab consists of. The defaults are a lab of one device.
struct options {
  std::size_t devices = 1;
  lab::layout layout = lab::layout::ports;
  /// The (first) address; with `layout::addresses` choose one like 127.1.0.1.
  std::string address = "127.0.0.1";
  /// The (first) port; 0 lets the system choose.
  std::uint16_t port = 0;
  /// Threads that serve everything.
  unsigned threads = 1;
  /// The user who may log in; empty: any.
  std::string user = "lab";
  std::string password = "lab";
  /// Public keys that may log in, one line of an authorized_keys file each.
  std::vector<std::string> authorized_keys = {};
  /// Login methods offered: a combination of `auth`.
  unsigned methods = auth_password | auth_publickey | auth_keyboard_interactive;
  /// Private host keys as text; device i takes the i-th, counted round. None:
  /// an ed25519 key is generated for each device.
  std::vector<std::string> host_keys = {};
  /// Channels that may be open at once in one session.
  std::size_t max_channels = 10;
  /// Hostnames are this and a number.
  std::string name_prefix = "lab-";
  /// What devices are as NETCONF servers.
  lab::netconf::options netconf = {};
};

/// Serves simulated devices from construction to destruction. Each is an SSH
/// server of its own; a few threads serve all of them.
class server {
public:
  /// Listens on all endpoints.
  /// @throws std::system_error an address or port cannot be had
  /// @throws std::invalid_argument an option makes no sense
  explicit server(options o = {});
  server(server&&) noexcept;
  server& operator=(server&&) noexcept;
  /// Closes every connection and joins the threads.
  ~server();

  const options& settings() const noexcept;

  std::size_t size() const noexcept;
  /// @throws std::out_of_range there is no such device
  device at(std::size_t index) const;

  /// Adds a command to all devices, or replaces the one of that name. A line
  /// is served by the command with the longest name that it starts with, word
  /// by word: `show version` also serves `show version brief`.
  void add_command(std::string name, command run,
                   input stdin_is = input::ignored);

  /// Returns the counters of all devices together.
  counters count() const;

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace tieline::lab
