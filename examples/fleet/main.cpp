/// @file
/// fleet: runs a command on all hosts of an inventory, by tieline.

#include "fleet/command_line.hpp"
#include "fleet/config.hpp"
#include "fleet/interrupt.hpp"
#include "fleet/inventory.hpp"
#include "fleet/lab_hosts.hpp"
#include "fleet/limit.hpp"
#include "fleet/messages.hpp"
#include "fleet/options.hpp"
#include "fleet/password.hpp"
#include "fleet/plugins.hpp"
#include "fleet/printer.hpp"
#include "fleet/runner.hpp"
#include "fleet/ssh_config.hpp"
#include "fleet/usage.hpp"
#include "fleet/ways.hpp"

#include <tieline/actors/manager.hpp>
#include <tieline/actors/node/node.hpp>
#include <tieline/messages/secret_file.hpp>
#include <tieline/messages/support/file.hpp>
#include <tieline/messages/support/printable.hpp>
#include <tieline/messages/support/text.hpp>
#include <tieline/transports/cli/cli.hpp>
#include <tieline/transports/http/http.hpp>

#include <caf/actor_system.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/scoped_actor.hpp>

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace fleet;

namespace compat = tieline::compat;

int to_int(exit_status x) {
  return static_cast<int>(x);
}

std::vector<host> choose(std::vector<host> hosts, const std::string& text) {
  limit chosen{text};
  for (auto& glob : chosen.unused(hosts))
    std::cerr << "fleet: the limit " << tieline::in_quotes(glob)
              << " matches nothing\n";
  auto left_out = [&chosen](const host& x) { return !chosen.matches(x); };
  hosts.erase(std::remove_if(hosts.begin(), hosts.end(), left_out),
              hosts.end());
  if (hosts.empty())
    throw usage_error{"no host matches the limit " + tieline::in_quotes(text)};
  return hosts;
}

/// Returns the choices of hosts whose failures are to be explained.
std::vector<limit> choose_explained(const std::vector<std::string>& texts,
                                    const std::vector<host>& hosts) {
  std::vector<limit> result;
  for (auto& text : texts) {
    auto& chosen = result.emplace_back(text);
    for (auto& glob : chosen.unused(hosts))
      throw usage_error{"--explain: no host matches '" + glob + "'"};
  }
  return result;
}

std::string local_user() {
  auto* entry = getpwuid(geteuid());
  return entry == nullptr ? "" : entry->pw_name;
}

/// Completes what the inventory leaves open. Returns false if the user
/// interrupted the prompt.
/// @param name_user whether nobody else says who logs in
bool add_credentials(std::vector<host>& hosts, std::vector<host>& hops,
                     bool ask, bool name_user) {
  tieline::secret password;
  auto names_one = [](const host& x) {
    return x.params.extras.count("credential") > 0;
  };
  auto open = [&](const host& x) {
    return !x.params.password.given() && !names_one(x);
  };
  if (ask && std::any_of(hosts.begin(), hosts.end(), open)) {
    auto typed = ask_password("Password: ");
    if (!typed)
      return false;
    password = *typed;
  } else if (auto* value = std::getenv("FLEET_PASSWORD");
             value != nullptr && *value != '\0') {
    password = tieline::secret{value};
  }
  auto complete = [&](host& x) {
    if (open(x))
      x.params.password = password;
    if (name_user && x.params.username.empty() && !names_one(x))
      x.params.username = local_user();
  };
  std::for_each(hosts.begin(), hosts.end(), complete);
  std::for_each(hops.begin(), hops.end(), complete);
  return true;
}

/// Returns the secret of 'enable' for hosts without one; empty if there is
/// none, nothing if the user interrupted the prompt.
std::optional<tieline::secret> enable_secret(const arguments& args) {
  tieline::secret result;
  if (args.ask_enable_secret)
    return ask_password("Secret of enable: ");
  if (args.enable_secret_file) {
    auto why = tieline::read_secret_file(*args.enable_secret_file,
                                         tieline::secret_text::without_line_end,
                                         result);
    if (!why.empty())
      throw usage_error{"--enable-secret-file: " + why};
  } else if (auto* value = std::getenv("FLEET_ENABLE_SECRET")) {
    result = tieline::secret{value};
  }
  return result;
}

/// Completes what shells of devices need. Returns false if the user interrupted
/// the prompt.
bool prepare_shells(std::vector<host>& hosts, const arguments& args) {
  auto is_shell = [](const host& x) { return x.plugin == "cli"; };
  auto other = std::find_if_not(hosts.begin(), hosts.end(), is_shell);
  // A line of configuration is no command for a server.
  if (other != hosts.end()
      && (args.mode || !args.answers.empty() || args.config))
    throw usage_error{"--mode, --answer and --config need the plugin cli, and "
                      + other->name + " has " + other->plugin};
  if (std::none_of(hosts.begin(), hosts.end(), is_shell))
    return true;
  auto secret = enable_secret(args);
  if (!secret)
    return false;
  for (auto& x : hosts)
    if (is_shell(x) && !secret->empty())
      x.params.secrets.emplace("enable", *secret);
  return true;
}

/// Returns all hosts, each with the plugin that reaches it.
std::vector<host> find_hosts(const options& todo, const arguments& args,
                             const lab_hosts* lab) {
  auto hosts_for = [&](const std::string& plugin) {
    auto result = lab != nullptr
                    ? lab->hosts(plugin)
                    : resolve(read_inventory(todo.inventory, plugin));
    for (auto& x : result) {
      x.plugin = plugin;
      if (args.platform)
        x.params.platform = *args.platform;
    }
    return result;
  };
  if (!todo.plugin.empty())
    return hosts_for(todo.plugin);
  // What a host is may stand in the options of either plugin.
  auto result = hosts_for("ssh");
  auto in_shells = hosts_for("cli");
  for (size_t i = 0; i < result.size(); ++i)
    if (tieline::is_network_platform(in_shells[i].params.platform))
      result[i] = std::move(in_shells[i]);
  return result;
}

/// Returns the lines of a configuration.
std::string read_config(const std::string& path) {
  constexpr size_t most = size_t{16} << 20U;
  std::string result;
  if (path == "-") {
    result.assign(std::istreambuf_iterator<char>{std::cin}, {});
  } else if (auto why = tieline::read_file(path, most, result); !why.empty()) {
    throw usage_error{"--config: " + why};
  }
  if (result.find_first_not_of(" \r\n") == std::string::npos)
    throw usage_error{"--config: there are no lines in it"};
  return result;
}

/// Adds a header field, `Name: value`; one that comes again is joined (RFC
/// 9110, 5.3).
void add_header(std::map<std::string, std::string>& to,
                const std::string& given) {
  constexpr const char* blanks = " \t";
  auto colon = given.find(':');
  if (colon == std::string::npos)
    throw usage_error{"-H: must be 'Name: value', not '" + given + "'"};
  auto name = "header." + given.substr(0, colon);
  auto begin = given.find_first_not_of(blanks, colon + 1);
  auto value = begin == std::string::npos
                 ? std::string{}
                 : given.substr(begin,
                                given.find_last_not_of(blanks) - begin + 1);
  if (auto why = tieline::check_header_extra(name, value); !why.empty())
    throw usage_error{"-H: " + given.substr(0, colon) + ": " + why};
  auto [known, fresh] = to.emplace(name, value);
  if (!fresh)
    known->second += ", " + value;
}

/// Completes the job by what is to be done on each host.
void settle_requests(job& what, const arguments& args) {
  what.command = args.command;
  if (args.mode)
    what.attributes["mode"] = *args.mode;
  for (const auto& x : args.answers)
    what.attributes["answers"] += x + '\n';
  for (const auto& x : args.headers)
    add_header(what.attributes, x);
  if (!args.config)
    return;
  what.command = read_config(*args.config);
  what.attributes["config"] = args.check ? "check" : "commit";
  if (args.diff)
    what.attributes["diff"] = "true";
  if (args.commit_confirmed) {
    what.attributes["commit-confirmed"]
      = std::to_string(*args.commit_confirmed);
    what.confirms = true;
  }
}

/// Lists the hosts.
/// @param config what applies to them; null: nothing
void list(std::ostream& out, const std::vector<host>& hosts, bool verbose,
          const ssh_config* config) {
  for (auto& x : hosts) {
    out << x.name;
    if (verbose && config != nullptr) {
      out << ' ';
      config->show_way(out, x);
      continue;
    }
    if (verbose) {
      auto named = x.params.extras.find("credential");
      out << ' ' << x.params.username;
      if (named != x.params.extras.end())
        out << '(' << named->second << ')';
      out << '@' << x.params.hostname;
      if (x.params.port)
        out << ':' << *x.params.port;
      for (auto i = x.params.via.rbegin(); i != x.params.via.rend(); ++i)
        out << " via " << i->key.hostname;
      for (auto& group : x.groups)
        out << ' ' << group;
    }
    out << '\n';
  }
}

/// Readies the process for a link to another one.
void prepare_link(config& cfg, const std::vector<host>& hosts) {
  if (auto error = tieline::enable_nodes(cfg))
    throw usage_error{tieline::describe(error)};
  if (tieline::secret::serialization_permitted())
    return;
  auto check = [](const std::string& name,
                  const tieline::connection_params& params) {
    if (!params.password.empty() || !params.secrets.empty())
      throw usage_error{
        "the link to the node is in plain text, so " + name
        + "'s password or key would not cross it: use TLS "
          "(--tieline.node.certificate, key and ca-file), or 'credential: "
          "NAME' in the inventory, which the node resolves itself"};
  };
  for (auto& x : hosts) {
    check(x.name, x.params);
    for (auto& hop : x.params.via)
      check(hop.key.hostname, hop.params);
  }
}

/// Returns a manager for the job. Both that may throw come before it exists,
/// for it has to be told to end.
tieline::manager_actor manager_for(caf::actor_system& sys, const job& what) {
  caf::scoped_actor self{sys};
  std::map<std::string, tieline::factory_actor> factories;
  for (const auto& x : what.hosts)
    if (factories.count(x.plugin) == 0)
      factories.emplace(x.plugin, spawn_plugin(sys, x.plugin));
  // That of jump hosts, which files may name, too.
  if (factories.count("ssh") == 0)
    factories.emplace("ssh", spawn_plugin(sys, "ssh"));
  auto manager = tieline::spawn_manager(sys);
  for (auto& [plugin, factory] : factories)
    compat::request(self.ptr(), manager, caf::infinite,
                    tieline::set_factory_atom_v, plugin, std::move(factory))
      .receive([](bool) {},
               [](const caf::error& x) {
                 throw std::runtime_error{tieline::describe(x)};
               });
  return manager;
}

/// Returns what stands for the manager of another process.
tieline::manager_actor manager_at(caf::actor_system& sys, const node& where) {
  auto manager = tieline::connect(sys, where.host, where.port);
  if (manager)
    return *manager;
  auto what = tieline::describe(manager.error());
  if (tieline::code_of(manager.error()) == tieline::errc::invalid_setting)
    throw usage_error{what};
  throw std::runtime_error{what};
}

int run(config& cfg, job what, const std::optional<node>& at,
        const arguments& args, const lab_hosts* lab) {
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys};
  auto manager = at ? manager_at(sys, *at) : manager_for(sys, what);
  auto farewell = at ? "fleet: giving up what is under way; interrupt again to "
                       "exit at once\n"
                     : "fleet: closing all sessions; interrupt again to exit "
                       "at once\n";
  auto printer = spawn_printer(sys, what.hosts.size(), args.format,
                               args.verbose);
  auto runner = spawn_runner(sys, manager, printer, std::move(what));
  interrupt signals{
    {[runner, farewell] {
       std::cerr << (isatty(STDERR_FILENO) == 1 ? "\n" : "") << farewell;
       compat::anon_send(runner, stop_atom_v);
     },
     [lab] {
       if (lab != nullptr)
         lab->remove_files();
     },
     [runner] { compat::anon_send(runner, tieline::status_atom_v); }}};
  auto complain = [](const caf::error& x) {
    std::cerr << "fleet: " << tieline::describe(x) << '\n';
  };
  compat::request(self.ptr(), runner, caf::infinite, run_atom_v)
    .receive([] {}, complain);
  auto result = to_int(exit_status::internal);
  compat::request(self.ptr(), printer, caf::infinite, finish_atom_v,
                  signals.happened())
    .receive([&result](int32_t status) { result = status; },
             [](const caf::error&) {
               // It ended early, and has said why.
             });
  // Of another process's manager only what stands for it ends here.
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
  self->wait_for(manager);
  return result;
}

/// Reads the files of ssh_config(5) and makes the plugin do so; returns null if
/// none applies.
std::unique_ptr<ssh_config> read_ssh_config(config& cfg, const arguments& args,
                                            const options& todo, bool jumps) {
  constexpr const char* name = "tieline.ssh.config-file";
  auto takes_part = todo.plugin != "http" || jumps;
  // The devices of the lab are what they are.
  auto is_wanted = !todo.at && (!args.lab || args.ssh_config);
  auto given = caf::get_or(content(cfg), name, std::string{});
  if (!takes_part || !is_wanted || !given.empty())
    return nullptr;
  auto result = std::make_unique<ssh_config>(todo.ssh_config, todo.plugin);
  if (result->setting().empty())
    return nullptr;
  cfg.set(name, result->setting());
  return result;
}

int run(int argc, char** argv) {
  config cfg;
  auto args = parse({argv + 1, argv + argc}, cfg.custom_options(), std::cout);
  if (!args || !cfg.read(args->settings))
    return to_int(exit_status::ok);
  auto todo = settle(*args, content(cfg), [](const char* x) {
    return static_cast<const char*>(std::getenv(x));
  });
  if (!args->headers.empty() && todo.plugin != "http")
    throw usage_error{"-H needs the plugin http"};
  if (args->platform && !todo.plugin.empty() && todo.plugin != "cli")
    throw usage_error{"--platform needs the plugin cli, not " + todo.plugin};
  // Not what its devices are, but how they are reached then.
  if (args->lab && todo.plugin.empty())
    todo.plugin = args->platform ? "cli" : "ssh";
  std::unique_ptr<lab_hosts> lab;
  if (args->lab)
    lab = std::make_unique<lab_hosts>(*args->lab, todo.plugin,
                                      todo.plugin == "cli"
                                        ? args->platform.value_or("cisco_iosxe")
                                        : "",
                                      args->lab_faults);
  if (!lab)
    for (auto& line : loose_files(todo.inventory))
      std::cerr << "fleet: " << tieline::printable(line) << '\n';
  auto hosts = choose(find_hosts(todo, *args, lab.get()), todo.limit);
  auto jump = args->jump
              || std::any_of(hosts.begin(), hosts.end(),
                             [](const host& x) { return !x.jump.empty(); });
  ways jumps{jump && !lab ? resolve(read_inventory(todo.inventory, "ssh"))
                          : std::vector<host>{},
             args->jump};
  auto config = read_ssh_config(cfg, *args, todo, jumps.any(hosts));
  if (config)
    for (auto& line : config->unsupported(args->verbose))
      std::cerr << "fleet: " << tieline::printable(line) << '\n';
  if (args->list_hosts) {
    jumps.add_to(hosts);
    std::ostringstream lines;
    list(lines, hosts, args->verbose, config.get());
    std::cout << tieline::printable_lines(lines.str());
    return to_int(exit_status::ok);
  }
  if (!prepare_shells(hosts, *args))
    return to_int(exit_status::interrupted);
  job what;
  what.explain = choose_explained(args->explain, hosts);
  if (config)
    what.configured = [config = config.get()](const host& x) {
      return config->configured(x);
    };
  if (!add_credentials(hosts, jumps.hops(), args->ask_pass, config == nullptr))
    return to_int(exit_status::interrupted);
  jumps.add_to(hosts);
  if (todo.at)
    prepare_link(cfg, hosts);
  what.shared = todo.at.has_value();
  what.hosts = std::move(hosts);
  settle_requests(what, *args);
  what.forks = todo.forks;
  what.timeout = todo.timeout;
  what.status = args->status;
  return run(cfg, std::move(what), todo.at, *args, lab.get());
}

int complain(exit_status status, const std::exception& x) {
  std::cerr << "fleet: " << tieline::printable(x.what()) << '\n';
  return to_int(status);
}

} // namespace

int main(int argc, char** argv) {
  // First of all, so that every thread inherits it.
  block_signals();
  raise_open_files_limit();
  leave_no_core_file();
  caf::core::init_global_meta_objects();
  tieline::init();
  caf::init_global_meta_objects<caf::id_block::fleet>();
  try {
    return run(argc, argv);
  } catch (const usage_error& x) {
    return complain(exit_status::usage, x);
  } catch (const inventory_error& x) {
    return complain(exit_status::usage, x);
  } catch (const std::invalid_argument& x) {
    return complain(exit_status::usage, x);
  } catch (const std::exception& x) {
    return complain(exit_status::internal, x);
  }
}
