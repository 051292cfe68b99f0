#include "cluster/nodes_fixture.hpp"

#include "support/far_network.hpp"
#include "support/loopback_ports.hpp"

#include <tieline/actors/node/node.hpp>

#include <algorithm>
#include <csignal>
#include <stdexcept>

namespace tieline::test {

namespace {

std::string print(caf::timespan x) {
  return std::to_string(
           std::chrono::duration_cast<std::chrono::milliseconds>(x).count())
         + "ms";
}

lab::options lab_of(size_t devices) {
  lab::options result;
  result.devices = devices;
  result.password = "a secret";
  return result;
}

} // namespace

served_node::served_node(std::string name, uint16_t port,
                         const cluster_files& how, const std::string& address,
                         const std::vector<std::string>& wrapper)
  : name_(std::move(name)),
    port_(port) {
  auto password = dir_.write("password", how.password);
  auto tls = how.links.uses_tls()
               ? "certificate = \"" + how.links.certificate + "\", key = \""
                   + how.links.key + "\", ca-file = \"" + how.links.ca_file
                   + "\""
               : std::string{"plain-text = true"};
  auto config = dir_.write(
    "config",
    "caf { scheduler { policy = \"sharing\", max-threads = 2 } }\n"
    "tieline {\n node-name = \""
      + name_ + "\", close-timeout = 1s\n node { port = " + std::to_string(port)
      + ", address = \"" + address
      + "\", heartbeat-interval = " + print(how.links.heartbeat_interval)
      + ", connection-timeout = " + print(how.links.connection_timeout) + ", "
      + tls + " }\n cluster { " + how.cluster
      + " }\n credential { lab { username = \"lab\", password-file = \""
      + password
      + "\", hosts = [\"*\"] } }\n ssh { host-key-policy = \"off\" }\n}\n");
  std::vector<std::string> command{wrapper};
  command.insert(command.end(),
                 {NODES_PROGRAM, "serve", "--config-file=" + config});
  process_ = child_process{command, dir_.write("log", "")};
}

std::string served_node::log() const {
  return read_file(dir_ / "log");
}

void served_node::wait_for_join() {
  auto joined = [this] {
    return log().find("node " + name_ + " has joined") != std::string::npos;
  };
  eventually([&] { return joined() || !running(); });
  if (!joined())
    throw std::runtime_error("node " + name_ + " has not joined:\n" + log());
}

void served_node::end() {
  signal(SIGTERM);
  if (!eventually([this] { return !running(); }))
    throw std::runtime_error("node " + name_ + " does not end:\n" + log());
}

nodes_fixture::nodes_fixture(const std::vector<std::string>& names,
                             size_t devices, const std::string& cluster,
                             const node_settings& links)
  : devices(lab_of(devices)),
    client(links) {
  how_.links = links;
  how_.password = this->devices.settings().password;
  std::string list;
  for (const auto& name : names) {
    ports_[name] = free_port();
    list += (list.empty() ? "\"" : ", \"") + name
            + "=127.0.0.1:" + std::to_string(ports_[name]) + '"';
  }
  how_.cluster = cluster;
  if (auto i = how_.cluster.find("NODES"); i != std::string::npos)
    how_.cluster.replace(i, 5, "nodes = [" + list + "]");
  for (const auto& name : names)
    nodes_[name] = std::make_unique<served_node>(name, ports_.at(name), how_);
  for (const auto& name : names)
    nodes_[name]->wait_for_join();
}

void nodes_fixture::start(const std::string& name) {
  nodes_.erase(name);
  nodes_[name] = std::make_unique<served_node>(name, ports_.at(name), how_);
  nodes_[name]->wait_for_join();
}

router_actor nodes_fixture::router(const std::string& name) {
  return required(client.router_at(ports_.at(name)));
}

std::vector<node_status> nodes_fixture::status(const router_actor& at) {
  auto got = client.ask<std::vector<node_status>>(at, nodes_atom_v);
  return got ? *got : std::vector<node_status>{};
}

bool nodes_fixture::alive(const std::string& at, size_t count) {
  auto here = router(at);
  return eventually([&] {
    auto all = status(here);
    return all.size() >= count
           && static_cast<size_t>(std::count_if(
                all.begin(), all.end(),
                [](auto& x) { return x.node.state == node_state::alive; }))
                == count;
  });
}

connection_key nodes_fixture::key(size_t device) const {
  return {devices.at(device).name(), "ssh"};
}

connection_params nodes_fixture::params(size_t device) const {
  connection_params result;
  result.hostname = devices.at(device).address();
  result.port = devices.at(device).port();
  result.extras["credential"] = "lab";
  return result;
}

std::vector<connection_actor> nodes_fixture::open_all(const router_actor& at) {
  std::vector<open_item> items;
  for (size_t i = 0; i < devices.size(); ++i)
    items.push_back({key(i), params(i)});
  std::vector<connection_actor> result;
  for (auto& x : required(client.ask<std::vector<open_outcome>>(
         at, caf::open_atom_v, std::move(items), caf::timespan{0}))) {
    if (!x.connection)
      throw std::runtime_error("cannot be opened: " + describe(x.error));
    result.push_back(*x.connection);
  }
  return result;
}

std::string nodes_fixture::owner(const router_actor& at, size_t device) {
  auto got = client.ask<std::optional<connection_status>>(at, status_atom_v,
                                                          key(device));
  return got && *got ? (*got)->node : std::string{};
}

std::vector<size_t> nodes_fixture::devices_of(const router_actor& at,
                                              const std::string& name) {
  std::vector<size_t> result;
  for (size_t i = 0; i < devices.size(); ++i)
    if (owner(at, i) == name)
      result.push_back(i);
  return result;
}

caf::expected<reply> nodes_fixture::run(const connection_actor& connection,
                                        const std::string& command,
                                        caf::timespan timeout) {
  request what;
  what.body = command;
  what.timeout = timeout;
  return client.ask<reply>(connection, execute_atom_v, std::move(what));
}

uint64_t nodes_fixture::most_at_one_device() const {
  uint64_t result = 0;
  for (size_t i = 0; i < devices.size(); ++i)
    result = std::max(result, devices.at(i).count().peak);
  return result;
}

lab::options devices_at_the_field(size_t count) {
  lab::options result;
  result.devices = count;
  result.address = field_here;
  result.password = "a secret";
  return result;
}

} // namespace tieline::test
