#include "fleet/options.hpp"

#include <tieline/messages/caf_compat.hpp>

#include <caf/config_value.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <locale>
#include <memory>
#include <sstream>
#include <string_view>
#include <utility>

namespace fleet {

namespace {

constexpr const char* footer = R"(
Examples:
  fleet -i inventory -- show version
  fleet -i inventory -l 'core*,!core7' -f 100 -b -- show ntp status
  fleet -i inventory -l access --json -- show version | jq .output
  fleet --lab 200 -- show version

Inventory: nornir's hosts.yaml with groups.yaml and defaults.yaml beside it.
Defaults yield to groups, groups to the host; of two groups the one listed last
wins. The plugin's connection_options, merged the same way, win over all.
A host without a username is logged in to as the local user.

Passwords: from the inventory; where it has none, from the prompt (-k) or from
FLEET_PASSWORD. Never from the command line, where other users could read them.

Settings: the command line wins over a CAF config file (--config-file=FILE with
fleet { forks = 64, timeout = 10s }), the file over FLEET_INVENTORY,
FLEET_LIMIT, FLEET_FORKS, FLEET_TIMEOUT and FLEET_PLUGIN, those over the
defaults. Options of CAF and tieline work as well, for example
--caf.scheduler.max-threads=2 or --tieline.ssh.connect-timeout=5s; --dump-config
shows all.

Exit status: 0 all ok; 2 a command failed; 4 a host was unreachable; 6 both;
5 wrong usage or inventory; 130 interrupted; 1 anything else.)";

struct formatter : CLI::Formatter {
  std::string make_usage(const CLI::App*, std::string) const override {
    return "\nUsage: fleet -i INVENTORY [OPTIONS] -- COMMAND\n";
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
    if (option->is_flag() || i->find('=') != std::string::npos)
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

/// A value and where it comes from.
struct sourced {
  std::string value;
  std::string source;
};

template <class T>
void throw_bad(const sourced& x, const T& expected) {
  throw usage_error{x.source + ": must be " + expected + ", not '" + x.value
                    + "'"};
}

size_t to_forks(const sourced& x) {
  size_t result = 0;
  auto* last = x.value.data() + x.value.size();
  auto [end, code] = std::from_chars(x.value.data(), last, result);
  if (code != std::errc{} || end != last || result < 1 || result > 100'000)
    throw_bad(x, "a number from 1 to 100000");
  return result;
}

caf::timespan to_timeout(const sourced& x) {
  std::istringstream in{x.value};
  in.imbue(std::locale::classic());
  double seconds = 0;
  std::string unit;
  in >> seconds >> unit;
  if (unit == "ms")
    seconds /= 1000;
  else if (unit == "min")
    seconds *= 60;
  else if (!unit.empty() && unit != "s")
    seconds = 0;
  // Not the other way round: this also catches what is no number.
  if (!(seconds >= 0.001 && seconds <= 86400))
    throw_bad(x, "0.001 to 86400 seconds");
  return caf::timespan{std::llround(seconds * 1e9)};
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
  app.set_version_flag("--version", "fleet (tieline) " FLEET_VERSION);
  app.add_option("-i,--inventory", result.inventory,
                 "Folder with hosts.yaml, or the hosts file itself");
  app.add_option("-l,--limit", result.limit,
                 "Only hosts whose name or group matches these globs, "
                 "separated by commas; !GLOB takes hosts away");
  app.add_option("-f,--forks", result.forks, "Hosts at once [32]");
  app.add_option("-T,--timeout", result.timeout,
                 "Seconds for each host, login and command [30]");
  app.add_option("--plugin", result.plugin, "How to connect [ssh]");
  auto* output = app.add_option_group("Output", "One of");
  auto format = [&](const char* name, output_format x, const char* help) {
    output->add_flag_callback(
      name, [&result, x] { result.format = x; }, help);
  };
  format("-o,--one-line", output_format::lines, "One line per host");
  format("-b,--gather", output_format::gathered,
         "Identical output once, with all its hosts");
  format("--json", output_format::json, "One JSON object per line");
  output->require_option(0, 1);
  app.add_flag("-k,--ask-pass", result.ask_pass,
               "Ask for the password of hosts without one");
  app.add_flag("--list-hosts", result.list_hosts,
               "Only list the hosts, with -v how they are reached");
  app.add_flag("-v,--verbose", result.verbose,
               "Also tell threads and processor time");
  app
    .add_option("--lab", result.lab,
                "Serve so many simulated devices and use them as inventory")
    ->check(CLI::Range(1, 10'000));
  app
    .add_option("--lab-fault", result.lab_faults,
                "NAME[=AMOUNT]:COUNT: give a fault to the next COUNT devices "
                "of the lab, e.g. refuse:3 or slow-login=200:5")
    ->allow_extra_args(false)
    ->needs("--lab");
  try {
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
  if (result.command.empty() && !result.list_hosts)
    throw usage_error{"a command is missing: fleet ... -- COMMAND"};
  if (result.lab > 0 && result.inventory)
    throw usage_error{"--lab brings its own inventory: leave -i out"};
  return result;
}

options settle(const arguments& args, const caf::settings& file,
               const environment& env) {
  auto find = [&](const std::optional<std::string>& given, const char* flag,
                  const std::string& name,
                  const char* variable) -> std::optional<sourced> {
    if (given)
      return sourced{*given, flag};
    if (auto* x = caf::get_if<std::string>(&file, "fleet." + name))
      return sourced{*x, "fleet." + name};
    if (auto* x = caf::get_if(&file, "fleet." + name))
      return sourced{to_string(*x), "fleet." + name};
    if (auto* x = env(variable); x != nullptr && *x != '\0')
      return sourced{x, variable};
    return std::nullopt;
  };
  options result;
  if (args.lab == 0)
    if (auto x = find(args.inventory, "-i", "inventory", "FLEET_INVENTORY"))
      result.inventory = x->value;
  if (auto x = find(args.limit, "-l", "limit", "FLEET_LIMIT"))
    result.limit = x->value;
  if (auto x = find(args.forks, "-f", "forks", "FLEET_FORKS"))
    result.forks = to_forks(*x);
  if (auto x = find(args.timeout, "-T", "timeout", "FLEET_TIMEOUT"))
    result.timeout = to_timeout(*x);
  if (auto x = find(args.plugin, "--plugin", "plugin", "FLEET_PLUGIN"))
    result.plugin = x->value;
  if (result.inventory.empty() && args.lab == 0)
    throw usage_error{"an inventory is missing: -i INVENTORY or --lab N"};
  return result;
}

void add_options(caf::config_option_set& known) {
  known.add<std::string>("fleet", "inventory", "as -i")
    .add<std::string>("fleet", "limit", "as -l")
    .add<uint64_t>("fleet", "forks", "as -f")
    .add<caf::timespan>("fleet", "timeout", "as -T")
    .add<std::string>("fleet", "plugin", "as --plugin");
}

} // namespace fleet
