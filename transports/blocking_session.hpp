#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/timespan.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace tieline {

/// A session over a library that blocks: what the author of a plugin writes.
/// All functions but @ref interrupt are called by one thread of the session's
/// own, one at a time. Each may throw; the text is not shown, since it may hold
/// anything.
class blocking_session {
public:
  virtual ~blocking_session();

  /// Opens it. Called first, and once.
  /// @returns an empty error, or why it cannot be opened
  virtual caf::error open(const connection_params& params) = 0;

  /// Runs one request, within the request's timeout if it can.
  virtual caf::expected<reply> execute(const request& what) = 0;

  /// Looks for a sign of life of the peer. Called for a probe, and from time to
  /// time while the session is idle.
  /// @returns an empty error, or why the session is lost
  virtual caf::error check() = 0;

  /// Ends it in good order. Then it is destroyed.
  virtual void close() {
    // nop
  }

  /// Has a function that blocks return soon, for example by shutting its socket
  /// down. Called by another thread, at any time, perhaps twice. Afterwards the
  /// session is of no more use.
  virtual void interrupt() noexcept = 0;
};

/// Makes a session for a key; must not block. Returns null for none.
using blocking_session_maker
  = std::function<std::unique_ptr<blocking_session>(const connection_key&)>;

/// Spawns a factory of such sessions. Each has a thread of its own and runs one
/// request at a time. An exit message interrupts it. A request that has not
/// returned by its timeout is answered `errc::timeout`, and ends the session.
/// @param check_interval how often an idle session is checked
/// @param plugin what the plugin tells of itself
/// @throws std::invalid_argument if `make` is empty
factory_actor
spawn_blocking_factory(caf::actor_system& sys, blocking_session_maker make,
                       caf::timespan check_interval = std::chrono::seconds{5},
                       plugin_traits plugin = {});

} // namespace tieline
