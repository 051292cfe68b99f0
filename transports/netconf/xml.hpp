#pragma once

#include <caf/expected.hpp>

#include <pugixml.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace tieline::netconf::xml {

/// XML that was checked to be well-formed (see @ref scan), as a tree. For small
/// texts: the tree takes many times the room of the text.
class document {
public:
  /// @param depth how deep elements may lie in each other
  /// @returns an `errc::protocol_error` that says what is wrong, and where.
  static caf::expected<document> parse(std::string_view text,
                                       size_t depth = 256);

  pugi::xml_node root() const {
    return tree_->document_element();
  }

private:
  std::unique_ptr<pugi::xml_document> tree_;
};

std::string_view local_name(pugi::xml_node x);

/// Returns the URI that an element's prefix stands for; empty: none.
std::string_view namespace_of(pugi::xml_node x);

bool is(pugi::xml_node x, std::string_view uri, std::string_view name);

/// Returns the first child element of this name, or a null node.
pugi::xml_node child(pugi::xml_node x, std::string_view uri,
                     std::string_view name);

/// Returns all text directly in the element, without blanks at its ends.
std::string text(pugi::xml_node x);

/// Returns what is between the element's tags, as XML.
std::string inner(pugi::xml_node x);

/// Returns the text as it can stand in an element or in an attribute's value.
std::string escape(std::string_view text);

/// Returns what a piece of checked XML says: its texts, without tags, comments
/// and instructions, and with references and CDATA resolved.
std::string decode(std::string_view content);

/// Returns the text without blanks at its ends.
std::string_view trim(std::string_view text);

} // namespace tieline::netconf::xml
