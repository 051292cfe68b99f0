#include "measure.hpp"

#include "support/leak_check.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>

namespace tieline::bench {

namespace {

size_t most_threads = 0;

void count_threads() {
  most_threads = std::max(most_threads, test::thread_count());
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& x) {
    return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

measurement measure_here(const contender& who, const target& where,
                         size_t sessions) {
  using clock = std::chrono::steady_clock;
  measurement result;
  auto cpu = cpu_seconds();
  auto begin = clock::now();
  result.succeeded = who.run(where, sessions, count_threads);
  result.wall_seconds
    = std::chrono::duration<double>(clock::now() - begin).count();
  result.cpu_seconds = cpu_seconds() - cpu;
  result.threads = most_threads;
  return result;
}

} // namespace

measurement measure(const contender& who, const target& where,
                    size_t sessions) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0)
    throw std::runtime_error("no pipe");
  auto pid = fork();
  if (pid == 0) {
    auto result = measure_here(who, where, sessions);
    auto done = write(ends[1], &result, sizeof(result)) == sizeof(result);
    _exit(done ? 0 : 1);
  }
  close(ends[1]);
  measurement result;
  auto complete = read(ends[0], &result, sizeof(result)) == sizeof(result);
  close(ends[0]);
  waitpid(pid, nullptr, 0);
  if (!complete)
    throw std::runtime_error(who.name + " died");
  return result;
}

} // namespace tieline::bench
