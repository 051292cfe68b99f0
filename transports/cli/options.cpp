#include "tieline/messages/failure.hpp"
#include "tieline/messages/options/option_table.hpp"
#include "tieline/messages/support/ascii.hpp"
#include "tieline/transports/cli/profile.hpp"
#include "tieline/transports/credentials/credentials.hpp"

#include <algorithm>
#include <utility>

namespace tieline {

namespace {

using namespace std::chrono_literals;

constexpr limits<caf::timespan> up_to_an_hour{1ms, 1h};

} // namespace

template struct configurable<cli_options>;

const option_table<cli_options>& cli_options::table() {
  static const option_table<cli_options> result{
    "tieline.cli",
    {
      {"platforms", &cli_options::platforms,
       "folders with files of platforms, before tieline's own; not an extra",
       said_by::this_process},
      {"ready-timeout", &cli_options::ready_timeout, up_to_an_hour,
       "from the start of the shell until it is ready"},
      {"settle-time", &cli_options::settle_time, limits<caf::timespan>{0s, 10s},
       "how long a prompt has to stand still"},
      {"resync-timeout", &cli_options::resync_timeout, up_to_an_hour,
       "for getting back to a prompt when a request was given up"},
      {"idle-return-interval", &cli_options::idle_return_interval,
       limits<caf::timespan>{1s, 24h, true},
       "how often an idle session sends a return; 0s: never"},
      {"columns", &cli_options::columns, limits<uint64_t>{40, 10000},
       "of the terminal"},
      {"rows", &cli_options::rows, limits<uint64_t>{10, 10000},
       "of the terminal"},
      {"share-session", &cli_options::share_session,
       "use the session that ssh has open with the same params"},
    },
    nullptr,
    ssh_options::table().secrets()};
  return result;
}

namespace cli {

namespace {

caf::error invalid(const connection_key& key, std::string why) {
  return make_error(errc::invalid_params, {key, step::open, std::move(why)});
}

} // namespace

caf::expected<profile>
make_profile(const connection_key& key, connection_params params,
             const cli_options& defaults, const platform_library& platforms) {
  profile result;
  result.options = defaults;
  result.ssh = std::move(params);
  auto& extras = result.ssh.extras;
  if (extras.count("platforms") > 0)
    return invalid_extra(key, {"platforms", "is a setting of the plugin only"});
  const auto& table = cli_options::table();
  if (auto error = table.take_extras(key, result.options, extras,
                                     result.ssh.from_peer))
    return error;
  const auto& of_ssh = ssh_options::table();
  for (const auto& [name, value] : extras)
    if (!of_ssh.has(name) && !is_credential_extra(name))
      return invalid_extra(key, {name, unknown_extra(name, {&table, &of_ssh})});
  auto& shell = result.shell;
  std::string why;
  shell.platform = platforms.find(result.ssh.platform, why);
  if (!shell.platform)
    return invalid(key, "platform: " + why);
  auto& secrets = result.ssh.secrets;
  for (auto i = secrets.begin(); i != secrets.end();) {
    if (of_ssh.has_secret(i->first)) {
      ++i;
      continue;
    }
    if (i->second.withheld())
      return make_error(errc::secret_withheld,
                        {key, step::open, "secrets." + i->first});
    auto text = i->second.reveal();
    if (std::any_of(text.begin(), text.end(), is_control))
      return invalid(key, "secrets." + i->first + ": has a control character");
    shell.secrets.insert(*i);
    i = secrets.erase(i);
  }
  shell.username = result.ssh.username;
  shell.password = result.ssh.password;
  shell.ready_timeout = result.options.ready_timeout;
  shell.settle_time = result.options.settle_time;
  shell.resync_timeout = result.options.resync_timeout;
  shell.idle_return_interval = result.options.idle_return_interval;
  return result;
}

} // namespace cli

} // namespace tieline
