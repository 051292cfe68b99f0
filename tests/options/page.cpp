#include "options/page.hpp"

#include "fleet/options.hpp"

#include <tieline/actors/cluster/membership/cluster_settings.hpp>
#include <tieline/actors/node/node_settings.hpp>
#include <tieline/actors/settings.hpp>
#include <tieline/messages/options/option_table.hpp>
#include <tieline/transports/cli/cli.hpp>
#include <tieline/transports/credentials/credentials.hpp>
#include <tieline/transports/http/http.hpp>
#include <tieline/transports/netconf/netconf.hpp>
#include <tieline/transports/ssh/ssh.hpp>

#include <sstream>

namespace tieline::test {

namespace {

void write_row(std::ostream& out, const option_info& x,
               const std::string& name) {
  out << "| `" << name << "` | "
      << (x.fallback.empty() ? "none" : '`' + x.fallback + '`') << " | "
      << x.range << " | " << x.help << " |\n";
}

/// Writes the options of a table from one on.
void write_rows(std::ostream& out, const option_list& table,
                const std::string& head, size_t from = 0,
                size_t to = std::string::npos) {
  out << "\n| `" << head
      << "` | default | range | meaning |\n|---|---|---|---|\n";
  for (auto i = from; i < table.rows().size() && i < to; ++i)
    write_row(out, table.rows()[i], table.rows()[i].name);
}

void write_secrets(std::ostream& out, const option_list& table) {
  out << "\nIts secrets, in `params.secrets`: ";
  for (const auto& x : table.secrets())
    out << (&x == table.secrets().data() ? "" : "; ") << '`' << x.name << "` ("
        << x.help << ')';
  out << ".\n";
}

} // namespace

std::string settings_page() {
  std::ostringstream out;
  const auto& all = settings::table();
  auto of_policy = policy::table().rows().size();
  out << R"(# Settings

<!-- Written by `./dev docs` from the tables of options. Change the tables, not this file. -->

All settings are read from the CAF config of the actor system. A value that is out of range, a value of another type and
an unknown name are errors (`errc::invalid_setting`) that name the setting, the value and the range. So is an unknown
group under `tieline`: the settings of your own plugins and programs belong outside of it. Each group of settings has a
function `add_options`, which declares the group to the config of a program, so that the settings work on the command
line as well: `--tieline.open-timeout=10s`. If the config of the program derives from `tieline::config`, a text can also
be empty there (`--tieline.node.address=`), and a flag is given as `--tieline.keep-open`, `--tieline.keep-open=true` or
`--tieline.keep-open=false`.

Times are written `500ms`, `10s`, `2min` or `1h`.

## How a connection behaves

Each of these settings can also be set for one plugin, in a group such as `tieline { plugin { ssh { ... } } }`, and for one
connection, as an extra of its params: `extras["idle_timeout"] = "1min"`. The names of extras may have underscores or dashes.
An extra with a wrong value is `errc::invalid_params`.
)";
  write_rows(out, all, "tieline.", 0, of_policy);
  out << "\n## The limits that all connections share\n";
  write_rows(out, all, "tieline.", of_policy);
  out << R"(
Two extras of a connection name the limits that the connection shares with others:

| extra | default | range | meaning |
|---|---|---|---|
)";
  for (const auto& x : limit_domains::table().rows())
    write_row(out, x, underscored(x.name));
  out << R"(
## The plugin ssh

Each of these settings is also an extra of a connection.
)";
  write_rows(out, ssh_options::table(), "tieline.ssh.");
  write_secrets(out, ssh_options::table());
  out << R"(
## The plugin netconf

Each of these settings is also an extra of a connection, together with those of ssh.
)";
  write_rows(out, netconf_options::table(), "tieline.netconf.");
  write_secrets(out, netconf_options::table());
  out << R"(
## The plugin cli

Each of these settings but `platforms` is also an extra of a connection, together with those of ssh. Further secrets of a
connection, such as `enable`, answer questions of the device that ask for a secret by name.
)";
  write_rows(out, cli_options::table(), "tieline.cli.");
  write_secrets(out, cli_options::table());
  out << R"(
## The plugin http

Each of these settings is also an extra of a connection.
)";
  write_rows(out, http_options::table(), "tieline.http.");
  write_secrets(out, http_options::table());
  out << R"(
## Credentials

The extra `credential` of a connection names a group `tieline.credential.<name>` of the process in which the session runs.
Secrets are never settings: a credential names the file or the environment variable that contains them.
)";
  write_rows(out, credential::table(), "tieline.credential.<name>.");
  out << "\n## Links between nodes\n";
  write_rows(out, node_settings::table(), "tieline.node.");
  out << "\n## A cluster\n";
  write_rows(out, cluster_settings::table(), "tieline.cluster.");
  out << R"(
## The program fleet

A command line option takes precedence over the config file, and the file over the environment variable `FLEET_<NAME>`.
)";
  write_rows(out, fleet::options::table(), "fleet.");
  return out.str();
}

} // namespace tieline::test
