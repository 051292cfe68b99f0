#pragma once

#include <mutex>
#include <set>
#include <string>

namespace tieline::ssh {

/// Servers that end the connection with their first command, as some devices
/// do. May be used by several threads.
class hang_ups {
public:
  void add(const std::string& endpoint) {
    std::lock_guard guard{mutex_};
    known_.insert(endpoint);
  }

  void remove(const std::string& endpoint) {
    std::lock_guard guard{mutex_};
    known_.erase(endpoint);
  }

  bool has(const std::string& endpoint) const {
    std::lock_guard guard{mutex_};
    return known_.count(endpoint) > 0;
  }

private:
  mutable std::mutex mutex_;
  std::set<std::string> known_;
};

} // namespace tieline::ssh
