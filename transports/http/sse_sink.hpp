#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/transports/http/sse.hpp"

#include <caf/actor_system.hpp>

#include <cstddef>
#include <functional>

namespace tieline {

/// What an event stream told of itself so far.
using sse_sink_actor = sink_actor::extend<
  // Returns what to send as `Last-Event-ID` to go on with the stream.
  caf::result<std::string>(caf::get_atom)>;

/// Returns the text to hand on for an event; its data unless told otherwise.
/// Runs in the sink's actor.
using sse_renderer = std::function<std::string(const sse_event&)>;

/// How an event stream becomes chunks.
struct sse_sink_options {
  /// Most bytes of one event; more is an error to the session, which cancels
  /// the request.
  size_t event_limit = size_t{1} << 20;
  sse_renderer render = nullptr;
};

/// Spawns a sink for a request of an event stream, to be given as
/// `request::sink`. It hands on one chunk per event, in order and each when
/// the one before was answered: `to` that is slow holds back the stream. Events
/// whose answers are out of reach with the request (it timed out, was
/// canceled) still come. It ends with `to`, after an error of that, on an exit
/// message, or with its last handle.
sse_sink_actor spawn_sse_sink(caf::actor_system& sys, sink_actor to,
                              sse_sink_options options = {});

} // namespace tieline
