#pragma once

#include "options.hpp"

#include <pugixml.hpp>

#include <string>
#include <vector>

namespace tieline::lab::netconf {

/// Returns the names of the leafs that tell this element from others of its
/// name; none if there can only be one.
std::vector<std::string> keys_of(const schema& known, pugi::xml_node element);

/// Returns the child of `parent` that is the same thing as `wanted`.
pugi::xml_node counterpart(const schema& known, pugi::xml_node parent,
                           pugi::xml_node wanted);

} // namespace tieline::lab::netconf
