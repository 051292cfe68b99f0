// lab: serves simulated devices until it is interrupted.

#include "tieline/lab/fault_plan.hpp"
#include "tieline/lab/inventory.hpp"
#include "tieline/lab/lab.hpp"

#include <CLI/CLI.hpp>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>

namespace lab = tieline::lab;

namespace {

constexpr int usage_error = 5;

struct settings {
  lab::options options;
  std::uint64_t login_ms = 0;
  std::uint64_t command_ms = 0;
  std::vector<lab::planned_fault> faults;
  std::string inventory;
};

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file{path};
  std::vector<std::string> result;
  for (std::string line; std::getline(file, line);)
    if (!line.empty() && line.front() != '#')
      result.push_back(line);
  return result;
}

void declare(CLI::App& app, settings& s) {
  auto& o = s.options;
  app.option_defaults()->always_capture_default();
  app.add_option("--devices", o.devices, "How many devices");
  app.add_option("--address", o.address, "The (first) address");
  app.add_option("--port", o.port, "The (first) port; 0: any");
  app
    .add_option_function<std::string>(
      "--layout",
      [&o](const std::string& name) {
        o.layout = name == "ports" ? lab::layout::ports
                                   : lab::layout::addresses;
      },
      "A port for each device or an address for each")
    ->check(CLI::IsMember({"ports", "addresses"}))
    ->default_str("ports");
  app.add_option("--user", o.user, "Who may log in; '' for anyone");
  app
    .add_option_function<std::string>(
      "--authorized-keys",
      [&o](const std::string& path) { o.authorized_keys = lines_of(path); },
      "File with public keys that may log in")
    ->check(CLI::ExistingFile);
  app.add_option("--threads", o.threads, "Threads that serve all");
  app.add_option("--platform", o.platform,
                 "Whose shell devices have, as in cisco_iosxe; '': none. Its "
                 "enable secret is in LAB_ENABLE_SECRET");
  app.add_option("--max-channels", o.max_channels,
                 "Channels at once in one session");
  app.add_option("--login-latency-ms", s.login_ms,
                 "How long a login takes at least");
  app.add_option("--latency-ms", s.command_ms,
                 "How long a command takes at least");
  app.add_option_function<std::vector<std::string>>(
    "--fault",
    [&s](const std::vector<std::string>& texts) {
      for (auto& text : texts)
        s.faults.push_back(lab::parse_fault(text));
    },
    "A fault for a share of the devices: NAME[=AMOUNT][:SHARE], as in "
    "refuse:10% or slow-login=500:0.2");
  app.add_option("--inventory", s.inventory,
                 "Folder to write a nornir inventory and known_hosts to");
}

void serve(const settings& s, const sigset_t& signals) {
  lab::server devices{s.options};
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (s.login_ms > 0)
      devices.at(i).set(lab::fault::slow_login, s.login_ms);
    if (s.command_ms > 0)
      devices.at(i).set(lab::fault::slow_command, s.command_ms);
  }
  lab::stage(devices, s.faults);
  if (!s.inventory.empty())
    lab::write_inventory(devices, s.inventory);
  auto first = devices.at(0), last = devices.at(devices.size() - 1);
  std::cout << "serving " << devices.size() << " devices on " << first.address()
            << ':' << first.port();
  if (devices.size() > 1)
    std::cout << " to " << last.address() << ':' << last.port();
  std::cout << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  auto n = devices.count();
  std::cout << "served " << n.accepted << " connections (" << n.peak
            << " at once), " << n.logins_ok << " logins, " << n.logins_rejected
            << " rejected, " << n.execs << " commands" << std::endl;
}

} // namespace

int main(int argc, char** argv) try {
  settings s;
  if (auto password = std::getenv("LAB_PASSWORD"))
    s.options.password = password;
  if (auto enable = std::getenv("LAB_ENABLE_SECRET"))
    s.options.enable_secret = enable;
  CLI::App app{"Serves simulated network devices over SSH on this machine.\n"
               "The password is taken from LAB_PASSWORD (default: lab)."};
  declare(app, s);
  // Before any thread starts: they inherit this, and we wait for the signals.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A listener and some sessions for each device.
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& x) {
    return app.exit(x) == 0 ? 0 : usage_error;
  }
  serve(s, signals);
  return 0;
} catch (const std::invalid_argument& x) {
  std::cerr << "lab: " << x.what() << '\n';
  return usage_error;
} catch (const std::exception& x) {
  std::cerr << x.what() << '\n';
  return 1;
}
