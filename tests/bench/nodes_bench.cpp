/// What it costs to use a manager of another process: round trip and throughput
/// of requests to a connection in memory, against a manager of the same process
/// and against bare CAF between the same two processes, in the same run.
///
/// nodes_bench [REQUESTS]
#include "support/certificates.hpp"
#include "support/eventually.hpp"
#include "support/loopback_ports.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <tieline/actors/cluster/cluster.hpp>
#include <tieline/actors/manager.hpp>
#include <tieline/actors/node/node.hpp>
#include <tieline/messages/interfaces.hpp>
#include <tieline/transports/loopback.hpp>

#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/all.hpp>
#include <caf/scoped_actor.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace tieline;
using namespace tieline::test;
using clock_type = std::chrono::steady_clock;

constexpr int rounds = 5;
constexpr size_t many = 64;
constexpr int connections = 10'000;
constexpr auto bare_name = "bare";

void check(const caf::error& reason) {
  if (reason)
    throw std::runtime_error(code_of(reason) == errc::none ? to_string(reason)
                                                           : describe(reason));
}

/// Like a session, but an actor that does nothing else.
caf::behavior echo(caf::event_based_actor*) {
  return {
    [](execute_atom, request& what) {
      reply result;
      result.output = std::move(what.body);
      return result;
    },
  };
}

settings for_many() {
  settings result;
  result.max_sessions = 2 * connections;
  result.max_opening = 1000;
  result.max_opening_per_credential = 1000;
  return result;
}

manager_actor spawn_loopback_manager(caf::scoped_actor& self) {
  auto manager = spawn_manager(self->system(), for_many());
  compat::request(self.ptr(), manager, hang_limit, set_factory_atom_v,
                  std::string{"loopback"},
                  spawn_loopback_factory(self->system()))
    .receive([](bool) {}, check);
  return manager;
}

void end(caf::scoped_actor& self, const manager_actor& manager) {
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
  self->wait_for(manager);
}

/// A node that can be ended and made again.
class node {
public:
  explicit node(const node_settings& how)
    : ready_((prepare(cfg_, how), true)),
      sys_(cfg_),
      self(sys_) {
    // nop
  }

  caf::actor_system& sys() {
    return sys_;
  }

private:
  static void prepare(caf::actor_system_config& cfg, const node_settings& how) {
    cfg.set("caf.scheduler.policy", "sharing");
    check(enable_nodes(cfg, how));
  }

  caf::actor_system_config cfg_;
  bool ready_;
  caf::actor_system sys_;

public:
  caf::scoped_actor self;
};

// -- the other process --------------------------------------------------------

/// A cluster whose keys are all with the last of its nodes.
cluster_config cluster_of(const std::string& name, const node_settings& how,
                          const std::vector<uint16_t>& ports) {
  cluster_config result;
  result.node_name = name;
  result.links = how;
  for (size_t i = 0; i < ports.size(); ++i)
    result.cluster.nodes.push_back("node" + std::to_string(i)
                                   + "=127.0.0.1:" + std::to_string(ports[i])
                                   + (i + 1 < ports.size() ? "*0" : ""));
  result.cluster.look_interval = std::chrono::milliseconds{100};
  return result;
}

router_actor join(node& here, const manager_actor& manager,
                  const cluster_config& config) {
  auto got = join_cluster(here.sys(), manager, config);
  if (!got)
    throw std::runtime_error(describe(got.error()));
  return *got;
}

/// Publishes a manager and a bare actor until it is killed; as the second node
/// of a cluster if there are ports of its nodes.
int serve(const node_settings& how, const std::vector<uint16_t>& ports) {
  node here{how};
  auto manager = spawn_loopback_manager(here.self);
  auto bare = here.sys().spawn(echo);
  here.sys().registry().put(bare_name, bare);
  if (!ports.empty()) {
    auto router = join(here, manager, cluster_of("node1", how, ports));
    std::cout << "port " << ports.back() << std::endl;
    for (;;)
      pause();
  }
  auto port = publish(here.sys(), manager, how);
  if (!port)
    check(port.error());
  std::cout << "port " << *port << std::endl;
  for (;;)
    pause();
}

class serving_process {
public:
  explicit serving_process(const node_settings& how,
                           const std::vector<uint16_t>& ports = {})
    : process_(command(how, ports), dir_.write("log", "")) {
    std::string word;
    auto said = [&] {
      std::istringstream in{read_file(dir_ / "log")};
      return !!(in >> word >> port);
    };
    if (!eventually([&] { return said() || !process_.running(); }) || port == 0)
      throw std::runtime_error("the other process: " + read_file(dir_ / "log"));
  }

private:
  static std::vector<std::string> command(const node_settings& how,
                                          const std::vector<uint16_t>& ports) {
    std::vector<std::string> result{"/proc/self/exe", "serve", how.certificate,
                                    how.key, how.ca_file};
    for (auto x : ports)
      result.push_back(std::to_string(x));
    return result;
  }

  temp_dir dir_;
  child_process process_;

public:
  uint16_t port = 0;
};

// -- what is compared ---------------------------------------------------------

struct course {
  size_t requests = 0;
  size_t started = 0;
  size_t ended = 0;
  caf::error failure;
};

template <class Handle>
void ask_next(caf::event_based_actor* self, const Handle& to,
              const std::shared_ptr<course>& run) {
  ++run->started;
  auto then = [self, to, run] {
    if (run->started < run->requests)
      ask_next(self, to, run);
    if (++run->ended == run->requests)
      self->quit();
  };
  request what;
  what.body = "show version";
  compat::request(self, to, caf::infinite, execute_atom_v, std::move(what))
    .then([then](const reply&) { then(); },
          [run, then](caf::error& reason) {
            run->failure = std::move(reason);
            then();
          });
}

/// Returns the seconds that so many requests take, `at_once` of them at a time.
template <class Handle>
double run(caf::scoped_actor& self, const Handle& to, size_t requests,
           size_t at_once) {
  auto all = std::make_shared<course>();
  all->requests = requests;
  auto begin = clock_type::now();
  auto worker = self->system().spawn([=](caf::event_based_actor* asker) {
    for (size_t i = 0; i < std::min(at_once, requests); ++i)
      ask_next(asker, to, all);
    return caf::behavior{[](caf::unit_t) {}};
  });
  self->wait_for(worker);
  check(all->failure);
  return std::chrono::duration<double>(clock_type::now() - begin).count();
}

/// One way to have a request answered.
struct way {
  std::string name;
  /// Of the same link, to compare with; none: of the bare ones itself.
  std::optional<size_t> bare;
  /// See @ref run.
  std::function<double(size_t requests, size_t at_once)> take;
};

/// Through a connection of a manager, wherever that is.
way through(std::string name, caf::scoped_actor& self,
            const manager_actor& manager, size_t bare) {
  connection_actor connection;
  compat::request(self.ptr(), manager, hang_limit, caf::open_atom_v,
                  connection_key{"bench", "loopback"}, connection_params{},
                  caf::timespan{0})
    .receive(
      [&](std::optional<connection_actor>& got) { connection = got.value(); },
      check);
  return {std::move(name), bare,
          [&self, connection](size_t requests, size_t at_once) {
            return run(self, connection, requests, at_once);
          }};
}

way to_bare(std::string name, caf::scoped_actor& self, const caf::actor& to) {
  return {std::move(name), std::nullopt,
          [&self, to](size_t requests, size_t at_once) {
            return run(self, to, requests, at_once);
          }};
}

double median(std::vector<double> xs) {
  std::sort(xs.begin(), xs.end());
  return xs[xs.size() / 2];
}

struct result {
  double each_us;
  double per_second;
};

/// Runs all ways in turns, so that a busy moment of the machine hits all.
std::vector<result> compare(const std::vector<way>& all, size_t requests) {
  std::vector<std::vector<double>> alone(all.size());
  std::vector<std::vector<double>> together(all.size());
  for (const auto& x : all)
    x.take(requests / 10 + 1, many);
  for (int round = 0; round < rounds; ++round)
    for (size_t i = 0; i < all.size(); ++i) {
      alone[i].push_back(all[i].take(requests, 1));
      together[i].push_back(all[i].take(requests * 4, many));
    }
  std::vector<result> results;
  auto n = static_cast<double>(requests);
  for (size_t i = 0; i < all.size(); ++i)
    results.push_back(
      {median(alone[i]) * 1e6 / n, 4 * n / median(together[i])});
  return results;
}

// The first is the one that all are compared with.
void print(const std::vector<way>& all, const std::vector<result>& results) {
  for (size_t i = 0; i < all.size(); ++i) {
    const auto& [each, rate] = results[i];
    std::printf("%-28s %12.1f %9.2fx", all[i].name.c_str(), each,
                each / results[0].each_us);
    if (all[i].bare)
      std::printf(" %9.2fx", each / results[*all[i].bare].each_us);
    else
      std::printf(" %10s", "");
    std::printf(" %12.0f %9.2fx", rate, rate / results[0].per_second);
    if (all[i].bare)
      std::printf(" %9.2fx", rate / results[*all[i].bare].per_second);
    std::printf("\n");
  }
}

// -- many connections ---------------------------------------------------------

void open_all(caf::scoped_actor& self, const manager_actor& manager) {
  std::vector<open_item> items;
  for (int i = 0; i < connections; ++i) {
    items.push_back({{"host-" + std::to_string(i), "loopback"}, {}});
    items.back().params.hostname = items.back().key.hostname;
    items.back().params.username = "admin";
  }
  compat::request(self.ptr(), manager, hang_limit, caf::open_atom_v,
                  std::move(items), caf::timespan{hang_limit})
    .receive(
      [](const std::vector<open_outcome>& all) {
        for (const auto& x : all)
          check(x.error);
      },
      check);
}

/// Returns the milliseconds until the status of all is there.
double time_of_status(caf::scoped_actor& self, const manager_actor& manager) {
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round) {
    auto begin = clock_type::now();
    size_t found = 0;
    compat::request(self.ptr(), manager, hang_limit, status_atom_v)
      .receive(
        [&](const std::vector<connection_status>& all) { found = all.size(); },
        check);
    times.push_back(
      std::chrono::duration<double, std::milli>(clock_type::now() - begin)
        .count());
    if (found < connections)
      throw std::runtime_error("only " + std::to_string(found) + " told");
  }
  return median(times);
}

/// Returns the bare actor of a node that we are connected with already: of two
/// connections with one node CAF closes one.
caf::actor bare_at(node& here, uint16_t port, bool tls) {
  auto& link = here.sys().middleman();
  auto known = tls
                 ? caf::openssl::remote_actor<manager_actor>(here.sys(),
                                                             "127.0.0.1", port)
                 : link.remote_actor<manager_actor>("127.0.0.1", port);
  if (!known)
    throw std::runtime_error(to_string(known.error()));
  auto got
    = caf::actor_cast<caf::actor>(link.remote_lookup(bare_name, known->node()));
  if (!got)
    throw std::runtime_error("the other process has no bare actor");
  return got;
}

manager_actor manager_at(node& here, uint16_t port, const node_settings& how) {
  auto got = connect(here.sys(), "127.0.0.1", port, how);
  if (!got)
    throw std::runtime_error(describe(got.error()));
  return *got;
}

/// Waits until a router sees all of its nodes.
void wait_for_nodes(caf::scoped_actor& self, const router_actor& router,
                    size_t count) {
  auto alive = [&] {
    size_t result = 0;
    compat::request(self.ptr(), router, hang_limit, nodes_atom_v)
      .receive(
        [&](const std::vector<node_status>& all) {
          for (const auto& x : all)
            result += !x.reason && x.node.state == node_state::alive;
        },
        check);
    return result == count;
  };
  if (!eventually(alive))
    throw std::runtime_error("the nodes do not find each other");
}

/// Compares local, bare and remote use over links of one kind.
void measure(const char* link, const node_settings& how, size_t requests) {
  serving_process there{how};
  node here{how};
  auto& self = here.self;
  auto manager = spawn_loopback_manager(self);
  auto remote = manager_at(here, there.port, how);
  auto bare = here.sys().spawn(echo);
  auto over = [&](const char* what) { return std::string{what} + ", " + link; };
  std::vector<way> all;
  all.push_back(through("local", self, manager, 1));
  all.push_back(to_bare("bare CAF, local", self, bare));
  all.push_back(through(over("one hop"), self, remote, 3));
  all.push_back(
    to_bare(over("bare CAF"), self, bare_at(here, there.port, how.uses_tls())));
  // Routers before others' connections and before their own.
  std::vector<uint16_t> ports{free_port(), free_port()};
  serving_process second{how, ports};
  auto own = spawn_loopback_manager(self);
  auto far = join(here, own, cluster_of("node0", how, ports));
  wait_for_nodes(self, far, 2);
  all.push_back(through(over("router, one hop"), self, far, 3));
  auto alone = spawn_loopback_manager(self);
  auto near = join(here, alone, cluster_of("node0", how, {free_port()}));
  wait_for_nodes(self, near, 1);
  all.push_back(through(over("router, local"), self, near, 1));
  print(all, compare(all, requests));
  for (const auto& router : {far, near}) {
    caf::anon_send_exit(router, caf::exit_reason::user_shutdown);
    self->wait_for(router);
  }
  end(self, own);
  end(self, alone);
  if (!how.uses_tls())
    open_all(self, manager);
  open_all(self, remote);
  if (!how.uses_tls())
    std::printf("status of %d connections, local: %.1f ms\n", connections,
                time_of_status(self, manager));
  std::printf("status of %d connections, one hop, %s: %.1f ms\n", connections,
              link, time_of_status(self, remote));
  caf::anon_send_exit(bare, caf::exit_reason::user_shutdown);
  end(self, manager);
}

} // namespace

int main(int argc, char** argv) try {
  init();
  node_settings how;
  if (argc >= 5 && std::strcmp(argv[1], "serve") == 0) {
    how.certificate = argv[2];
    how.key = argv[3];
    how.ca_file = argv[4];
    std::vector<uint16_t> ports;
    for (int i = 5; i < argc; ++i)
      ports.push_back(static_cast<uint16_t>(std::stoi(argv[i])));
    return serve(how, ports);
  }
  size_t requests = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 5000;
  if (requests == 0)
    throw std::invalid_argument("how many requests?");
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::printf("requests to a connection in memory; median of %d rounds\n"
              "%-28s %12s %10s %10s %12s %10s %10s\n",
              rounds, "way", "us each, 1", "of local", "of bare", "per s, 64",
              "of local", "of bare");
  measure("plain", how, requests);
  authority ca;
  auto mine = ca.issue("node");
  how.certificate = mine.file;
  how.key = mine.key;
  how.ca_file = ca.file();
  measure("TLS", how, requests);
  return 0;
} catch (const std::exception& x) {
  std::fprintf(stderr, "nodes_bench: %s\n", x.what());
  return 1;
}
