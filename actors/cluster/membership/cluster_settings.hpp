#pragma once

#include "tieline/messages/cluster.hpp"
#include "tieline/messages/key_value_store.hpp"
#include "tieline/messages/options/configurable.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tieline {

/// Which nodes form a cluster, and how they agree on the owner of a key. Each
/// value is a setting `tieline.cluster.<name>` of a CAF config, with dashes for
/// underscores. The name of this node is @ref settings::node_name.
///
/// With `etcd`, nodes may come and go, and a key has at most one owner at any
/// time. With `nodes`, the list is complete and fixed, and two nodes that
/// cannot reach each other may both act as owner of the same key.
struct cluster_settings : configurable<cluster_settings> {
  /// All nodes, this one included, each `name=host:port`, with its weight if
  /// that is not 1: `name=host:port*weight`.
  std::vector<std::string> nodes;
  /// The share of keys of this node relative to other nodes. Zero: it owns
  /// none. With `nodes`, the weight is part of the list instead.
  double weight = 1;
  /// `host:port` at which other nodes reach this one. Empty: the address and
  /// port at which it is published.
  std::string advertise;
  /// URLs of the members of one etcd cluster, each `https://host:port` or
  /// `http://host:port`. When one does not answer, the next one is asked.
  std::vector<std::string> etcd;
  /// The prefix of all keys of this cluster in etcd.
  std::string etcd_prefix = "/tieline";
  /// PEM files: the authority that issued etcd's certificates (empty: the
  /// authorities that the system trusts), the client certificate, and its key
  /// (empty: it is in the file of the certificate).
  std::string etcd_ca_file;
  std::string etcd_certificate;
  std::string etcd_key;
  /// The user name for etcd, and the file whose first line is the password.
  std::string etcd_username;
  std::string etcd_password_file;
  /// How long a node keeps its shards without renewing its lease. Whole
  /// seconds, because etcd counts in seconds.
  caf::timespan lease = std::chrono::seconds{30};
  /// How often the lease is renewed.
  caf::timespan renew_interval = std::chrono::seconds{10};
  /// A node that cannot renew its lease stops taking work and closes its
  /// sessions this long before the lease ends. After half of this time it cuts
  /// off the sessions that are not closed. It has to exceed the drift between
  /// the clocks of two machines within a `lease`.
  caf::timespan close_before = std::chrono::seconds{10};
  /// How often the list of nodes is read.
  caf::timespan look_interval = std::chrono::seconds{2};
  /// How long a node that leaves may take to complete accepted work.
  caf::timespan hand_over_timeout = std::chrono::seconds{30};
  /// How long a request waits until its key has an owner.
  caf::timespan move_timeout = std::chrono::seconds{45};

  /// Returns where etcd is, and how long it may take to answer: a renewal can
  /// be tried three times before the lease is in danger. To be called for
  /// settings that are right, with `etcd`.
  etcd_access access() const;

  static const option_table<cluster_settings>& table();
};

extern template struct configurable<cluster_settings>;

} // namespace tieline
