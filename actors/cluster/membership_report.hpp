#pragma once

#include <caf/error.hpp>

#include <functional>

namespace tieline {

/// Is told each time when what is in the way of a node's membership changes: an
/// empty error once the node has joined its cluster and nothing is, else what
/// the matter is and since when. An actor calls it, so it must not block.
using membership_report = std::function<void(const caf::error&)>;

} // namespace tieline
