#pragma once

#include "tieline/messages/type_ids.hpp"

#include <caf/result.hpp>
#include <caf/typed_actor.hpp>

#include <string>

namespace tieline {

/// A piece of what a request brings: the next bytes of its output, its error
/// output, or both. From a plugin of messages (notifications, events) each is
/// one whole message.
struct chunk {
  std::string output;
  std::string error_output;

  template <class Inspector>
  friend bool inspect(Inspector& f, chunk& x) {
    return f.object(x).fields(f.field("output", x.output),
                              f.field("error_output", x.error_output));
  }
};

/// Takes what a request brings, piece by piece and in order. It answers a
/// chunk when it is ready for more: a session reads on only while little is
/// unanswered. An error, or its end, cancels the request.
using sink_actor = caf::typed_actor<caf::result<void>(chunk)>;

} // namespace tieline
