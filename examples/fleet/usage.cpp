#include "fleet/usage.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <iterator>

namespace fleet {

size_t thread_count() {
  std::error_code ignored;
  std::filesystem::directory_iterator tasks{"/proc/self/task", ignored};
  return static_cast<size_t>(std::distance(begin(tasks), end(tasks)));
}

caf::timespan cpu_time() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto span = [](const timeval& x) {
    return std::chrono::seconds{x.tv_sec}
           + std::chrono::microseconds{x.tv_usec};
  };
  return span(usage.ru_utime) + span(usage.ru_stime);
}

void raise_open_files_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

void leave_no_core_file() {
  rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // A program that takes core files asks for no limit. The leak check of a
  // sanitizer needs to look into the process, as a debugger does.
  prctl(PR_SET_DUMPABLE, 0);
#endif
}

} // namespace fleet
