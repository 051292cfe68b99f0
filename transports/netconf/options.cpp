#include "tieline/messages/failure.hpp"
#include "tieline/transports/netconf/profile.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

namespace tieline {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view category = "tieline.netconf";

constexpr uint16_t well_known_port = 830;

struct range {
  uint64_t least;
  uint64_t most;

  bool has(uint64_t x) const {
    return x >= least && x <= most;
  }
};

constexpr range pipelined_range{1, 1000};
constexpr range message_range{1024, uint64_t{1} << 30U};
constexpr range depth_range{16, 10000};

bool in_range(caf::timespan x) {
  return x >= caf::timespan{1ms} && x <= caf::timespan{1h};
}

std::string set_number(uint64_t& out, range good,
                       const caf::config_value& value) {
  auto parsed = caf::get_as<uint64_t>(value);
  if (!parsed || !good.has(*parsed))
    return "must be " + std::to_string(good.least) + " to "
           + std::to_string(good.most);
  out = *parsed;
  return {};
}

std::string set_timeout(netconf_options& out, const caf::config_value& value) {
  auto parsed = caf::get_as<caf::timespan>(value);
  if (!parsed)
    return "is not a duration like 500ms, 10s or 2min";
  if (!in_range(*parsed))
    return "must be 1ms to 1h";
  out.hello_timeout = *parsed;
  return {};
}

std::string set_version(netconf_options& out, const caf::config_value& value) {
  auto parsed = caf::get_as<std::string>(value);
  if (!parsed || !from_string(*parsed, out.version))
    return "must be both, 1.0 or 1.1";
  return {};
}

std::string set_share(netconf_options& out, const caf::config_value& value) {
  auto parsed = caf::get_as<bool>(value);
  if (!parsed)
    return "must be true or false";
  out.share_session = *parsed;
  return {};
}

struct option {
  std::string_view name;
  std::string_view help;
  void (*declare)(caf::config_option_set&, const option&);
  std::string (*set)(netconf_options&, const caf::config_value&);
};

template <class T>
void declare(caf::config_option_set& options, const option& x) {
  std::string name{x.name};
  std::replace(name.begin(), name.end(), '_', '-');
  options.add<T>(std::string{category}, name, std::string{x.help});
}

const std::array<option, 6> table{{
  {"hello_timeout", "from the login to the server's hello (default 30s)",
   declare<caf::timespan>, set_timeout},
  {"max_pipelined", "requests sent before the first is answered (default 8)",
   declare<uint64_t>,
   [](netconf_options& x, const caf::config_value& value) {
     return set_number(x.max_pipelined, pipelined_range, value);
   }},
  {"message_limit", "largest message in bytes (default 67108864)",
   declare<uint64_t>,
   [](netconf_options& x, const caf::config_value& value) {
     return set_number(x.message_limit, message_range, value);
   }},
  {"max_depth", "how deep XML may be (default 256)", declare<uint64_t>,
   [](netconf_options& x, const caf::config_value& value) {
     return set_number(x.max_depth, depth_range, value);
   }},
  {"version", "both (default), 1.0 or 1.1", declare<std::string>, set_version},
  {"share_session", "run on an SSH session of the plugin ssh (default true)",
   declare<bool>, set_share},
}};

caf::error invalid_setting(std::string cause) {
  return make_error(errc::invalid_setting,
                    {{}, step::none, std::string{category} + cause});
}

} // namespace

bool netconf::is_option(const std::string& name) {
  return std::any_of(table.begin(), table.end(),
                     [&](const option& x) { return x.name == name; });
}

std::string netconf::set_option(netconf_options& options,
                                const std::string& name,
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
  netconf_options result;
  const auto* found = caf::get_if(&config, std::string{category});
  if (found == nullptr)
    return result;
  const auto* section = caf::get_if<caf::settings>(found);
  if (section == nullptr)
    return invalid_setting(": no section");
  for (const auto& [name, value] : *section) {
    auto field = name;
    std::replace(field.begin(), field.end(), '-', '_');
    // Underscores would be a second way to write each of them.
    auto wrong = name.find('_') == std::string::npos
                   ? netconf::set_option(result, field, value)
                   : std::string{"unknown; write dashes for underscores"};
    if (!wrong.empty())
      return invalid_setting('.' + name + ": " + wrong);
  }
  return result;
}

caf::error netconf_options::check() const {
  const std::pair<const char*, bool> rows[] = {
    {"hello-timeout", in_range(hello_timeout)},
    {"max-pipelined", pipelined_range.has(max_pipelined)},
    {"message-limit", message_range.has(message_limit)},
    {"max-depth", depth_range.has(max_depth)},
  };
  for (const auto& [name, good] : rows)
    if (!good)
      return invalid_setting(std::string{"."} + name + ": out of range");
  return {};
}

void netconf_options::add_options(caf::config_option_set& options) {
  for (const auto& x : table)
    x.declare(options, x);
}

} // namespace tieline
