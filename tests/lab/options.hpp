#pragma once

#include "tieline/lab/netconf/options.hpp"
#include "tieline/lab/restconf/options.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tieline::lab {

/// Ways to log in; combine with `|`.
enum auth : unsigned {
  auth_none = 1,
  auth_password = 2,
  auth_publickey = 4,
  auth_keyboard_interactive = 16,
};

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
  /// Whose shell devices have, as platforms are called: `cisco_iosxe`. Empty:
  /// none.
  std::string platform = {};
  /// What their shells ask for before more may be done; empty: nothing.
  std::string enable_secret = {};
  /// Hostnames are this and a number.
  std::string name_prefix = "lab-";
  /// What devices are as NETCONF servers.
  lab::netconf::options netconf = {};
  /// What devices are as RESTCONF servers; unless told so they are none.
  lab::restconf::options restconf = {};
};

} // namespace tieline::lab
