#pragma once

#include "membership/etcd_server.hpp"
#include "support/eventually.hpp"
#include "support/outcome.hpp"

#include <tieline/actors/cluster/membership/etcd_coordinator.hpp>
#include <tieline/messages/internal/coordinator.hpp>
#include <tieline/transports/etcd/etcd.hpp>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace tieline::test {

/// Returns settings with a lease of 3 s that is not renewed any more 2 s before
/// its end.
cluster_settings short_leases(const std::string& url);

/// Returns the node of that name, as it announces itself.
cluster_node node_of(const std::string& name, double weight = 1);

/// Coordinators of several nodes in one actor system.
class etcd_fixture : public http_client {
public:
  /// With defaults for devices that would do no good with etcd.
  etcd_fixture();

  ~etcd_fixture();

  /// They end with the fixture.
  coordinator_actor spawn(const std::string& name, const cluster_settings& how);

  /// The same, registered; throws if that fails.
  coordinator_actor join(const std::string& name, const cluster_settings& how);

  template <class T, class... Ts>
  auto begin(const coordinator_actor& whom, Ts... xs) {
    return compat::request(self().ptr(), whom, hang_limit, std::move(xs)...);
  }

  caf::expected<void> put(const coordinator_actor& whom, const cluster_node& x);

  caf::expected<std::string> acquire(const coordinator_actor& whom, uint32_t n);

  caf::expected<void> release(const coordinator_actor& whom, uint32_t n);

  caf::expected<std::string> owner(const coordinator_actor& whom, uint32_t n);

  /// Ends it without a word to etcd.
  void crash(const coordinator_actor& whom);

  /// Tells it to end, and waits until it has.
  void end(const coordinator_actor& whom);

private:
  void end_with(const coordinator_actor& whom, caf::exit_reason reason);

  std::vector<coordinator_actor> all_;
  std::vector<key_value_store_actor> stores_;
};

/// A listener that keeps the views it is told.
class view_log {
public:
  /// @param eager answers at once; else not before `release`
  explicit view_log(caf::actor_system& sys, bool eager = true);

  view_log(const view_log&) = delete;

  view_log& operator=(const view_log&) = delete;

  ~view_log();

  const view_listener_actor& handle() const noexcept {
    return handle_;
  }

  /// Subscribes to it.
  void listen_to(etcd_fixture& fixture, const coordinator_actor& whom);

  std::vector<cluster_view> views() const;

  /// Returns the last one.
  cluster_view last() const;

  /// Returns what it was told last to be in the way of its node.
  caf::error trouble() const;

  /// Returns the names of the last one, with a space behind each.
  std::string names() const;

  /// Waits until it was told whether it may own; returns false if it was not.
  bool told(bool may_own) const;

  /// Waits until it was told of these nodes; returns false if it was not.
  bool shown(const std::string& names) const;

  /// Answers what it has not answered, and all that follows at once.
  void release();

  /// Answers the next ones when it is told to.
  void hold();

  void end();

private:
  struct record;

  std::shared_ptr<record> record_;
  view_listener_actor handle_;
};

} // namespace tieline::test
