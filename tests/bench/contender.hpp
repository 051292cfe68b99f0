#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace tieline::bench {

/// Where to log in, and what to run there.
struct target {
  std::string address;
  uint16_t port = 0;
  std::string user;
  std::string key_file;
  std::string known_hosts;
  std::string command = "true";
};

/// One way to run a command on many sessions, each opened for it and closed
/// after it.
struct contender {
  std::string name;
  /// Runs it on that many sessions; returns how many succeeded and calls
  /// `at_peak()` while they are at work.
  size_t (*run)(const target&, size_t sessions, void (*at_peak)());
};

/// Blocking libssh: 16 threads that take one session after another.
size_t run_blocking_pool(const target& where, size_t sessions,
                         void (*at_peak)());

/// tieline: manager and ssh plugin.
size_t run_tieline(const target& where, size_t sessions, void (*at_peak)());

} // namespace tieline::bench
