#include "resource_monitor.hpp"

#include "support/leak_check.hpp"

#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#  define TIELINE_SOAK_SANITIZED 1
#elif defined(__has_feature)
#  if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#    define TIELINE_SOAK_SANITIZED 1
#  endif
#endif

namespace tieline::soak {

namespace {

#ifdef TIELINE_SOAK_SANITIZED
// Sanitizers keep what was freed, and find leaks on their own.
constexpr bool memory_is_telling = false;
#else
constexpr bool memory_is_telling = true;
#endif

// What CAF, libssh and OpenSSL make once and keep is about 1 MiB.
constexpr double most_heap_left = 4;

double rss_mib() {
  malloc_trim(0);
  std::ifstream in{"/proc/self/statm"};
  double all = 0;
  double resident = 0;
  in >> all >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

double heap_mib() {
  auto all = mallinfo2();
  return static_cast<double>(all.uordblks + all.hblkhd) / (1 << 20);
}

double open_files() {
  namespace fs = std::filesystem;
  // The iteration itself takes one.
  return static_cast<double>(
    std::distance(fs::directory_iterator{"/proc/self/fd"}, {}) - 1);
}

} // namespace

// Sessions come and go at random, and with them what they hold. A leak adds up
// over a third of a run. Of sessions themselves there is a limit.
const std::vector<growth_limit> limits = {
  {"RSS MiB", &sample::rss_mib, 0.05, 5, 0.3},
  {"heap MiB", &sample::heap_mib, 0.05, 2, 0.15},
  {"fds", &sample::fds, 0.1, 10, 1.2},
  {"threads", &sample::threads, 0.1, 4, 0},
  {"actors", &sample::actors, 0.1, 30, 1.5},
  {"sessions", &sample::sessions, 0, 0, 1},
};

sample take_sample(caf::actor_system& sys) {
  sample result;
  result.rss_mib = rss_mib();
  result.heap_mib = heap_mib();
  result.fds = open_files();
  result.threads = static_cast<double>(test::thread_count());
  result.actors = static_cast<double>(sys.registry().running());
  return result;
}

double median(const std::vector<sample>& run, double sample::*value,
              third which) {
  auto part = static_cast<size_t>(which);
  std::vector<double> values;
  for (auto i = run.size() * part / 3; i < run.size() * (part + 1) / 3; ++i)
    values.push_back(run[i].*value);
  if (values.empty())
    return 0;
  auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<std::string> growth(const std::vector<sample>& run) {
  std::vector<std::string> result;
  auto more_sessions
    = std::max(0.0, median(run, &sample::sessions, third::last)
                      - median(run, &sample::sessions, third::second));
  for (auto& x : limits) {
    auto memory = x.value == &sample::rss_mib || x.value == &sample::heap_mib;
    if (memory && !memory_is_telling)
      continue;
    auto before = median(run, x.value, third::second);
    auto after = median(run, x.value, third::last);
    auto most = before + std::max(before * x.share, x.number)
                + more_sessions * x.per_session;
    if (after <= most)
      continue;
    std::ostringstream text;
    text << x.name << " grows: the median is " << before
         << " in the second third, " << after << " in the last, where at most "
         << most << " are allowed";
    result.push_back(text.str());
  }
  return result;
}

std::string heap_left(const sample& before, const sample& after) {
  auto left = after.heap_mib - before.heap_mib;
  if (!memory_is_telling || left <= most_heap_left)
    return {};
  std::ostringstream text;
  text << left << " MiB of the heap are left, where at most " << most_heap_left
       << " are allowed";
  return text.str();
}

} // namespace tieline::soak
