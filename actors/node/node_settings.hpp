#pragma once

#include "tieline/messages/options/configurable.hpp"

#include <caf/timespan.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tieline {

/// How this process talks to other nodes. Each value is a setting
/// `tieline.node.<name>` of a CAF config, with dashes for underscores.
///
/// All links of a process are alike. With certificates, links use TLS, peers
/// must show a certificate of the same authority, and secrets cross links.
/// Without certificates, links are in plain text and carry no secrets (see
/// @ref secret); they stay on loopback unless `plain_text` allows more.
struct node_settings : configurable<node_settings> {
  /// Port at which the manager is published. Zero: any free port.
  uint16_t port = 0;
  /// IP address at which it is published. Empty: all addresses of the machine.
  std::string address = "127.0.0.1";
  /// PEM files: the certificate of this node with the chain to its authority,
  /// its private key, and the authority that all nodes share. The authority
  /// should serve nothing else, because a peer may use any of its certificates,
  /// whatever host the certificate names.
  std::string certificate;
  std::string key;
  std::string ca_file;
  /// File whose first line is the passphrase of the key. If it is not set, the
  /// passphrase is in the environment variable `TIELINE_NODE_PASSPHRASE`.
  std::string passphrase_file;
  /// Whether links to and from other machines may be in plain text.
  bool plain_text = false;
  /// Extras that params from peers may hold though they name files of this
  /// process or say what is verified, such as `private_key_file`.
  std::vector<std::string> peer_extras;
  /// The peers that may use a manager that is published here, give orders to
  /// it, bring plugins to it, and end it: patterns (fnmatch(3)) of the names in
  /// their certificates. A peer without a certificate has an empty name. If a
  /// list is empty, everybody may use the manager, and nobody may do the rest.
  std::vector<std::string> may_use;
  std::vector<std::string> may_operate;
  std::vector<std::string> may_register;
  std::vector<std::string> may_end;
  /// How often each link sends a heartbeat.
  caf::timespan heartbeat_interval = std::chrono::seconds{10};
  /// A peer that is silent this long counts as lost. It has to be at least
  /// twice the `heartbeat_interval` of every node.
  caf::timespan connection_timeout = std::chrono::seconds{30};
  /// How long it may take to connect to another node.
  caf::timespan connect_timeout = std::chrono::seconds{10};
  /// How long an open or a request that has no time of its own waits for a node
  /// that was lost. One that has, waits until that is over. Zero: not at all.
  caf::timespan reconnect_timeout = std::chrono::seconds{10};

  /// Returns whether links use TLS.
  bool uses_tls() const {
    return !certificate.empty();
  }

  static const option_table<node_settings>& table();
};

extern template struct configurable<node_settings>;

/// Returns whether the host is certainly this machine.
/// @param host a name or an IP address
bool is_loopback(const std::string& host);

} // namespace tieline
