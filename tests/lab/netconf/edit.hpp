#pragma once

#include "problem.hpp"
#include "schema.hpp"

#include <pugixml.hpp>

#include <vector>

namespace tieline::lab::netconf {

/// What an edit does with an element (RFC 6241 section 7.2).
enum class edit_operation { none, merge, replace, create, remove, del };

/// What an edit does when an element is refused.
enum class error_option { stop, go_on, roll_back };

/// Applies the elements inside `config` to the data inside `target`. Elements
/// may say otherwise than `by_default` with an `operation`. Returns what was
/// refused: at most one thing unless it is to go on.
std::vector<problem> edit(const schema& known, pugi::xml_document& target,
                          pugi::xml_node config, edit_operation by_default,
                          error_option on_error);

} // namespace tieline::lab::netconf
