/// What opening a session for one command costs the client: tieline against
/// blocking libssh on a pool of threads, in the same run, on one real sshd.
///
/// cold_bench [SESSIONS]...
#include "measure.hpp"
#include "ssh/ssh_fixture.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

namespace {

using namespace tieline::bench;

constexpr int rounds = 3;

const contender contenders[] = {
  {"tieline", run_tieline},
  {"blocking libssh", run_blocking_pool},
};

measurement median_by_cpu(std::vector<measurement> xs) {
  std::sort(xs.begin(), xs.end(),
            [](auto& x, auto& y) { return x.cpu_seconds < y.cpu_seconds; });
  return xs[xs.size() / 2];
}

void compare(const target& where, size_t sessions) {
  // In turns, so that a busy moment of the machine hits both.
  std::vector<measurement> runs[std::size(contenders)];
  for (int round = 0; round < rounds; ++round)
    for (size_t i = 0; i < std::size(contenders); ++i)
      runs[i].push_back(measure(contenders[i], where, sessions));
  double first = 0;
  for (size_t i = 0; i < std::size(contenders); ++i) {
    auto x = median_by_cpu(runs[i]);
    auto cpu = x.cpu_seconds * 1000 / static_cast<double>(sessions);
    std::printf("%8zu  %-16s %7zu %12.2f %9.2f %9zu", sessions,
                contenders[i].name.c_str(), x.succeeded, cpu, x.wall_seconds,
                x.threads);
    if (i == 0)
      first = cpu;
    else
      std::printf("   tieline needs %.2f of its CPU", first / cpu);
    std::printf("\n");
    std::fflush(stdout);
  }
}

} // namespace

int main(int argc, char** argv) try {
  std::vector<size_t> sizes;
  for (int i = 1; i < argc; ++i)
    sizes.push_back(std::strtoul(argv[i], nullptr, 10));
  if (sizes.empty())
    sizes = {50, 200, 500};
  // sntrup761, the default, would cost the client more than all else.
  tieline::test::ssh_fixture fixture{
    tieline::test::configured({{"KexAlgorithms", "curve25519-sha256"}})};
  target where{fixture.server.address(), fixture.server.port(),
               fixture.server.login(), fixture.key.path, fixture.known_hosts};
  std::printf("connect, log in by key, run '%s', close; median of %d rounds\n"
              "%8s  %-16s %7s %12s %9s %9s\n",
              where.command.c_str(), rounds, "sessions", "client", "ok",
              "CPU ms/each", "wall s", "threads");
  for (auto size : sizes)
    compare(where, size);
  return 0;
} catch (const std::exception& x) {
  std::fprintf(stderr, "cold_bench: %s\n", x.what());
  return 1;
}
