#pragma once

#include "node/node_fixture.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <tieline/actors/cluster/membership/cluster_settings.hpp>
#include <tieline/lab/lab.hpp>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tieline::test {

/// What the nodes of a test's cluster have in common.
struct cluster_files {
  /// What stands in `tieline.cluster { }` of their config.
  std::string cluster;
  node_settings links = plain_links();
  std::string password;
};

/// `nodes serve` as a node of a cluster: a process with the plugin ssh and a
/// credential `lab`.
class served_node {
public:
  /// @param wrapper a command that runs the program
  served_node(std::string name, uint16_t port, const cluster_files& how,
              const std::string& address = "127.0.0.1",
              const std::vector<std::string>& wrapper = {});

  const std::string& name() const noexcept {
    return name_;
  }

  uint16_t port() const noexcept {
    return port_;
  }

  pid_t pid() const noexcept {
    return process_.pid();
  }

  /// Waits until it has joined; throws if it does not.
  void wait_for_join();

  void signal(int number) const {
    process_.signal(number);
  }

  bool running() {
    return process_.running();
  }

  /// Tells it to leave, and waits until it has ended; throws if it does not.
  void end();

  void kill() {
    process_.kill_all();
  }

  std::string log() const;

private:
  std::string name_;
  uint16_t port_;
  temp_dir dir_;
  child_process process_;
};

/// Devices, nodes that share them, and this process as their user.
class nodes_fixture {
public:
  /// @param cluster stands in the config, `NODES` in it for the list of nodes
  nodes_fixture(const std::vector<std::string>& names, size_t devices,
                const std::string& cluster,
                const node_settings& links = plain_links());

  /// Starts a node, again if it has ended; waits until it has joined.
  void start(const std::string& name);

  served_node& operator[](const std::string& name) {
    return *nodes_.at(name);
  }

  /// Returns the router of a node, as seen from here.
  router_actor router(const std::string& name);

  /// Waits until a router sees so many nodes that are alive, and they see as
  /// many; returns false if it does not come to that.
  bool alive(const std::string& at, size_t count);

  std::vector<node_status> status(const router_actor& at);

  connection_key key(size_t device) const;

  /// Params that name the credential `lab`.
  connection_params params(size_t device) const;

  /// Opens all devices; returns the connections, and reports what fails.
  std::vector<connection_actor> open_all(const router_actor& at);

  /// Returns the device's node, as its connection's status says.
  std::string owner(const router_actor& at, size_t device);

  /// Returns the devices of a node.
  std::vector<size_t> devices_of(const router_actor& at,
                                 const std::string& name);

  caf::expected<reply> run(const connection_actor& connection,
                           const std::string& command,
                           caf::timespan timeout = caf::timespan{0});

  /// Returns the most connections that any device ever had at once.
  uint64_t most_at_one_device() const;

  lab::server devices;
  this_node client;

private:
  cluster_files how_;
  std::map<std::string, uint16_t> ports_;
  std::map<std::string, std::unique_ptr<served_node>> nodes_;
};

/// Returns options of a lab that a far_network reaches by the field cable.
lab::options devices_at_the_field(size_t count);

} // namespace tieline::test
