// lab: serves simulated devices until it is interrupted.

#include "tieline/lab/inventory.hpp"
#include "tieline/lab/lab.hpp"

#include <CLI/CLI.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <numeric>
#include <random>

namespace lab = tieline::lab;

namespace {

constexpr int usage_error = 5;

struct usage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// NAME[=AMOUNT]:SHARE, where a share is 0.1 or 10%.
struct planned_fault {
  lab::fault what;
  std::uint64_t amount;
  double share;
};

double parse_share(std::string text) {
  auto percent = !text.empty() && text.back() == '%';
  if (percent)
    text.pop_back();
  std::size_t end = 0;
  auto value = std::stod(text, &end) / (percent ? 100 : 1);
  if (end != text.size() || !(value >= 0 && value <= 1))
    throw std::invalid_argument("share");
  return value;
}

planned_fault parse_fault(const std::string& text) try {
  auto colon = text.rfind(':');
  auto name = text.substr(0, colon);
  auto share = colon == std::string::npos ? 1.0
                                          : parse_share(text.substr(colon + 1));
  std::uint64_t amount = 0;
  if (auto equals = name.find('='); equals != std::string::npos) {
    amount = std::stoull(name.substr(equals + 1));
    name.erase(equals);
  }
  return {lab::fault_from(name).value(), amount, share};
} catch (const std::exception&) {
  std::string known;
  for (std::size_t i = 0; i < lab::fault_count; ++i)
    known.append(" ").append(lab::to_string(static_cast<lab::fault>(i)));
  throw usage("--fault '" + text
              + "' is not NAME[=AMOUNT]:SHARE; names:" + known);
}

/// Gives each fault its share of the devices, no device two of them.
void stage(lab::server& devices, const std::vector<planned_fault>& faults) {
  std::vector<std::size_t> order(devices.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // The same devices each time, so that runs can be compared.
  std::shuffle(order.begin(), order.end(), std::mt19937{1});
  auto next = order.begin();
  for (auto& f : faults) {
    auto n = static_cast<std::ptrdiff_t>(
      f.share * static_cast<double>(order.size()) + 0.5);
    n = std::min(n, order.end() - next);
    for (; n > 0; --n)
      devices.at(*next++).set(f.what, f.amount);
  }
}

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file{path};
  if (!file)
    throw usage("cannot read " + path);
  std::vector<std::string> result;
  for (std::string line; std::getline(file, line);)
    if (!line.empty() && line.front() != '#')
      result.push_back(line);
  return result;
}

int serve(int argc, char** argv) {
  lab::options o;
  std::uint64_t login_ms = 0, command_ms = 0;
  std::vector<std::string> fault_texts;
  std::string folder, keys_path;
  CLI::App app{"Serves simulated network devices over SSH on this machine.\n"
               "The password is taken from LAB_PASSWORD (default: lab)."};
  app.add_option("--devices", o.devices, "how many")->required();
  app.add_option("--address", o.address, "(first) address");
  app.add_option("--port", o.port, "(first) port; 0: any");
  app.add_option("--layout", o.layout, "a port or an address per device")
    ->transform(CLI::CheckedTransformer(std::map<std::string, lab::layout>{
      {"ports", lab::layout::ports}, {"addresses", lab::layout::addresses}}));
  app.add_option("--user", o.user, "who may log in");
  app.add_option("--authorized-keys", keys_path,
                 "file of keys that may log in");
  app.add_option("--threads", o.threads, "threads that serve all devices");
  app.add_option("--max-channels", o.max_channels, "channels per session");
  app.add_option("--login-latency-ms", login_ms, "before a login is answered");
  app.add_option("--latency-ms", command_ms, "before a command's output");
  app.add_option("--fault", fault_texts,
                 "NAME[=AMOUNT]:SHARE of the devices, as refuse:10%");
  app.add_option("--inventory", folder,
                 "folder to write a nornir inventory to");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& x) {
    return app.exit(x);
  } catch (const CLI::ParseError& x) {
    app.exit(x);
    return usage_error;
  }
  if (auto password = std::getenv("LAB_PASSWORD"))
    o.password = password;
  if (!keys_path.empty())
    o.authorized_keys = lines_of(keys_path);
  std::vector<planned_fault> faults;
  for (auto& text : fault_texts)
    faults.push_back(parse_fault(text));

  // Before any thread starts: they inherit this, and we wait for the signals.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  lab::server devices{o};
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (login_ms)
      devices.at(i).set(lab::fault::slow_login, login_ms);
    if (command_ms)
      devices.at(i).set(lab::fault::slow_command, command_ms);
  }
  stage(devices, faults);
  if (!folder.empty())
    write_inventory(devices, o.user, o.password, folder);
  auto first = devices.at(0), last = devices.at(devices.size() - 1);
  std::cout << devices.size() << " devices on " << first.address() << ':'
            << first.port();
  if (devices.size() > 1)
    std::cout << " to " << last.address() << ':' << last.port();
  std::cout << ", user " << (o.user.empty() ? "any" : o.user) << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  auto n = devices.count();
  std::cout << n.accepted << " connections (at most " << n.peak << " at once), "
            << n.logins_ok << " logins, " << n.logins_rejected << " rejected, "
            << n.execs << " commands" << std::endl;
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  try {
    return serve(argc, argv);
  } catch (const usage& x) {
    std::cerr << "lab: " << x.what() << '\n';
    return usage_error;
  } catch (const std::invalid_argument& x) {
    std::cerr << "lab: " << x.what() << '\n';
    return usage_error;
  } catch (const std::exception& x) {
    std::cerr << x.what() << '\n';
    return 1;
  }
}
