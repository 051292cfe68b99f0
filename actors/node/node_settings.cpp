#include "tieline/actors/node/node_settings.hpp"

#include "tieline/actors/setting_group.hpp"

#include <arpa/inet.h>

namespace tieline {

namespace {

using namespace std::chrono_literals;

/// Calls `f(name, value, limits, help)` for each setting.
template <class Settings, class F>
void each(Settings& x, F f) {
  constexpr limits<std::string> text{};
  constexpr limits<caf::timespan> up_to_an_hour{1ms, 1h};
  f("port", x.port, limits<uint16_t>{0, 65535},
    "port to publish the manager at; 0: any that is free");
  f("address", x.address, text,
    "IP address to publish it at; empty: all of this machine");
  f("certificate", x.certificate, text,
    "PEM file with the certificate of this node, for TLS on all links");
  f("key", x.key, text, "PEM file with the private key of this node");
  f("ca-file", x.ca_file, text,
    "PEM file with the authority that issues the nodes' certificates");
  f("passphrase-file", x.passphrase_file, text,
    "file with the key's passphrase; else $TIELINE_NODE_PASSPHRASE");
  f("plain-text", x.plain_text, yes_or_no,
    "allow links without TLS to and from other machines");
  f("heartbeat-interval", x.heartbeat_interval, up_to_an_hour,
    "how often a link shows the peer that this node is there");
  f("connection-timeout", x.connection_timeout, up_to_an_hour,
    "a peer that was silent for so long is taken for lost");
  f("connect-timeout", x.connect_timeout, up_to_an_hour,
    "how long connecting to another node may take");
}

caf::error check_together(const node_settings& x) {
  auto any = !x.certificate.empty() || !x.key.empty() || !x.ca_file.empty()
             || !x.passphrase_file.empty();
  struct row {
    const char* name;
    const std::string& value;
  };
  const row needed[]
    = {{"certificate", x.certificate}, {"key", x.key}, {"ca-file", x.ca_file}};
  for (const auto& [name, value] : needed)
    if (any && value.empty())
      return invalid_setting(std::string{".node."} + name,
                             "TLS needs certificate, key and ca-file");
  if (any && x.plain_text)
    return invalid_setting(".node.plain-text",
                           "contradicts certificate: links use TLS or do not");
  if (x.connection_timeout < 2 * x.heartbeat_interval)
    return invalid_setting(
      ".node.connection-timeout",
      print(x.connection_timeout)
        + " is less than twice the heartbeat-interval, which is "
        + print(x.heartbeat_interval));
  return {};
}

constexpr auto table = [](auto& x, auto f) { each(x, f); };

} // namespace

caf::expected<node_settings> node_settings::load(const caf::settings& config) {
  return load_group<node_settings>(config, "node", table, check_together);
}

caf::error node_settings::check() const {
  auto error = check_ranges(*this, ".node.", table);
  return error ? error : check_together(*this);
}

void node_settings::add_options(caf::config_option_set& options) {
  declare_settings<node_settings>(options, "tieline.node", table);
}

bool is_loopback(const std::string& host) {
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1)
    return ntohl(v4.s_addr) >> 24 == 127;
  in6_addr v6{};
  if (inet_pton(AF_INET6, host.c_str(), &v6) == 1)
    return IN6_IS_ADDR_LOOPBACK(&v6);
  return host == "localhost";
}

std::vector<setting_info> all_node_settings() {
  return describe_settings<node_settings>(table);
}

} // namespace tieline
