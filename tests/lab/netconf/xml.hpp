#pragma once

#include <pugixml.hpp>

#include <string>
#include <string_view>

namespace tieline::lab::netconf {

/// Of NETCONF's messages and operations (RFC 6241).
constexpr std::string_view base_namespace
  = "urn:ietf:params:xml:ns:netconf:base:1.0";
/// Of notifications and their replay (RFC 5277).
constexpr std::string_view notification_namespace
  = "urn:ietf:params:xml:ns:netconf:notification:1.0";
/// Of the capabilities that have no version before 1.0.
constexpr std::string_view capability_prefix
  = "urn:ietf:params:netconf:capability:";

/// Returns an element's name without its prefix.
std::string_view local_name(pugi::xml_node element);

/// Returns an element's namespace; empty if it has none. pugixml itself knows
/// nothing of namespaces.
std::string_view namespace_of(pugi::xml_node element);

/// Returns the first child of that local name, whatever its namespace.
pugi::xml_node child(pugi::xml_node parent, std::string_view name);

/// Returns whether the element has elements inside.
bool has_elements(pugi::xml_node element);

/// Returns an element's text without blanks around it.
std::string text_of(pugi::xml_node element);

/// Adds an element like `what`, without what is inside: no prefix, and an xmlns
/// only where the parent's is another. An `operation` of NETCONF is left out.
pugi::xml_node adopt_shell(pugi::xml_node parent, pugi::xml_node what);

/// Like `adopt_shell`, with all that is inside.
pugi::xml_node adopt(pugi::xml_node parent, pugi::xml_node what);

/// Copies all elements inside `from`.
void adopt_inside(pugi::xml_node to, pugi::xml_node from);

/// Returns the elements inside a node as text in one line.
std::string inside(pugi::xml_node parent);

/// Returns one element as text in one line.
std::string text_with_tags(pugi::xml_node element);

/// Returns text for use in XML.
std::string escaped(std::string_view text);

/// Reads XML that may have several elements at the top.
/// @throws std::invalid_argument it is no XML
void parse_fragment(pugi::xml_document& into, std::string_view text);

} // namespace tieline::lab::netconf
