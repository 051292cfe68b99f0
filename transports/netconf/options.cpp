#include "tieline/messages/options/option_table.hpp"
#include "tieline/transports/credentials/credentials.hpp"
#include "tieline/transports/netconf/profile.hpp"

#include <utility>

namespace tieline {

namespace {

using namespace std::chrono_literals;

} // namespace

template struct configurable<netconf_options>;

const option_table<netconf_options>& netconf_options::table() {
  static const option_table<netconf_options> result{
    "tieline.netconf",
    {
      {"hello-timeout", &netconf_options::hello_timeout,
       limits<caf::timespan>{1ms, 1h}, "from the login to the device's hello"},
      {"max-pipelined", &netconf_options::max_pipelined,
       limits<uint64_t>{1, 1000},
       "requests sent before the first of them is answered"},
      {"message-limit", &netconf_options::message_limit,
       limits<uint64_t>{1024, uint64_t{1} << 30U},
       "largest message of a device, in bytes"},
      {"max-depth", &netconf_options::max_depth, limits<uint64_t>{16, 10000},
       "how deep its XML elements may lie in each other"},
      {"lenient", &netconf_options::lenient,
       "repair bytes that are no text of XML, and say so"},
      {"version", &netconf_options::version, "versions of NETCONF to offer"},
      {"share-session", &netconf_options::share_session,
       "use the session that ssh has open with the same params"},
    },
    nullptr,
    ssh_options::table().secrets()};
  return result;
}

caf::expected<netconf::profile>
netconf::make_profile(const connection_key& key, connection_params params,
                      const netconf_options& defaults) {
  profile result{defaults, std::move(params)};
  auto& extras = result.ssh.extras;
  const auto& table = netconf_options::table();
  if (auto error = table.take_extras(key, result.options, extras,
                                     result.ssh.from_peer))
    return error;
  const auto& of_ssh = ssh_options::table();
  for (const auto& [name, value] : extras)
    if (!of_ssh.has(name) && !is_credential_extra(name))
      return invalid_extra(key, {name, unknown_extra(name, {&table, &of_ssh})});
  result.ssh.port = result.ssh.port.value_or(well_known_port);
  return result;
}

} // namespace tieline
