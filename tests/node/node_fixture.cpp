#include "node/node_fixture.hpp"

#include "support/outcome.hpp"
#include "support/text.hpp"

#include <stdexcept>

namespace tieline::test {

using namespace std::chrono_literals;

node_settings plain_links() {
  node_settings result;
  result.heartbeat_interval = 200ms;
  result.connection_timeout = 2s;
  // Most tests want to hear of a loss.
  result.reconnect_timeout = 0s;
  // And peers may do all there is.
  result.may_operate = result.may_register = result.may_end = {"*"};
  return result;
}

node_settings tls_links(const certificate& mine, const std::string& authority) {
  auto result = plain_links();
  result.certificate = mine.file;
  result.key = mine.key;
  result.ca_file = authority;
  return result;
}

namespace {

std::string list_of(const std::vector<std::string>& names) {
  std::string result;
  for (const auto& x : names)
    result += (result.empty() ? "\"" : ", \"") + x + '"';
  return '[' + result + ']';
}

std::vector<std::string> command_for(const node_settings& how,
                                     const std::vector<std::string>& more,
                                     std::vector<std::string> result) {
  result.insert(result.end(),
                {NODE_PEER, "--tieline.node.address=" + how.address,
                 "--tieline.node.may-operate=" + list_of(how.may_operate),
                 "--tieline.node.may-register=" + list_of(how.may_register),
                 "--tieline.node.may-end=" + list_of(how.may_end),
                 "--tieline.node.port=" + std::to_string(how.port),
                 std::string{"--tieline.node.plain-text="}
                   + (how.plain_text ? "true" : "false"),
                 "--tieline.node.heartbeat-interval="
                   + caf::deep_to_string(how.heartbeat_interval),
                 "--tieline.node.connection-timeout="
                   + caf::deep_to_string(how.connection_timeout),
                 "--caf.scheduler.policy=sharing",
                 "--caf.scheduler.max-threads=2"});
  auto add = [&result](const std::string& name, const std::string& value) {
    if (!value.empty())
      result.push_back("--tieline.node." + name + "=" + value);
  };
  add("certificate", how.certificate);
  add("key", how.key);
  add("ca-file", how.ca_file);
  add("passphrase-file", how.passphrase_file);
  result.insert(result.end(), more.begin(), more.end());
  return result;
}

} // namespace

node_peer::node_peer(const node_settings& how,
                     const std::vector<std::string>& more,
                     std::vector<std::string> wrapper)
  : process_(command_for(how, more, std::move(wrapper)), dir_ / "log") {
  // nop
}

std::string node_peer::said() const {
  return read_file(dir_ / "log");
}

void node_peer::wait_for(const std::string& what, size_t times) {
  auto there = [&] { return count(said(), what + '\n') >= times; };
  eventually([&] { return there() || !running(); });
  if (!there())
    throw std::runtime_error("the peer has not said '" + what + "' but:\n"
                             + said());
}

uint16_t node_peer::port() {
  auto find = [&] {
    auto text = said();
    auto i = text.find("port ");
    return i == std::string::npos || text.find('\n', i) == std::string::npos
             ? 0
             : std::stoi(text.substr(i + 5));
  };
  eventually([&] { return find() != 0 || !running(); });
  if (find() == 0)
    throw std::runtime_error("the peer has published nothing:\n" + said());
  return static_cast<uint16_t>(find());
}

this_node::running_system::running_system(const node_settings& how)
  : enabled([&] {
      init();
      cfg.set("caf.scheduler.policy", "sharing");
      cfg.set("caf.scheduler.max-threads", 2);
      if (auto error = enable_nodes(cfg, how))
        throw std::runtime_error(describe(error));
      return true;
    }()),
    sys(cfg) {
  // nop
}

this_node::this_node(const node_settings& how)
  : how_(how),
    system_(std::make_unique<running_system>(how)),
    self_(std::make_unique<caf::scoped_actor>(system_->sys)) {
  // nop
}

this_node::~this_node() {
  for (auto& manager : managers_) {
    caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
    (*self_)->wait_for(manager);
  }
}

caf::expected<manager_actor> this_node::connect_to(uint16_t port) {
  return connect(sys(), "127.0.0.1", port, how_);
}

caf::expected<router_actor> this_node::router_at(uint16_t port) {
  return connect_router(sys(), "127.0.0.1", port, how_);
}

manager_actor this_node::manager_at(uint16_t port) {
  return required(connect_to(port));
}

manager_actor this_node::own_manager() {
  managers_.push_back(spawn_manager(sys(), settings{}));
  return managers_.back();
}

caf::expected<maybe_connection> this_node::open(const manager_actor& manager,
                                                const std::string& host,
                                                const std::string& username) {
  connection_params params;
  params.hostname = host;
  params.username = username;
  return ask<maybe_connection>(manager, caf::open_atom_v,
                               connection_key{host, "peer"}, params,
                               caf::timespan{0});
}

caf::expected<reply> this_node::execute(const connection_actor& connection,
                                        const std::string& body,
                                        std::optional<sink_actor> sink) {
  request what;
  what.body = body;
  what.sink = std::move(sink);
  return ask<reply>(connection, execute_atom_v, std::move(what));
}

} // namespace tieline::test
