#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/transports/http/sse.hpp"

#include <caf/actor_system.hpp>

#include <cstddef>
#include <functional>

namespace tieline {

/// A sink that reads an event stream.
using sse_sink_actor = sink_actor::extend<
  // Returns the `Last-Event-ID` with which the stream continues.
  caf::result<std::string>(caf::get_atom)>;

/// Returns the text to pass on for an event. The default is the data of the
/// event. It runs in the actor of the sink.
using sse_renderer = std::function<std::string(const sse_event&)>;

/// How events become chunks.
struct sse_sink_options {
  /// The maximum size of one event, in bytes. For a larger one the sink answers
  /// an error, which cancels the request.
  size_t event_limit = size_t{1} << 20;
  sse_renderer render = nullptr;
};

/// Spawns a sink for the request of an event stream, to be set as
/// `request::sink`. It passes on one chunk per event, in order. Each chunk
/// waits for the answer to the previous one, so a slow `to` holds back the
/// stream. Events that have arrived are delivered even when the request has
/// ended. The sink ends with `to`, after an error of `to`, on an exit message,
/// or with its last handle.
sse_sink_actor spawn_sse_sink(caf::actor_system& sys, sink_actor to,
                              sse_sink_options options = {});

} // namespace tieline
