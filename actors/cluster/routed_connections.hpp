#pragma once

#include "tieline/actors/cluster/routed_connection.hpp"
#include "tieline/actors/runtime/tombstones.hpp"
#include "tieline/messages/internal/timer.hpp"
#include "tieline/messages/support/pruning.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>

#include <unordered_map>

namespace tieline {

/// The stand-ins for connections that a router has given away. They end with
/// it: another node that was given one holds it as long as that lives.
class routed_connections {
public:
  /// @param router is to live as long
  routed_connections(caf::actor_system& sys, caf::actor_control_block* router,
                     timer_actor timer, caller_monitor_actor callers);

  routed_connections(const routed_connections&) = delete;

  routed_connections& operator=(const routed_connections&) = delete;

  ~routed_connections();

  /// Returns the one for a key, always the same while it is held.
  routed_connection_actor of(const connection_key& key);

  /// Tells the one for a key that it is closed. Who opens the key again gets
  /// another one.
  void close(const connection_key& key);

  /// The same, but `who` knows it already.
  void closed(const connection_key& key, const caf::strong_actor_ptr& who);

private:
  using table = std::unordered_map<connection_key, caf::weak_actor_ptr>;

  void put_aside(table::iterator which);

  caf::actor_system& sys_;
  caf::actor_control_block* router_;
  timer_actor timer_;
  caller_monitor_actor callers_;
  table current_;
  /// Those that are not given out any more, but may still be held.
  tombstones closed_;
  pruning pruning_;
};

} // namespace tieline
