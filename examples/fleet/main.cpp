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

#include <tieline/actors/manager.hpp>
#include <tieline/actors/node/node.hpp>

#include <caf/actor_system.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/scoped_actor.hpp>

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
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
    std::cerr << "fleet: the limit '" << glob << "' matches nothing\n";
  auto left_out = [&chosen](const host& x) { return !chosen.matches(x); };
  hosts.erase(std::remove_if(hosts.begin(), hosts.end(), left_out),
              hosts.end());
  if (hosts.empty())
    throw usage_error{"no host matches the limit '" + text + "'"};
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
bool add_credentials(std::vector<host>& hosts, bool ask, bool name_user) {
  tieline::secret password;
  auto names_one = [](const host& x) {
    return x.params.extras.count("credential") > 0;
  };
  auto open = [&](const host& x) {
    return x.params.password.empty() && !names_one(x);
  };
  if (ask && std::any_of(hosts.begin(), hosts.end(), open)) {
    auto typed = ask_password("Password: ");
    if (!typed)
      return false;
    password = *typed;
  } else if (auto* value = std::getenv("FLEET_PASSWORD")) {
    password = tieline::secret{value};
  }
  for (auto& x : hosts) {
    if (open(x))
      x.params.password = password;
    if (name_user && x.params.username.empty() && !names_one(x))
      x.params.username = local_user();
  }
  return true;
}

/// Completes what shells of devices need.
void prepare_shells(std::vector<host>& hosts, const arguments& args) {
  auto* secret = std::getenv("FLEET_ENABLE_SECRET");
  for (auto& x : hosts) {
    if (args.platform)
      x.params.platform = *args.platform;
    if (secret != nullptr)
      x.params.secrets.emplace("enable", tieline::secret{secret});
  }
}

/// Lists the hosts.
/// @param config what applies to them; null: nothing
void list(const std::vector<host>& hosts, bool verbose,
          const ssh_config* config) {
  for (auto& x : hosts) {
    std::cout << x.name;
    if (verbose && config != nullptr) {
      std::cout << ' ';
      config->show_way(std::cout, x);
      continue;
    }
    if (verbose) {
      auto named = x.params.extras.find("credential");
      std::cout << ' ' << x.params.username;
      if (named != x.params.extras.end())
        std::cout << '(' << named->second << ')';
      std::cout << '@' << x.params.hostname;
      if (x.params.port)
        std::cout << ':' << *x.params.port;
      for (auto& group : x.groups)
        std::cout << ' ' << group;
    }
    std::cout << '\n';
  }
}

/// Readies the process for a link to another one.
void prepare_link(config& cfg, const std::vector<host>& hosts) {
  if (auto error = tieline::enable_nodes(cfg))
    throw usage_error{tieline::describe(error)};
  if (tieline::secret::serialization_permitted())
    return;
  for (auto& x : hosts)
    if (!x.params.password.empty() || !x.params.secrets.empty())
      throw usage_error{
        "the link to the node is in plain text, so " + x.name
        + "'s password or key would not cross it: use TLS "
          "(--tieline.node.certificate, key and ca-file), or 'credential: "
          "NAME' in the inventory, which the node resolves itself"};
}

/// Returns a manager for the job. Both that may throw come before it exists,
/// for it has to be told to end.
tieline::manager_actor manager_for(caf::actor_system& sys, const job& what) {
  caf::scoped_actor self{sys};
  auto factory = spawn_plugin(sys, what.plugin);
  auto manager = tieline::spawn_manager(sys);
  compat::request(self.ptr(), manager, caf::infinite,
                  tieline::set_factory_atom_v, what.plugin, std::move(factory))
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
                                            const options& todo) {
  constexpr const char* name = "tieline.ssh.config-file";
  auto takes_part = todo.plugin == "ssh" || todo.plugin == "netconf"
                    || todo.plugin == "cli";
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
  std::unique_ptr<lab_hosts> lab;
  if (args->lab)
    lab = std::make_unique<lab_hosts>(*args->lab, todo.plugin,
                                      todo.plugin == "cli"
                                        ? args->platform.value_or("cisco_iosxe")
                                        : "",
                                      args->lab_faults);
  auto all = lab ? lab->hosts(todo.plugin)
                 : resolve(read_inventory(todo.inventory, todo.plugin));
  auto hosts = choose(std::move(all), todo.limit);
  if (todo.plugin == "cli")
    prepare_shells(hosts, *args);
  else if (args->platform || args->mode || !args->answers.empty())
    throw usage_error{"--platform, --mode and --answer need --plugin cli"};
  auto config = read_ssh_config(cfg, *args, todo);
  if (config)
    for (auto& line : config->unsupported(args->verbose))
      std::cerr << "fleet: " << line << '\n';
  if (args->list_hosts) {
    list(hosts, args->verbose, config.get());
    return to_int(exit_status::ok);
  }
  job what;
  what.explain = choose_explained(args->explain, hosts);
  if (!add_credentials(hosts, args->ask_pass, config == nullptr))
    return to_int(exit_status::interrupted);
  if (todo.at)
    prepare_link(cfg, hosts);
  what.shared = todo.at.has_value();
  what.hosts = std::move(hosts);
  what.plugin = todo.plugin;
  what.command = args->command;
  if (args->mode)
    what.attributes["mode"] = *args->mode;
  for (const auto& x : args->answers)
    what.attributes["answers"] += x + '\n';
  what.forks = todo.forks;
  what.timeout = todo.timeout;
  what.status = args->status;
  return run(cfg, std::move(what), todo.at, *args, lab.get());
}

int complain(exit_status status, const std::exception& x) {
  std::cerr << "fleet: " << x.what() << '\n';
  return to_int(status);
}

} // namespace

int main(int argc, char** argv) {
  // First of all, so that every thread inherits it.
  block_signals();
  raise_open_files_limit();
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
