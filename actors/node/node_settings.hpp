#pragma once

#include "tieline/actors/settings.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tieline {

/// How this process talks to other nodes. Each is `tieline.node.<name>` in a
/// CAF config, with dashes for underscores.
///
/// All links of a process are alike. With certificates they use TLS, peers
/// must show a certificate of the same authority, and secrets cross them.
/// Without, links are in plain text: only on loopback unless `plain_text` says
/// otherwise, and secrets are left behind (see @ref secret).
struct node_settings {
  /// Port to publish the manager at; zero: any that is free.
  uint16_t port = 0;
  /// IP address to publish it at; empty: all of this machine.
  std::string address = "127.0.0.1";
  /// PEM files: the certificate of this node with those that lead to the
  /// authority, its private key, and the authority that all nodes share. It
  /// should be one of their own: any certificate of it passes, for any host.
  std::string certificate;
  std::string key;
  std::string ca_file;
  /// The file with the passphrase of the key, on its first line. Without it
  /// the environment variable `TIELINE_NODE_PASSPHRASE` is looked at.
  std::string passphrase_file;
  /// Allows links in plain text to and from other machines.
  bool plain_text = false;
  /// How often each link shows the peer that we are there.
  caf::timespan heartbeat_interval = std::chrono::seconds{10};
  /// A peer that was silent for so long is taken for lost; at least twice the
  /// `heartbeat_interval` of all nodes.
  caf::timespan connection_timeout = std::chrono::seconds{30};
  /// How long connecting to another node may take.
  caf::timespan connect_timeout = std::chrono::seconds{10};

  /// Returns whether links use TLS.
  bool uses_tls() const {
    return !certificate.empty();
  }

  /// Reads the settings under `tieline.node` from a CAF config.
  /// @returns an `errc::invalid_setting` that names a setting that is out of
  ///          range, of the wrong type or unknown, or contradicts another.
  static caf::expected<node_settings> load(const caf::settings& config);

  /// Returns an `errc::invalid_setting` that names a setting that is out of
  /// range or contradicts another, or an empty error.
  caf::error check() const;

  /// Declares the settings, with their help texts, to a host's
  /// `actor_system_config::custom_options_`.
  static void add_options(caf::config_option_set& options);
};

/// Returns whether what is sent there surely stays on this machine.
/// @param host a name or an IP address
bool is_loopback(const std::string& host);

/// Returns all settings of a node in the order of their declaration.
std::vector<setting_info> all_node_settings();

} // namespace tieline
