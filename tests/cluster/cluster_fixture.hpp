#pragma once

#include "support/actors/deterministic.hpp"
#include "support/actors/fake_transport.hpp"
#include "support/actors/managed.hpp"

#include "tieline/actors/cluster/membership/cluster_settings.hpp"
#include "tieline/actors/cluster/membership/member_connector.hpp"
#include "tieline/actors/cluster/router.hpp"
#include "tieline/actors/cluster/shards.hpp"
#include "tieline/messages/internal/coordinator.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tieline::test {

using names = std::vector<std::string>;

inline const names ab{"a", "b"};
inline const names abc{"a", "b", "c"};

/// Which shard is whose, as etcd would know it.
using ledger = std::map<uint32_t, std::string>;

/// A coordinator that does what the test says; all of a fixture share a ledger.
class fake_coordinator {
public:
  fake_coordinator(caf::actor_system& sys, std::string name,
                   std::shared_ptr<ledger> owners);

  coordinator_actor handle() const;

  /// Tells the listener. Without `may_own` the lease ends when it has answered.
  void tell(cluster_view view);

  /// Tells the listener what is in its node's way.
  void tell_trouble(const caf::error& trouble);

  /// Has it answer all that concerns a shard like this, claims though they are
  /// carried out. An empty error ends that.
  void fail(const caf::error& reason);

  /// Whether the listener has acted on what it was told last.
  bool acted() const;

  /// What the node last said of itself.
  cluster_node announced() const;

private:
  struct record;
  std::shared_ptr<record> record_;
};

/// A cluster in one process, in virtual time. Links can be cut.
class cluster_fixture : public deterministic {
public:
  using maybe_connection = std::optional<connection_actor>;

  struct node {
    node(cluster_fixture& fixture, const std::string& name);

    cluster_node what;
    fake_plugin plugin;
    manager_actor manager;
    std::unique_ptr<fake_coordinator> coordinator;
    coordinator_actor own_coordinator;
    full_router_actor router;
    /// Others cannot reach it, and it cannot reach others.
    std::shared_ptr<bool> cut = std::make_shared<bool>(false);
    /// It answers others nothing.
    bool hangs = false;
  };

  /// @param static_membership with coordinators as without etcd
  /// @param managers the settings of all managers
  explicit cluster_fixture(const std::vector<std::string>& names,
                           bool static_membership = false,
                           settings managers = plain());

  ~cluster_fixture();

  node& operator[](const std::string& name) {
    return *nodes_.at(name);
  }

  /// Returns whether both are there and not cut.
  bool reaches(const std::string& from, const std::string& to) const;

  /// Keeps a request that is never answered, as long as the fixture is there.
  void swallow(std::shared_ptr<void> request) {
    swallowed_.push_back(std::move(request));
  }

  /// Adds a node that nobody knows of yet.
  node& add(const std::string& name);

  /// Tells these nodes that the cluster is made of those.
  void tell(const std::vector<std::string>& whom,
            const std::vector<std::string>& nodes);

  /// Tells all that the cluster is made of these.
  void tell_all(const std::vector<std::string>& nodes);

  /// Returns the `n`th key that the node owns while the cluster is made of
  /// `nodes`.
  connection_key key_of(const std::string& name,
                        const std::vector<std::string>& nodes, size_t n = 0);

  answer<maybe_connection> open(const std::string& at,
                                const connection_key& key,
                                caf::timespan timeout = caf::timespan{0});

  /// Opens a key and has its session come up.
  connection_actor opened(const std::string& at, const connection_key& key);

  answer<reply> execute(const connection_actor& connection, std::string body,
                        caf::timespan timeout = caf::timespan{0});

  /// Has all sessions that want to open do so.
  void let_open();

  /// Has all sessions that want to close do so.
  void let_close();

  /// Returns on which nodes there is a session for the key.
  std::vector<std::string> sessions(const connection_key& key);

  /// Returns the sum over nodes and keys of sessions beyond the first.
  size_t doubles();

  cluster_settings how;
  settings config;
  std::shared_ptr<ledger> owners = std::make_shared<ledger>();

private:
  friend struct node;

  member_connector link_from(const std::string& name);

  bool static_membership_;
  std::vector<std::shared_ptr<void>> swallowed_;
  std::vector<cluster_node> known_;
  std::map<std::string, std::unique_ptr<node>> nodes_;
};

} // namespace tieline::test
