#include "tieline/actors/node/node_settings.hpp"

#include "tieline/messages/options/option_table.hpp"

#include <arpa/inet.h>

namespace tieline {

namespace {

using namespace std::chrono_literals;

constexpr limits<caf::timespan> up_to_an_hour{1ms, 1h};

option_problem contradiction_in(const node_settings& x) {
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
      return {name, "TLS needs certificate, key and ca-file"};
  if (any && x.plain_text)
    return {"plain-text", "contradicts certificate: links use TLS or do not"};
  using option_value::print;
  if (x.connection_timeout < 2 * x.heartbeat_interval)
    return {"connection-timeout",
            print(x.connection_timeout)
              + " is less than twice the heartbeat-interval, which is "
              + print(x.heartbeat_interval)};
  return {};
}

} // namespace

template struct configurable<node_settings>;

const option_table<node_settings>& node_settings::table() {
  static const option_table<node_settings> result{
    "tieline.node",
    {
      {"port", &node_settings::port, limits<uint16_t>{0, 65535},
       "port at which the manager is published; 0: any free port"},
      {"address", &node_settings::address,
       "IP address at which it is published; empty: all addresses"},
      {"certificate", &node_settings::certificate, a_path,
       "PEM file with the certificate of this node, for TLS on all links"},
      {"key", &node_settings::key, a_path,
       "PEM file with the private key of this node"},
      {"ca-file", &node_settings::ca_file, a_path,
       "PEM file with the authority that issues the nodes' certificates"},
      {"passphrase-file", &node_settings::passphrase_file, a_path,
       "file with the key's passphrase; else $TIELINE_NODE_PASSPHRASE"},
      {"plain-text", &node_settings::plain_text,
       "allow links without TLS to and from other machines"},
      {"peer-extras", &node_settings::peer_extras,
       "extras that peers may set though they name files or verification"},
      {"may-use", &node_settings::may_use,
       "peers that may open and run, as patterns of their names; empty: all"},
      {"may-operate", &node_settings::may_operate,
       "peers that may pause, drain, and close all; empty: none"},
      {"may-register", &node_settings::may_register,
       "peers that may bring plugins; empty: none"},
      {"may-end", &node_settings::may_end,
       "peers that may end the manager; empty: none"},
      {"heartbeat-interval", &node_settings::heartbeat_interval, up_to_an_hour,
       "how often a link sends a heartbeat"},
      {"connection-timeout", &node_settings::connection_timeout, up_to_an_hour,
       "a peer that is silent this long counts as lost"},
      {"connect-timeout", &node_settings::connect_timeout, up_to_an_hour,
       "how long it may take to connect to another node"},
      {"reconnect-timeout", &node_settings::reconnect_timeout,
       limits<caf::timespan>{1ms, 1h, true},
       "how long an open or a request without a time waits for a lost node"},
    },
    contradiction_in};
  return result;
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

} // namespace tieline
