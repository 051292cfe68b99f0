#pragma once

#include "tieline/actors/runtime/owned.hpp"
#include "tieline/actors/runtime/tombstones.hpp"
#include "tieline/messages/interfaces.hpp"

#include <caf/actor_cast.hpp>

#include <unordered_map>
#include <utility>

namespace tieline {

/// The connections that a manager has spawned. All end with it.
class children {
public:
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
    tombstones_.add(
      caf::actor_cast<caf::strong_actor_ptr>(i->second.release()).get());
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
  /// All that have not closed, replaced ones included.
  std::unordered_map<caf::actor_id, owned<connection_actor>> living_;
  tombstones tombstones_;
};

} // namespace tieline
