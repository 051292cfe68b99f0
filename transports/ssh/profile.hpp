#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/connection_params.hpp"
#include "tieline/messages/secret.hpp"
#include "tieline/transports/io/address.hpp"
#include "tieline/transports/ssh/ssh.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tieline::ssh {

constexpr uint16_t well_known_port = 22;

/// The algorithms that are asked for, in their order, with commas between them.
/// Empty: those of libssh.
struct wanted_algorithms {
  std::string key_exchange;
  std::string host_keys;
  std::string ciphers;
  std::string macs;
  /// Of the keys of the user.
  std::string user_keys;
};

/// A private key that files of ssh_config(5) lead to.
struct identity {
  std::string path;
  /// Whether OpenSSH tries it without being told to.
  bool is_default = false;
};

/// All that a session needs to know, checked.
struct profile {
  connection_key key;
  std::string host;
  uint16_t port = well_known_port;
  std::string user;
  secret password;
  /// Text of a private key.
  secret private_key;
  secret passphrase;
  ssh_options options;
  /// The jump hosts, nearest first.
  std::vector<hop> via = {};

  // Only files of ssh_config(5) say these.

  /// The value of ProxyJump, unless `via` is there, and its place, to be put
  /// before what is wrong with it.
  std::string proxy_jump = {};
  std::string proxy_jump_place = {};

  /// What known_hosts calls the host; empty: what it is called here.
  std::string host_key_alias = {};
  /// Private keys, tried after `private_key`. One that cannot be read or
  /// decrypted is passed over.
  std::vector<identity> identities = {};
  /// Whether they decide by what to log in. Then hosts with the same params may
  /// differ in that.
  bool login_from_files = false;
  /// Whether the agent is asked for these keys only.
  bool identities_only = false;
  /// Paths of certificates of any of these keys.
  std::vector<std::string> certificates = {};
  wanted_algorithms algorithms = {};
  /// `inet` or `inet6`; anything else: both.
  std::string address_family = {};
  /// The address from which to connect; empty: any.
  std::optional<io::address> bind_address = {};
};

} // namespace tieline::ssh
