#pragma once

#include "tieline/messages/interfaces.hpp"

#include <functional>

namespace tieline {

/// Returns an actor that stands for the member of another node, which answers
/// `errc::node_lost` while that cannot be reached; to be ended by who asks for
/// it. Null, if there can be no link with that node.
using member_connector = std::function<member_actor(const cluster_node&)>;

} // namespace tieline
