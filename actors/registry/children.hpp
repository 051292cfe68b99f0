#pragma once

#include "tieline/actors/runtime/owned.hpp"
#include "tieline/messages/interfaces.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>

#include <algorithm>
#include <cstddef>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tieline {

/// The connections that a manager has spawned. All end with it.
class children {
public:
  children() = default;

  children(const children&) = delete;

  children& operator=(const children&) = delete;

  ~children() {
    for (auto& tombstone : tombstones_)
      if (auto ptr = tombstone.lock())
        caf::anon_send_exit(caf::actor_cast<connection_actor>(ptr),
                            caf::exit_reason::user_shutdown);
  }

  bool empty() const noexcept {
    return living_.empty();
  }

  void add(const connection_actor& connection) {
    living_.emplace(connection->id(), owned{connection});
  }

  /// A connection has closed for good: its handles go on answering so, as long
  /// as we are there. Returns whether it had not closed before.
  bool closed(caf::actor_id id) {
    auto i = living_.find(id);
    if (i == living_.end())
      return false;
    remember(i->second.release());
    living_.erase(i);
    return true;
  }

  /// A connection has ended. Returns whether it had not closed before.
  bool ended(caf::actor_id id) {
    return living_.erase(id) != 0;
  }

  /// Tells all that have not closed to end. Each answers all it holds first.
  void end_all() {
    for (const auto& [id, connection] : living_)
      caf::anon_send_exit(connection.get(), caf::exit_reason::user_shutdown);
  }

private:
  void remember(const connection_actor& tombstone) {
    if (tombstones_.size() >= tombstones_limit_) {
      // One that was ever named to another node would else stay for ever.
      for (auto& x : tombstones_)
        if (auto ptr = x.lock())
          ptr->get()->home_system().registry().erase(ptr->id());
      auto gone = [](const caf::weak_actor_ptr& x) { return !x.lock(); };
      tombstones_.erase(std::remove_if(tombstones_.begin(), tombstones_.end(),
                                       gone),
                        tombstones_.end());
      tombstones_limit_ = std::max<size_t>(64, 2 * tombstones_.size());
    }
    tombstones_.emplace_back(
      caf::actor_cast<caf::strong_actor_ptr>(tombstone).get());
  }

  /// All that have not closed, replaced ones included.
  std::unordered_map<caf::actor_id, owned<connection_actor>> living_;
  /// Those that have closed and whose handles are still held, and some that
  /// are gone.
  std::vector<caf::weak_actor_ptr> tombstones_;
  size_t tombstones_limit_ = 64;
};

} // namespace tieline
