#pragma once

#include "tieline/lab/netconf/schema.hpp"

#include <pugixml.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::lab::restconf {

/// One part of a data resource's path (RFC 8040 section 3.5.3).
struct path_segment {
  std::string module; ///< empty: that of the part before
  std::string name;
  std::vector<std::string> keys;
};

using resource_path = std::vector<path_segment>;

/// Reads what follows `{root}/data`, percent-encoded.
/// @throws std::invalid_argument it is no path
resource_path parse_path(std::string_view text);

/// Names of data as paths have them.
class naming {
public:
  naming(const std::map<std::string, std::string>& modules,
         const netconf::schema& known)
    : modules_(modules),
      known_(known) {
    // nop
  }

  /// Returns whether the element is what the segment names.
  bool matches(pugi::xml_node element, const path_segment& segment) const;

  /// Returns the data behind a path; none if there is none.
  pugi::xml_node find(pugi::xml_node data, const resource_path& path) const;

  /// Returns the element as the end of a path: `module:list=key`. Of a top
  /// element it has the module.
  std::string segment_of(pugi::xml_node element, bool is_top) const;

  /// Copies an element and those it is in, without what else is inside but
  /// keys, into `to`. Returns the copy of the element.
  pugi::xml_node frame(pugi::xml_node to, pugi::xml_node element) const;

private:
  const std::map<std::string, std::string>& modules_;
  const netconf::schema& known_;
};

} // namespace tieline::lab::restconf
