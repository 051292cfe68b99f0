#include "tieline/actors/cluster/membership/cluster_settings.hpp"

#include "tieline/actors/cluster/membership/addresses.hpp"
#include "tieline/actors/node/node_settings.hpp"
#include "tieline/messages/options/option_table.hpp"
#include "tieline/messages/support/host_port.hpp"

#include <algorithm>

namespace tieline {

namespace {

using namespace std::chrono_literals;

constexpr limits<caf::timespan> up_to_an_hour{1ms, 1h};

option_problem check_prefix(const std::string& prefix) {
  auto bad = [](char c) { return c <= ' ' || c > '~'; };
  if (prefix.empty() || prefix == "/"
      || std::any_of(prefix.begin(), prefix.end(), bad))
    return {"etcd-prefix", "not a name: '" + prefix + '\''};
  if (prefix.back() == '/')
    return {"etcd-prefix", "ends with /, which is added anyway"};
  return {};
}

/// What concerns etcd, and is there.
option_problem check_etcd(const cluster_settings& x) {
  struct row {
    const char* name;
    const std::string& value;
  };
  const row tls[] = {{"etcd-ca-file", x.etcd_ca_file},
                     {"etcd-certificate", x.etcd_certificate},
                     {"etcd-key", x.etcd_key}};
  const row login[] = {{"etcd-username", x.etcd_username},
                       {"etcd-password-file", x.etcd_password_file}};
  if (x.etcd.empty()) {
    for (const auto& [name, value] : tls)
      if (!value.empty())
        return {name, "there is no etcd"};
    for (const auto& [name, value] : login)
      if (!value.empty())
        return {name, "there is no etcd"};
    return {};
  }
  std::vector<etcd_endpoint> endpoints;
  if (auto why = read_etcd_urls(x.etcd, endpoints); !why.empty())
    return {"etcd", why};
  auto uses_tls = [](const etcd_endpoint& e) { return e.tls; };
  if (std::none_of(endpoints.begin(), endpoints.end(), uses_tls))
    for (const auto& [name, value] : tls)
      if (!value.empty())
        return {name, "no URL of etcd is https"};
  if (!x.etcd_key.empty() && x.etcd_certificate.empty())
    return {"etcd-certificate", "etcd-key needs it"};
  if (x.etcd_username.empty() != x.etcd_password_file.empty())
    return x.etcd_username.empty()
             ? option_problem{"etcd-username", "etcd-password-file needs it"}
             : option_problem{"etcd-password-file", "etcd-username needs it"};
  for (const auto& e : endpoints)
    if (!x.etcd_username.empty() && !e.tls && !is_loopback(e.host))
      return {"etcd", "the password would go to " + e.host
                        + " in plain text; use https"};
  return check_prefix(x.etcd_prefix);
}

option_problem contradiction_in(const cluster_settings& x) {
  if (!x.nodes.empty() && !x.etcd.empty())
    return {"nodes", "contradicts etcd: it is one or the other"};
  std::vector<cluster_node> nodes;
  if (auto why = read_nodes(x.nodes, nodes); !why.empty())
    return {"nodes", why};
  std::string host;
  uint16_t port = 0;
  if (!x.advertise.empty())
    if (auto why = read_host_port(x.advertise, host, port); !why.empty())
      return {"advertise", why};
  using option_value::print;
  if (x.lease % 1s != 0s)
    return {"lease", "etcd counts whole seconds, not " + print(x.lease)};
  // At least one renewal may fail.
  if (auto needed = 2 * x.renew_interval + x.close_before; x.lease < needed)
    return {"lease", print(x.lease)
                       + " is less than twice the renew-interval and "
                         "close-before, which is "
                       + print(needed)};
  return check_etcd(x);
}

} // namespace

template struct configurable<cluster_settings>;

const option_table<cluster_settings>& cluster_settings::table() {
  static const option_table<cluster_settings> result{
    "tieline.cluster",
    {
      {"nodes", &cluster_settings::nodes,
       "all nodes, each name=host:port or name=host:port*weight"},
      {"weight", &cluster_settings::weight, limits<double>{0, 1000},
       "this node's share of the keys relative to other nodes; 0: none"},
      {"advertise", &cluster_settings::advertise,
       "host:port at which others reach this node; empty: where it is "
       "published"},
      {"etcd", &cluster_settings::etcd,
       "URLs of an etcd cluster, each https://host:port or http://host:port"},
      {"etcd-prefix", &cluster_settings::etcd_prefix,
       "prefix of all keys of this cluster in etcd"},
      {"etcd-ca-file", &cluster_settings::etcd_ca_file, a_path,
       "PEM file with the authority of etcd's certificates; empty: the "
       "system's"},
      {"etcd-certificate", &cluster_settings::etcd_certificate, a_path,
       "PEM file with the certificate shown to etcd"},
      {"etcd-key", &cluster_settings::etcd_key, a_path,
       "PEM file with its key; empty: in the certificate's file"},
      {"etcd-username", &cluster_settings::etcd_username,
       "user name of this node at etcd"},
      {"etcd-password-file", &cluster_settings::etcd_password_file, a_path,
       "file with the password of etcd-username"},
      {"lease", &cluster_settings::lease, limits<caf::timespan>{2s, 1h},
       "how long a lost node keeps its keys; whole seconds"},
      {"renew-interval", &cluster_settings::renew_interval, up_to_an_hour,
       "how often the lease is renewed"},
      {"close-before", &cluster_settings::close_before,
       limits<caf::timespan>{100ms, 1h},
       "how long before the end of its lease a node without etcd closes its "
       "sessions"},
      {"look-interval", &cluster_settings::look_interval, up_to_an_hour,
       "how often the list of nodes is read"},
      {"hand-over-timeout", &cluster_settings::hand_over_timeout, up_to_an_hour,
       "how long a node that leaves may take to complete accepted work"},
      {"move-timeout", &cluster_settings::move_timeout, up_to_an_hour,
       "how long a request waits until its key has an owner"},
    },
    contradiction_in};
  return result;
}

etcd_access cluster_settings::access() const {
  etcd_access result;
  read_etcd_urls(etcd, result.endpoints);
  result.ca_file = etcd_ca_file;
  result.certificate = etcd_certificate;
  result.key = etcd_key;
  result.username = etcd_username;
  result.password_file = etcd_password_file;
  result.call_timeout = std::clamp<caf::timespan>(
    (lease - close_before - renew_interval) / 3, 100ms, 5s);
  return result;
}

} // namespace tieline
