#pragma once

#include "tieline/actors/owned.hpp"
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
class offspring {
public:
  offspring() = default;

  offspring(const offspring&) = delete;

  offspring& operator=(const offspring&) = delete;

  ~offspring() {
    for (auto& husk : husks_)
      if (auto ptr = husk.lock())
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
  void remember(const connection_actor& husk) {
    if (husks_.size() >= husks_limit_) {
      // One that was ever named to another node would else stay for ever.
      for (auto& x : husks_)
        if (auto ptr = x.lock())
          ptr->get()->home_system().registry().erase(ptr->id());
      auto gone = [](const caf::weak_actor_ptr& x) { return !x.lock(); };
      husks_.erase(std::remove_if(husks_.begin(), husks_.end(), gone),
                   husks_.end());
      husks_limit_ = std::max<size_t>(64, 2 * husks_.size());
    }
    husks_.emplace_back(caf::actor_cast<caf::strong_actor_ptr>(husk).get());
  }

  /// All that have not closed, replaced ones included.
  std::unordered_map<caf::actor_id, owned<connection_actor>> living_;
  /// Those that have closed and whose handles are still held, and some that
  /// are gone.
  std::vector<caf::weak_actor_ptr> husks_;
  size_t husks_limit_ = 64;
};

} // namespace tieline
