#pragma once

#include "management.hpp"
#include "session_context.hpp"

#include <pugixml.hpp>

#include <string>
#include <vector>

namespace tieline::lab::netconf {

/// Carries out an operation of a session. Returns what is inside the reply.
/// With `reject_config`, no configuration is valid.
/// @throws problem it is refused
/// @throws std::vector<problem> parts of it are refused
std::string perform(session_context& session, management& device,
                    bool reject_config, pugi::xml_node operation);

/// Carries out an operation of the lab's own (namespace `urn:tieline:lab`),
/// for NETCONF and RESTCONF: `echo` has an element `text` and returns it.
/// @throws problem there is none of this name
std::string perform_own(pugi::xml_node operation);

} // namespace tieline::lab::netconf
