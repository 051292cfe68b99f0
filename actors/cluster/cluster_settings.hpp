#pragma once

#include "tieline/actors/settings.hpp"
#include "tieline/messages/cluster.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tieline {

/// Who the nodes of a cluster are, and how they agree on whose a key is. Each
/// is `tieline.cluster.<name>` in a CAF config, with dashes for underscores.
/// The name of this node is @ref settings::node_name.
///
/// With `etcd`, nodes come and go, and a key has one owner at any time. With
/// `nodes`, those of the list are all there ever are, and two nodes that cannot
/// reach each other may both take a key for their own.
struct cluster_settings {
  /// All nodes, this one included, each `name=host:port`, with its weight if
  /// that is not 1: `name=host:port*weight`.
  std::vector<std::string> nodes;
  /// This node's share of the keys, compared with others'; zero: none. Of the
  /// `nodes` the list says it.
  double weight = 1;
  /// `host:port` at which other nodes reach this one; empty: the address and
  /// port that it publishes at.
  std::string advertise;
  /// URLs of the members of one etcd cluster, each `https://host:port` or
  /// `http://host:port`. The next one is asked when one does not answer.
  std::vector<std::string> etcd;
  /// What all of this cluster's keys in etcd begin with.
  std::string etcd_prefix = "/tieline";
  /// PEM files: the authority that issued etcd's certificates (empty: those
  /// that the system trusts), our certificate and its key (empty: it is in the
  /// certificate's file).
  std::string etcd_ca_file;
  std::string etcd_certificate;
  std::string etcd_key;
  /// Whom etcd knows us as, and the file with the password, on its first line.
  std::string etcd_username;
  std::string etcd_password_file;
  /// How long a node that does not renew it keeps what is its own; whole
  /// seconds, since etcd counts them.
  caf::timespan lease = std::chrono::seconds{30};
  /// How often it is renewed.
  caf::timespan renew_interval = std::chrono::seconds{10};
  /// So long before its lease ends a node that could not renew it stops taking
  /// work and closes its sessions; those that are not closed after half of it
  /// are cut off. To be more than the clocks of two machines drift apart within
  /// a `lease`.
  caf::timespan close_before = std::chrono::seconds{10};
  /// How often the nodes are looked up.
  caf::timespan look_interval = std::chrono::seconds{2};
  /// How long a node that leaves may take to end accepted work.
  caf::timespan hand_over_timeout = std::chrono::seconds{30};
  /// How long a request waits for its key to get an owner.
  caf::timespan move_timeout = std::chrono::seconds{45};

  /// Reads the settings under `tieline.cluster` from a CAF config.
  /// @returns an `errc::invalid_setting` that names a setting that is out of
  ///          range, of the wrong type or unknown, or contradicts another.
  static caf::expected<cluster_settings> load(const caf::settings& config);

  /// Returns an `errc::invalid_setting` that names a setting that is out of
  /// range or contradicts another, or an empty error.
  caf::error check() const;

  /// Declares the settings, with their help texts, to a host's
  /// `actor_system_config::custom_options_`.
  static void add_options(caf::config_option_set& options);
};

/// Returns all settings of a cluster in the order of their declaration.
std::vector<setting_info> all_cluster_settings();

} // namespace tieline
