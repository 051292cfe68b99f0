#include "tieline/transports/ssh/profile.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

namespace tieline {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view category = "tieline.ssh";

bool in_range(caf::timespan x) {
  return x >= caf::timespan{1ms} && x <= caf::timespan{1h};
}

bool in_range(uint64_t x, uint64_t most) {
  return x >= 1 && x <= most;
}

constexpr uint64_t most_channels = 1000;
constexpr uint64_t most_keepalives = 100;

bool in_range_or_off(caf::timespan x) {
  return x == caf::timespan{0} || in_range(x);
}

std::string set_time(caf::timespan& out, const caf::config_value& value) {
  auto parsed = caf::get_as<caf::timespan>(value);
  if (!parsed)
    return "is not a duration like 500ms, 10s or 2min";
  if (!in_range(*parsed))
    return "must be 1ms to 1h";
  out = *parsed;
  return {};
}

std::string set_number(uint64_t& out, uint64_t most,
                       const caf::config_value& value) {
  auto parsed = caf::get_as<uint64_t>(value);
  if (!parsed || !in_range(*parsed, most))
    return "must be 1 to " + std::to_string(most);
  out = *parsed;
  return {};
}

std::string set_text(std::string& out, const caf::config_value& value) {
  auto parsed = caf::get_as<std::string>(value);
  if (!parsed)
    return "is not a string";
  if (parsed->find('\0') != std::string::npos)
    return "has a NUL byte";
  out = std::move(*parsed);
  return {};
}

struct option {
  std::string_view name;
  std::string_view help;
  void (*declare)(caf::config_option_set&, const option&);
  std::string (*set)(ssh_options&, const caf::config_value&);
};

template <class T>
void declare(caf::config_option_set& options, const option& x) {
  std::string name{x.name};
  std::replace(name.begin(), name.end(), '_', '-');
  options.add<T>(std::string{category}, name, std::string{x.help});
}

const std::array<option, 11> table{{
  {"connect_timeout", "for resolving and connecting (default 10s)",
   declare<caf::timespan>,
   [](ssh_options& x, const caf::config_value& value) {
     return set_time(x.connect_timeout, value);
   }},
  {"key_exchange_timeout", "for banner and key exchange (default 15s)",
   declare<caf::timespan>,
   [](ssh_options& x, const caf::config_value& value) {
     return set_time(x.key_exchange_timeout, value);
   }},
  {"auth_timeout", "for logging in (default 30s)", declare<caf::timespan>,
   [](ssh_options& x, const caf::config_value& value) {
     return set_time(x.auth_timeout, value);
   }},
  {"channel_timeout", "for opening a channel (default 10s)",
   declare<caf::timespan>,
   [](ssh_options& x, const caf::config_value& value) {
     return set_time(x.channel_timeout, value);
   }},
  {"host_key_policy", "strict (default), accept_new or off",
   declare<std::string>,
   [](ssh_options& x, const caf::config_value& value) -> std::string {
     std::string text;
     if (auto wrong = set_text(text, value); !wrong.empty())
       return wrong;
     if (!from_string(text, x.host_key_policy))
       return "must be strict, accept_new or off";
     return {};
   }},
  {"known_hosts", "path of the host keys (default ~/.ssh/known_hosts)",
   declare<std::string>,
   [](ssh_options& x, const caf::config_value& value) {
     return set_text(x.known_hosts, value);
   }},
  {"private_key_file", "path of a private key (default none)",
   declare<std::string>,
   [](ssh_options& x, const caf::config_value& value) {
     return set_text(x.private_key_file, value);
   }},
  {"agent_socket", "path of an agent's socket, or env (default none)",
   declare<std::string>,
   [](ssh_options& x, const caf::config_value& value) {
     return set_text(x.agent_socket, value);
   }},
  {"max_channels", "commands at once per session (default 8)",
   declare<uint64_t>,
   [](ssh_options& x, const caf::config_value& value) {
     return set_number(x.max_channels, most_channels, value);
   }},
  {"keepalive_interval",
   "silence before a peer is asked for a sign of life; 0s: off (default 30s)",
   declare<caf::timespan>,
   [](ssh_options& x, const caf::config_value& value) -> std::string {
     if (caf::get_as<caf::timespan>(value) == caf::timespan{0}) {
       x.keepalive_interval = caf::timespan{0};
       return {};
     }
     auto wrong = set_time(x.keepalive_interval, value);
     return wrong.empty() ? wrong : wrong + ", or 0s";
   }},
  {"keepalive_count", "intervals without an answer to that (default 3)",
   declare<uint64_t>,
   [](ssh_options& x, const caf::config_value& value) {
     return set_number(x.keepalive_count, most_keepalives, value);
   }},
}};

} // namespace

std::string ssh::set_option(ssh_options& options, const std::string& name,
                            const caf::config_value& value) {
  auto pos = std::find_if(table.begin(), table.end(),
                          [&](const option& x) { return x.name == name; });
  if (pos == table.end()) {
    std::string wrong = "unknown; there are";
    for (const auto& x : table)
      wrong += (&x == table.data() ? " " : ", ") + std::string{x.name};
    return wrong;
  }
  return pos->set(options, value);
}

caf::expected<ssh_options> ssh_options::load(const caf::settings& config) {
  ssh_options result;
  const auto* found = caf::get_if(&config, std::string{category});
  if (found == nullptr)
    return result;
  const auto* section = caf::get_if<caf::settings>(found);
  if (section == nullptr)
    return make_error(errc::invalid_setting,
                      {{}, step::none, std::string{category} + ": no section"});
  for (const auto& [name, value] : *section) {
    auto field = name;
    std::replace(field.begin(), field.end(), '-', '_');
    // Underscores would be a second way to write each of them.
    auto wrong = name.find('_') == std::string::npos
                   ? ssh::set_option(result, field, value)
                   : std::string{"unknown; write dashes for underscores"};
    if (!wrong.empty())
      return make_error(
        errc::invalid_setting,
        {{}, step::none, std::string{category} + '.' + name + ": " + wrong});
  }
  return result;
}

caf::error ssh_options::check() const {
  const std::pair<const char*, bool> rows[] = {
    {"connect-timeout", in_range(connect_timeout)},
    {"key-exchange-timeout", in_range(key_exchange_timeout)},
    {"auth-timeout", in_range(auth_timeout)},
    {"channel-timeout", in_range(channel_timeout)},
    {"max-channels", in_range(max_channels, most_channels)},
    {"keepalive-interval", in_range_or_off(keepalive_interval)},
    {"keepalive-count", in_range(keepalive_count, most_keepalives)},
  };
  for (const auto& [name, good] : rows)
    if (!good)
      return make_error(errc::invalid_setting, {{},
                                                step::none,
                                                std::string{category} + '.'
                                                  + name + ": out of range"});
  return {};
}

void ssh_options::add_options(caf::config_option_set& options) {
  for (const auto& x : table)
    x.declare(options, x);
}

} // namespace tieline
