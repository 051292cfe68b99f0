#include "tieline/actors/node/node_settings.hpp"

#include "tieline/actors/setting_value.hpp"
#include "tieline/messages/caf_compat.hpp"

#include <caf/config_option_adder.hpp>

#include <type_traits>

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

} // namespace

caf::expected<node_settings> node_settings::load(const caf::settings& config) {
  node_settings result;
  auto outer = config.find("tieline");
  if (outer == config.end())
    return result;
  auto group = caf::get_as<caf::settings>(outer->second);
  if (!group)
    return invalid_setting({}, "not a group of settings");
  auto inner = group->find("node");
  if (inner == group->end())
    return result;
  auto node = caf::get_as<caf::settings>(inner->second);
  if (!node)
    return invalid_setting(".node", "not a group of settings");
  for (auto& [name, value] : *node)
    if (caf::holds_alternative<caf::settings>(value))
      return invalid_setting(".node." + std::string{name}, "no such setting");
  if (auto error = read_settings(*node, ".node.",
                                 [&](auto f) { each(result, f); }))
    return error;
  if (auto error = check_together(result))
    return error;
  return result;
}

caf::error node_settings::check() const {
  caf::error error;
  each(*this, [&error](const std::string& name, const auto& value, auto good,
                       const char*) {
    auto wrong = out_of_range(value, good);
    if (!wrong.empty() && !error)
      error = invalid_setting(".node." + name, wrong);
  });
  return error ? error : check_together(*this);
}

void node_settings::add_options(caf::config_option_set& options) {
  node_settings defaults;
  caf::config_option_adder adder{options, "tieline.node"};
  each(defaults, [&](compat::string_view name, auto& value, auto,
                     const std::string& help) {
    auto fallback = print(value);
    adder.add<std::decay_t<decltype(value)>>(
      name, fallback.empty() ? help : help + " (default " + fallback + ")");
  });
}

std::vector<setting_info> all_node_settings() {
  std::vector<setting_info> result;
  node_settings defaults;
  each(defaults, [&result](const char* name, const auto& value, auto good,
                           const char* help) {
    result.push_back({name, print(value), print(good), help, false});
  });
  return result;
}

} // namespace tieline
