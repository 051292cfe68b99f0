#pragma once

#include <pugixml.hpp>

namespace tieline::lab::netconf {

/// Adds to `result` what a subtree filter (RFC 6241 section 6) selects of
/// `data`. A filter element without a namespace of its own matches any.
void select_subtree(pugi::xml_node data, pugi::xml_node filter,
                    pugi::xml_node result);

} // namespace tieline::lab::netconf
