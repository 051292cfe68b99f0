/// What a get-config takes on NETCONF sessions that are up: tieline against
/// ncclient, in the same run, on one netconfd.
///
/// netconf_bench [REQUESTS]
#include "netconf/netconf_fixture.hpp"
#include "support/process.hpp"

#include <tieline/transports/netconf/operations.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace tieline;
using namespace tieline::test;

struct figures {
  double seconds = 0;
  size_t succeeded = 0;
};

/// Asks all at once; each session sends them one behind the other.
figures run_tieline(netconf_fixture& fixture, size_t requests,
                    size_t sessions) {
  netconf_client client;
  std::vector<transport_actor> all;
  while (all.size() < sessions)
    all.push_back(required(client.open(fixture.params())));
  figures result;
  std::vector<decltype(client.start_execute(all.front(), {}))> answers;
  auto begin = std::chrono::steady_clock::now();
  for (size_t i = 0; i < requests; ++i)
    answers.push_back(
      client.start_execute(all[i % sessions], netconf::get_config("running")));
  for (auto& x : answers)
    if (take<reply>(std::move(x)))
      ++result.succeeded;
  result.seconds
    = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
        .count();
  for (auto& x : all)
    client.close(x);
  return result;
}

figures run_ncclient(netconf_fixture& fixture, size_t requests,
                     size_t sessions) {
  auto where = fixture.params();
  auto text = run_checked({"/usr/bin/python3", TIELINE_NCCLIENT_BENCH,
                           where.hostname, std::to_string(*where.port),
                           where.username, where.extras["private_key_file"],
                           std::to_string(requests), std::to_string(sessions)});
  figures result;
  std::istringstream in{text};
  if (!(in >> result.seconds >> result.succeeded))
    throw std::runtime_error("ncclient printed: " + text);
  return result;
}

} // namespace

int main(int argc, char** argv) try {
  size_t requests = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 500;
  netconf_fixture fixture;
  std::printf("%zu get-config on sessions that are up\n%8s  %-10s %7s %9s\n",
              requests, "sessions", "client", "ok", "wall s");
  for (size_t sessions : {1, 50}) {
    auto ours = run_tieline(fixture, requests, sessions);
    std::printf("%8zu  %-10s %7zu %9.3f\n", sessions, "tieline", ours.succeeded,
                ours.seconds);
    std::fflush(stdout);
    auto theirs = run_ncclient(fixture, requests, sessions);
    std::printf("%8zu  %-10s %7zu %9.3f   %.0f times as long\n", sessions,
                "ncclient", theirs.succeeded, theirs.seconds,
                theirs.seconds / ours.seconds);
    std::fflush(stdout);
  }
  return 0;
} catch (const std::exception& x) {
  std::fprintf(stderr, "netconf_bench: %s\n", x.what());
  return 1;
}
