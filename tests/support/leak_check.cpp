#include "support/leak_check.hpp"

#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>

#include <filesystem>
#include <iterator>

namespace tieline::test {

namespace fs = std::filesystem;

namespace {

std::map<int, std::string> open_files() {
  std::map<int, std::string> result;
  for (auto& entry : fs::directory_iterator{"/proc/self/fd"}) {
    std::error_code gone;
    auto target = fs::read_symlink(entry.path(), gone);
    // The iteration itself takes one, which is shown, too.
    if (!gone && target.string().find("/proc/") != 0)
      result.emplace(std::stoi(entry.path().filename()), target.string());
  }
  return result;
}

size_t running_actors(caf::actor_system* system) {
  return system != nullptr ? system->registry().running() : 0;
}

} // namespace

leak_check::leak_check(caf::actor_system* system)
  : system_(system),
    files_(open_files()),
    threads_(thread_count()),
    actors_(running_actors(system)) {
  // nop
}

std::string
leak_check::leaked(std::chrono::steady_clock::duration limit) const {
  eventually([this] { return difference().empty(); }, limit);
  return difference();
}

std::string leak_check::difference() const {
  std::string result;
  // Numbers are reused: one that means something else now is no leak.
  if (auto files = open_files(); files.size() > files_.size())
    for (auto& [fd, target] : files)
      if (files_.count(fd) == 0)
        result += "fd " + std::to_string(fd) + " is " + target + "; ";
  if (auto threads = thread_count(); threads > threads_)
    result += std::to_string(threads - threads_) + " threads; ";
  if (auto actors = running_actors(system_); actors > actors_)
    result += std::to_string(actors - actors_) + " actors; ";
  return result;
}

size_t thread_count() {
  return static_cast<size_t>(
    std::distance(fs::directory_iterator{"/proc/self/task"}, {}));
}

} // namespace tieline::test
