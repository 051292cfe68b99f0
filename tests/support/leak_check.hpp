#pragma once

#include "support/eventually.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

namespace tieline::test {

/// Compares what this process holds with what it held when the check was
/// made: file descriptors, threads and, given a system, running actors.
class leak_check {
public:
  explicit leak_check(caf::actor_system* system = nullptr);

  /// Returns what is there in addition, once nothing is (empty) or the
  /// limit has passed.
  std::string
  leaked(std::chrono::steady_clock::duration limit = hang_limit) const;

private:
  std::string difference() const;

  caf::actor_system* system_;
  /// What each open file descriptor refers to.
  std::map<int, std::string> files_;
  size_t threads_;
  size_t actors_;
};

/// Returns how many threads this process has.
size_t thread_count();

} // namespace tieline::test
