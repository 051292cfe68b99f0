#pragma once

#include "tieline/messages/type_ids.hpp"

#include <caf/result.hpp>
#include <caf/typed_actor.hpp>

#include <string>

namespace tieline {

/// A piece of the output of a request: the next bytes of output, error output,
/// or both. For notifications and events each chunk is one whole message.
struct chunk {
  std::string output;
  std::string error_output;

  template <class Inspector>
  friend bool inspect(Inspector& f, chunk& x) {
    return f.object(x).fields(f.field("output", x.output),
                              f.field("error_output", x.error_output));
  }
};

/// Takes the output of a request, piece by piece and in order. It answers a
/// chunk when it is ready for more, since a session stops reading while too
/// much is unanswered. The request is canceled if the sink answers an error or
/// ends.
using sink_actor = caf::typed_actor<caf::result<void>(chunk)>;

} // namespace tieline
