#include "tieline/messages/failure.hpp"
#include "tieline/transports/netconf/profile.hpp"
#include "tieline/transports/option_table.hpp"

#include <utility>

namespace tieline {

namespace {

using option_value::in_range;
using option_value::range;
using option_value::read_member;
using option_value::read_number;
using table_type = option_table<netconf_options>;

constexpr uint16_t well_known_port = 830;

constexpr range pipelined{1, 1000};
constexpr range message{1024, uint64_t{1} << 30U};
constexpr range depth{16, 10000};

std::string set_version(netconf_options& out, const caf::config_value& value) {
  auto parsed = caf::get_as<std::string>(value);
  if (!parsed || !from_string(*parsed, out.version))
    return "must be both, 1.0 or 1.1";
  return {};
}

const table_type& table() {
  static const table_type result{
    "tieline.netconf",
    {
      {"hello_timeout", "from the login to the server's hello (default 30s)",
       table_type::as<caf::timespan>,
       read_member<&netconf_options::hello_timeout>},
      {"max_pipelined",
       "requests sent before the first is answered (default 8)",
       table_type::as<uint64_t>,
       read_number<&netconf_options::max_pipelined, pipelined.least,
                   pipelined.most>},
      {"message_limit", "largest message in bytes (default 67108864)",
       table_type::as<uint64_t>,
       read_number<&netconf_options::message_limit, message.least,
                   message.most>},
      {"max_depth", "how deep XML may be (default 256)",
       table_type::as<uint64_t>,
       read_number<&netconf_options::max_depth, depth.least, depth.most>},
      {"version", "both (default), 1.0 or 1.1", table_type::as<std::string>,
       set_version},
      {"share_session",
       "run on an SSH session of the plugin ssh (default true)",
       table_type::as<bool>, read_member<&netconf_options::share_session>},
    }};
  return result;
}

} // namespace

bool netconf::is_option(const std::string& name) {
  return table().has(name);
}

std::string netconf::set_option(netconf_options& options,
                                const std::string& name,
                                const caf::config_value& value) {
  return table().set(options, name, value);
}

caf::expected<netconf::profile>
netconf::make_profile(const connection_key& key, connection_params params,
                      const netconf_options& defaults) {
  profile result{defaults, std::move(params)};
  auto& extras = result.ssh.extras;
  for (auto pos = extras.begin(); pos != extras.end();) {
    const auto& [name, value] = *pos;
    if (!is_option(name)) {
      ++pos;
      continue;
    }
    auto wrong = set_option(result.options, name, caf::config_value{value});
    if (!wrong.empty())
      return make_error(errc::invalid_params,
                        {key, step::open, "extras." + name + ": " + wrong});
    pos = extras.erase(pos);
  }
  result.ssh.port = result.ssh.port.value_or(well_known_port);
  return result;
}

caf::expected<netconf_options>
netconf_options::load(const caf::settings& config) {
  return table().load(config);
}

caf::error netconf_options::check() const {
  return table().check({
    {"hello-timeout", in_range(hello_timeout)},
    {"max-pipelined", pipelined.has(max_pipelined)},
    {"message-limit", message.has(message_limit)},
    {"max-depth", depth.has(max_depth)},
  });
}

void netconf_options::add_options(caf::config_option_set& options) {
  table().declare(options);
}

} // namespace tieline
