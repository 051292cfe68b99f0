#pragma once

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/io/middleman_actor.hpp>
#include <caf/node_id.hpp>
#include <caf/result.hpp>
#include <caf/timespan.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <set>
#include <string>

namespace tieline {

/// Connects to other nodes, as CAF's middleman does.
using dialer_actor = caf::typed_actor<
  // Returns the node at a host and port, and what it has published there.
  caf::result<caf::node_id, caf::strong_actor_ptr, std::set<std::string>>(
    caf::connect_atom, std::string, uint16_t)>;

/// Spawns a dialer that lets the middleman connect only to addresses that
/// answer. CAF has one middleman for all links, which looks names up and
/// connects by calls that block: an address that swallows packets, or a name
/// server that does, would keep every other link waiting.
///
/// It finds out by a TCP connection of its own that it closes at once. Requests
/// for one address share it; each address has its own thread meanwhile.
/// @param middleman CAF's own
/// @param patience how long an address may take to answer
dialer_actor spawn_dialer(caf::actor_system& sys,
                          caf::io::middleman_actor middleman,
                          caf::timespan patience);

} // namespace tieline
