#include "fleet/command_line.hpp"

#include <tieline/messages/options/config.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

namespace fleet {

namespace {

constexpr const char* footer = R"(
Examples:
  fleet -i inventory -- show version
  fleet -i inventory -l 'core*,!core7' -f 100 -b -- show ntp status
  fleet -i inventory -l access --json -- show version | jq .output
  fleet -i inventory --plugin netconf -- get-config source=running
  fleet -i inventory --plugin http -- GET /restconf/data
  fleet -i inventory --node core:4711 -- show version
  fleet -i inventory --plugin cli --answer '\[confirm\]=' -- clear counters
  fleet -i inventory -c 'show version' -c 'show inventory'
  fleet -i inventory --config vlans.txt --diff --commit-confirmed 120
  fleet --lab 200 -- show version
  fleet --lab 200 --plugin cli --platform cisco_iosxe -- show version

Inventory: nornir's hosts.yaml, with groups.yaml and defaults.yaml beside it.
A host takes precedence over its groups, and groups over the defaults; of two
groups the one listed last takes precedence. The plugin's connection_options,
merged the same way, take precedence over everything. A host without a username
uses the name of the local user. A field credential: NAME, beside or instead of
username, names a login that the process that runs the session looks up, in
tieline.credential.NAME: username, password-file, private-key-file...

What ~/.ssh/config and /etc/ssh/ssh_config say for the hostname of a host applies
to it with the plugins ssh and netconf (-F FILE, -F none), as with ssh: address,
port, user, keys, known hosts, algorithms, times. The inventory takes precedence
over them. ProxyJump is followed; a host that they reach by a command
(ProxyCommand) is an error. --list-hosts -v shows the line that each value comes
from. What fleet finds there and does not support it says.

Jump hosts: a field jump: BASTION of a host, a group or the defaults names the
host of the inventory through which a host is reached, with any plugin. The jump
host may have one, too. jump: none ends that. -J takes precedence over the
inventory, and the inventory over ProxyJump; none takes away all of these. fleet logs in at each jump host
once, as its entry says (plugin ssh), for all hosts behind it.

Passwords come from the inventory. Where it has none, they come from the prompt
(-k) or from FLEET_PASSWORD. They never come from the command line, where other
users could read them. The secret of 'enable' (plugin cli) comes from the
inventory (secrets), a file (--enable-secret-file), the prompt (-K) or
FLEET_ENABLE_SECRET.

Network devices: without --plugin, hosts whose platform is that of a network
device, such as cisco_iosxe, use the plugin cli, and the others ssh.
--config FILE takes each line of the file to where the device is configured. The
first line that fails stops it. Then, and if the commit fails, nothing is
committed; where each line takes effect at once, those before it stay, and fleet
says so. --check undoes all at the end, --diff shows what is different. With
--commit-confirmed fleet confirms as soon as the device still answers; if it does
not, the device goes back by itself.

Settings: the command line takes precedence over a CAF config file
(--config-file=FILE with fleet { forks = 64, timeout = 10s }). The file takes
precedence over FLEET_INVENTORY, FLEET_LIMIT, FLEET_FORKS, FLEET_TIMEOUT,
FLEET_PLUGIN, FLEET_NODE and FLEET_SSH_CONFIG, and those over the defaults. All settings of CAF
and tieline work as well, for example --caf.scheduler.max-threads=2,
--tieline.ssh.connect-timeout=5s or, in a file,
tieline { open-retries = 0, plugin { ssh { backoff = 2s } } }. --dump-config
shows all. An extra in a host's connection_options (open_retries) takes
precedence over the setting.

Turns: of the hosts at work (-f), 32 log in at once (--tieline.max-opening), and
10 with the same username (--tieline.max-opening-per-credential), because
authentication servers have their limits. The others wait for their turn, at
most an hour (--tieline.acquire-timeout). The time of a host (-T) begins with
its turn. Without -T, --tieline.open-timeout limits the login and
--tieline.execute-timeout the command. When 3 hosts in a row refuse a password
(--tieline.credential-failures), no other host is tried with it, so that the
account is not locked.

Another process that has published its manager may run the sessions (--node).
Its settings, credentials and files apply then, and other processes share its
sessions: fleet closes none of them, not even after an interrupt, and -T
includes the wait for the turn. Links use TLS with --tieline.node.certificate,
--tieline.node.key and --tieline.node.ca-file. Without TLS, passwords do not
cross them.

Why does it take so long? After SIGUSR1, fleet prints its progress and a table
of all connections to standard error. --status prints such a table at the end.
--explain explains timeouts and hosts that were not tried. Its lines are below
the result; with --json they are the member "explanation" of the result.

Exit status: 0 all ok; 2 a command failed; 4 a host was unreachable; 6 both;
3 only that a command ended without an exit status, as on some devices;
5 wrong usage or inventory; 130 interrupted; 1 anything else.)";

/// Help without what CLI11 adds for its own sake.
struct formatter : CLI::Formatter {
  formatter() {
    column_width(26);
  }

  std::string make_usage(const CLI::App*, std::string) const override {
    return "\nUsage: fleet -i INVENTORY [OPTIONS] -- COMMAND\n";
  }

  std::string make_option_opts(const CLI::Option* x) const override {
    return x->get_type_size() == 0 ? "" : ' ' + x->get_type_name();
  }
};

bool is_setting(std::string_view arg) {
  auto begins_with = [arg](std::string_view x) {
    return arg.substr(0, x.size()) == x;
  };
  return begins_with("--caf.") || begins_with("--tieline.")
         || begins_with("--config-file") || arg == "--dump-config";
}

/// Moves the settings out of `args` in the one form that CAF reads.
std::vector<std::string> take_settings(std::vector<std::string>& args,
                                       const caf::config_option_set& known) {
  std::vector<std::string> own;
  std::vector<std::string> result;
  for (auto i = args.begin(); i != args.end(); ++i) {
    if (!is_setting(*i)) {
      own.push_back(*i);
      continue;
    }
    auto name = i->substr(2, i->find('=') - 2);
    auto* option = known.cli_long_name_lookup({name.data(), name.size()});
    if (option == nullptr)
      throw usage_error{"unknown setting: " + *i};
    if (tieline::is_flag(*option) || i->find('=') != std::string::npos)
      result.push_back(*i);
    else if (std::next(i) != args.end()) {
      result.push_back(*i + '=' + *std::next(i));
      ++i;
    } else
      throw usage_error{"a value is missing: " + *i};
  }
  args = std::move(own);
  return result;
}

std::string take_command(std::vector<std::string>& args) {
  auto dashes = std::find(args.begin(), args.end(), "--");
  std::string result;
  for (auto i = dashes; i != args.end(); ++i)
    if (i != dashes)
      result += (result.empty() ? "" : " ") + *i;
  args.erase(dashes, args.end());
  return result;
}

void declare(CLI::App& app, arguments& into, std::vector<std::string>& commands,
             std::vector<output_format>& formats) {
  app.set_version_flag("--version", "fleet (tieline) " FLEET_VERSION);
  app
    .add_option("-i,--inventory", into.inventory,
                "Folder with hosts.yaml, or the hosts file itself")
    ->type_name("PATH");
  app
    .add_option("-l,--limit", into.limit,
                "Only hosts whose name or group matches; !GLOB excludes")
    ->type_name("GLOB,...");
  app.add_option("-f,--forks", into.forks, "Hosts at once [32]")
    ->type_name("N");
  app
    .add_option("-T,--timeout", into.timeout,
                "For each host, from its turn to log in to the\n"
                "command's end [30 for the login, 30 for the command]")
    ->type_name("SECONDS");
  app
    .add_option("--plugin", into.plugin,
                "How to connect: cli, http, netconf or ssh\n"
                "[cli for network devices, else ssh]")
    ->type_name("NAME");
  app
    .add_option("--platform", into.platform,
                "What the hosts are, for the plugin cli, such as\n"
                "cisco_iosxe; the inventory's platform else")
    ->type_name("NAME");
  app
    .add_option("--mode", into.mode,
                "The mode of the device to run the command in (cli)")
    ->type_name("NAME");
  app
    .add_option("--answer", into.answers,
                "What to answer to a question of the device (cli);\n"
                "may be given again")
    ->type_name("PATTERN=TEXT")
    ->allow_extra_args(false);
  app
    .add_option("-H,--header", into.headers,
                "A header field of the request (http); may be given\n"
                "again")
    ->type_name("NAME: VALUE")
    ->allow_extra_args(false);
  app
    .add_option("-c,--command", commands,
                "A command, instead of the one behind '--'; those that\n"
                "are given again run one after the other")
    ->type_name("COMMAND")
    ->allow_extra_args(false);
  app
    .add_option("--config", into.config,
                "Configure by the lines of a file, - for the standard\n"
                "input (cli)")
    ->type_name("FILE");
  app.add_flag("--diff", into.diff, "Show what --config makes different");
  app.add_flag("--check", into.check, "Undo it at the end");
  app
    .add_option("--commit-confirmed", into.commit_confirmed,
                "The device goes back after that time, unless fleet\n"
                "reaches it and confirms")
    ->type_name("SECONDS")
    ->check(CLI::Range(1, 86'400));
  app
    .add_option("-F,--ssh-config", into.ssh_config,
                "A file of ssh_config(5), or none\n"
                "[~/.ssh/config and /etc/ssh/ssh_config]")
    ->type_name("FILE");
  app
    .add_option("-J,--jump", into.jump,
                "Reach all hosts through these jump hosts: hosts of the\n"
                "inventory or [USER@]HOST[:PORT]; or none")
    ->type_name("HOST,...");
  app
    .add_option("--node", into.node,
                "Run through the manager that another process has\n"
                "published")
    ->type_name("HOST:PORT");
  app.add_flag("-k,--ask-pass", into.ask_pass,
               "Ask for the password of hosts without one");
  app.add_flag("-K,--ask-enable-secret", into.ask_enable_secret,
               "Ask for the secret of 'enable' (cli)");
  app
    .add_option("--enable-secret-file", into.enable_secret_file,
                "The file that holds it")
    ->type_name("FILE");
  app.add_flag("--list-hosts", into.list_hosts,
               "Only list the hosts; with -v how they are reached");
  auto format = [&](const char* name, output_format x, const char* help) {
    app
      .add_flag_callback(
        name, [&formats, x] { formats.push_back(x); }, help)
      ->group("Output");
  };
  format("-o,--one-line", output_format::lines, "One line per host");
  format("-b,--gather", output_format::gathered,
         "Identical output once, with all its hosts");
  format("--json", output_format::json, "One JSON object per line");
  app
    .add_flag("-v,--verbose", into.verbose,
              "Also print threads and processor time")
    ->group("Output");
  app
    .add_option("--explain", into.explain,
                "Explain why these hosts timed out or were not tried;\n"
                "may be given again")
    ->type_name("GLOB,...")
    ->allow_extra_args(false)
    ->group("Output");
  app
    .add_flag("--status", into.status,
              "At the end, print a table: the state of each\n"
              "connection when its host was done")
    ->group("Output");
  app
    .add_option("--lab", into.lab,
                "Serve N simulated devices and take them as inventory")
    ->type_name("N")
    ->group("Lab");
  app
    .add_option("--lab-fault", into.lab_faults,
                "NAME[=AMOUNT]:COUNT gives a fault to the next COUNT\n"
                "devices, e.g. refuse:3")
    ->type_name("FAULT")
    ->allow_extra_args(false)
    ->group("Lab");
}

void check(const arguments& x, size_t formats) {
  if (formats > 1)
    throw usage_error{"only one of -o, -b and --json"};
  auto& sets = x.settings;
  auto only_settings = std::find(sets.begin(), sets.end(), "--dump-config")
                       != sets.end();
  if (x.config && !x.command.empty())
    throw usage_error{"--config or a command, not both"};
  if (!x.config && (x.diff || x.check || x.commit_confirmed))
    throw usage_error{"--diff, --check and --commit-confirmed need --config"};
  if (x.check && x.commit_confirmed)
    throw usage_error{"--check commits nothing: leave --commit-confirmed out"};
  if (x.ask_enable_secret && x.enable_secret_file)
    throw usage_error{"only one of -K and --enable-secret-file"};
  if (x.command.empty() && !x.config && !x.list_hosts && !only_settings)
    throw usage_error{"a command is missing: fleet ... -- COMMAND"};
  if (x.lab && (*x.lab < 1 || *x.lab > 10'000))
    throw usage_error{"--lab: must be 1 to 10000"};
  if (x.lab && x.inventory)
    throw usage_error{"--lab brings its own inventory: leave -i out"};
  if (!x.lab && !x.lab_faults.empty())
    throw usage_error{"--lab-fault needs --lab"};
}

} // namespace

std::optional<arguments> parse(const std::vector<std::string>& args,
                               const caf::config_option_set& known,
                               std::ostream& out) {
  arguments result;
  auto rest = args;
  result.command = take_command(rest);
  result.settings = take_settings(rest, known);
  CLI::App app{"Runs a command on many hosts at once.", "fleet"};
  app.formatter(std::make_shared<formatter>());
  app.footer(footer);
  std::vector<output_format> formats;
  std::vector<std::string> commands;
  declare(app, result, commands, formats);
  try {
    // CLI11 takes them from the back.
    std::reverse(rest.begin(), rest.end());
    app.parse(rest);
  } catch (const CLI::Success& x) {
    app.exit(x, out, out);
    return std::nullopt;
  } catch (const CLI::ExtrasError& x) {
    throw usage_error{std::string{x.what()}
                      + " (the command goes behind '--')"};
  } catch (const CLI::ParseError& x) {
    throw usage_error{x.what()};
  }
  if (!formats.empty())
    result.format = formats.front();
  if (!commands.empty() && !result.command.empty())
    throw usage_error{"a command is behind '--' or behind -c"};
  for (const auto& x : commands)
    result.command += (result.command.empty() ? "" : "\n") + x;
  check(result, formats.size());
  return result;
}

} // namespace fleet
