#include "tieline/transports/option_table.hpp"
#include "tieline/transports/ssh/profile.hpp"

namespace tieline {

namespace {

using option_value::in_range;
using option_value::range;
using option_value::read_member;
using option_value::read_number;
using table_type = option_table<ssh_options>;

constexpr range channels{1, 1000};
constexpr range keepalives{1, 100};

bool in_range_or_off(caf::timespan x) {
  return x == caf::timespan{0} || in_range(x);
}

std::string set_policy(ssh_options& out, const caf::config_value& value) {
  std::string text;
  if (auto wrong = option_value::read(text, value); !wrong.empty())
    return wrong;
  if (!from_string(text, out.host_key_policy))
    return "must be strict, accept_new or off";
  return {};
}

std::string set_interval(ssh_options& out, const caf::config_value& value) {
  if (caf::get_as<caf::timespan>(value) == caf::timespan{0}) {
    out.keepalive_interval = caf::timespan{0};
    return {};
  }
  auto wrong = option_value::read(out.keepalive_interval, value);
  return wrong.empty() ? wrong : wrong + ", or 0s";
}

const table_type& table() {
  static const table_type result{
    "tieline.ssh",
    {
      {"connect_timeout", "for resolving and connecting (default 10s)",
       table_type::as<caf::timespan>,
       read_member<&ssh_options::connect_timeout>},
      {"key_exchange_timeout", "for banner and key exchange (default 15s)",
       table_type::as<caf::timespan>,
       read_member<&ssh_options::key_exchange_timeout>},
      {"auth_timeout", "for logging in (default 30s)",
       table_type::as<caf::timespan>, read_member<&ssh_options::auth_timeout>},
      {"channel_timeout", "for opening a channel (default 10s)",
       table_type::as<caf::timespan>,
       read_member<&ssh_options::channel_timeout>},
      {"host_key_policy", "strict (default), accept_new or off",
       table_type::as<std::string>, set_policy},
      {"known_hosts", "path of the host keys (default ~/.ssh/known_hosts)",
       table_type::as<std::string>, read_member<&ssh_options::known_hosts>},
      {"private_key_file", "path of a private key (default none)",
       table_type::as<std::string>,
       read_member<&ssh_options::private_key_file>},
      {"agent_socket", "path of an agent's socket, or env (default none)",
       table_type::as<std::string>, read_member<&ssh_options::agent_socket>},
      {"max_channels", "commands at once per session (default 8)",
       table_type::as<uint64_t>,
       read_number<&ssh_options::max_channels, channels.least, channels.most>},
      {"keepalive_interval",
       "silence before a peer is asked for a sign of life; 0s: off (default "
       "30s)",
       table_type::as<caf::timespan>, set_interval},
      {"keepalive_count", "intervals without an answer to that (default 3)",
       table_type::as<uint64_t>,
       read_number<&ssh_options::keepalive_count, keepalives.least,
                   keepalives.most>},
    }};
  return result;
}

} // namespace

std::string ssh::set_option(ssh_options& options, const std::string& name,
                            const caf::config_value& value) {
  return table().set(options, name, value);
}

caf::expected<ssh_options> ssh_options::load(const caf::settings& config) {
  return table().load(config);
}

caf::error ssh_options::check() const {
  return table().check({
    {"connect-timeout", in_range(connect_timeout)},
    {"key-exchange-timeout", in_range(key_exchange_timeout)},
    {"auth-timeout", in_range(auth_timeout)},
    {"channel-timeout", in_range(channel_timeout)},
    {"max-channels", channels.has(max_channels)},
    {"keepalive-interval", in_range_or_off(keepalive_interval)},
    {"keepalive-count", keepalives.has(keepalive_count)},
  });
}

void ssh_options::add_options(caf::config_option_set& options) {
  table().declare(options);
}

} // namespace tieline
