#include "tieline/actors/cluster/cluster_settings.hpp"

#include "tieline/actors/cluster/addresses.hpp"
#include "tieline/actors/node/node_settings.hpp"
#include "tieline/actors/setting_group.hpp"
#include "tieline/messages/support/host_port.hpp"

#include <algorithm>

namespace tieline {

namespace {

using namespace std::chrono_literals;

/// Calls `f(name, value, limits, help)` for each setting.
template <class Settings, class F>
void each(Settings& x, F f) {
  constexpr limits<std::string> text{};
  constexpr limits<std::vector<std::string>> texts{};
  constexpr limits<caf::timespan> up_to_an_hour{1ms, 1h};
  f("nodes", x.nodes, texts,
    "all nodes, each name=host:port or name=host:port*weight");
  f("weight", x.weight, limits<double>{0, 1000},
    "this node's share of the keys, compared with others'; 0: none");
  f("advertise", x.advertise, text,
    "host:port at which others reach this node; empty: where it publishes");
  f("etcd", x.etcd, texts,
    "URLs of an etcd cluster, each https://host:port or http://host:port");
  f("etcd-prefix", x.etcd_prefix, text,
    "what all keys of this cluster in etcd begin with");
  f("etcd-ca-file", x.etcd_ca_file, text,
    "PEM file with what issued etcd's certificates; empty: the system's");
  f("etcd-certificate", x.etcd_certificate, text,
    "PEM file with the certificate shown to etcd");
  f("etcd-key", x.etcd_key, text,
    "PEM file with its key; empty: in the certificate's file");
  f("etcd-username", x.etcd_username, text, "whom etcd knows this node as");
  f("etcd-password-file", x.etcd_password_file, text,
    "file with the password of etcd-username");
  f("lease", x.lease, limits<caf::timespan>{2s, 1h},
    "how long a node that is lost keeps its keys; whole seconds");
  f("renew-interval", x.renew_interval, up_to_an_hour,
    "how often the lease is renewed");
  f("close-before", x.close_before, limits<caf::timespan>{100ms, 1h},
    "so long before its lease ends a node without etcd closes its sessions");
  f("look-interval", x.look_interval, up_to_an_hour,
    "how often the nodes are looked up");
  f("hand-over-timeout", x.hand_over_timeout, up_to_an_hour,
    "how long a node that leaves may take to end accepted work");
  f("move-timeout", x.move_timeout, up_to_an_hour,
    "how long a request waits for its key to get an owner");
}

caf::error wrong(const std::string& name, const std::string& why) {
  return invalid_setting(".cluster." + name, why);
}

caf::error check_prefix(const std::string& prefix) {
  auto bad = [](char c) { return c <= ' ' || c > '~'; };
  if (prefix.empty() || prefix == "/"
      || std::any_of(prefix.begin(), prefix.end(), bad))
    return wrong("etcd-prefix", "not a name: '" + prefix + '\'');
  if (prefix.back() == '/')
    return wrong("etcd-prefix", "ends with /, which is added anyway");
  return {};
}

/// What concerns etcd, and is there.
caf::error check_etcd(const cluster_settings& x) {
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
        return wrong(name, "there is no etcd");
    for (const auto& [name, value] : login)
      if (!value.empty())
        return wrong(name, "there is no etcd");
    return {};
  }
  std::vector<etcd_endpoint> endpoints;
  if (auto why = read_etcd_urls(x.etcd, endpoints); !why.empty())
    return wrong("etcd", why);
  auto uses_tls = [](const etcd_endpoint& e) { return e.tls; };
  if (std::none_of(endpoints.begin(), endpoints.end(), uses_tls))
    for (const auto& [name, value] : tls)
      if (!value.empty())
        return wrong(name, "no URL of etcd is https");
  if (!x.etcd_key.empty() && x.etcd_certificate.empty())
    return wrong("etcd-certificate", "etcd-key needs it");
  if (x.etcd_username.empty() != x.etcd_password_file.empty())
    return x.etcd_username.empty()
             ? wrong("etcd-username", "etcd-password-file needs it")
             : wrong("etcd-password-file", "etcd-username needs it");
  for (const auto& e : endpoints)
    if (!x.etcd_username.empty() && !e.tls && !is_loopback(e.host))
      return wrong("etcd", "the password would go to " + e.host
                             + " in plain text; use https");
  return check_prefix(x.etcd_prefix);
}

caf::error check_together(const cluster_settings& x) {
  if (!x.nodes.empty() && !x.etcd.empty())
    return wrong("nodes", "contradicts etcd: it is one or the other");
  std::vector<cluster_node> nodes;
  if (auto why = read_nodes(x.nodes, nodes); !why.empty())
    return wrong("nodes", why);
  std::string host;
  uint16_t port = 0;
  if (!x.advertise.empty())
    if (auto why = read_host_port(x.advertise, host, port); !why.empty())
      return wrong("advertise", why);
  if (x.lease % 1s != 0s)
    return wrong("lease", "etcd counts whole seconds, not " + print(x.lease));
  // At least one renewal may fail.
  if (auto needed = 2 * x.renew_interval + x.close_before; x.lease < needed)
    return wrong("lease", print(x.lease)
                            + " is less than twice the renew-interval and "
                              "close-before, which is "
                            + print(needed));
  return check_etcd(x);
}

constexpr auto table = [](auto& x, auto f) { each(x, f); };

} // namespace

caf::expected<cluster_settings>
cluster_settings::load(const caf::settings& config) {
  return load_group<cluster_settings>(config, "cluster", table, check_together);
}

caf::error cluster_settings::check() const {
  auto error = check_ranges(*this, ".cluster.", table);
  return error ? error : check_together(*this);
}

void cluster_settings::add_options(caf::config_option_set& options) {
  declare_settings<cluster_settings>(options, "tieline.cluster", table);
}

std::vector<setting_info> all_cluster_settings() {
  return describe_settings<cluster_settings>(table);
}

} // namespace tieline
