#pragma once

#include "tieline/transports/netconf/well_formed.hpp"

#include <caf/timestamp.hpp>

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tieline::netconf {

/// The value of an operation's attribute, read once.
struct rpc_value {
  std::string text;
  /// Of a URL; empty: it is none.
  std::string scheme;
  std::optional<caf::timestamp> time;
};

/// Values by the names of their attributes.
using rpc_values = std::map<std::string, rpc_value>;

/// What a value has to know of its request.
struct surroundings {
  std::string_view operation;
  xml::scan_options fragment;
};

/// The names and namespaces of a fragment's outermost elements.
class outermost : public xml::handler {
public:
  void starts(const xml::element& x) override {
    if (x.depth == 1)
      names.emplace_back(x.name_space, x.local_name);
  }

  std::vector<std::pair<std::string, std::string>> names;
};

/// Reads the text of a value, of an attribute that is known. Returns what is
/// wrong with it; empty if nothing is.
std::string read_value(std::string_view name, rpc_value& x,
                       const surroundings& around);

/// Returns the value as it stands in its operation.
std::string write_value(std::string_view name, const rpc_value& x,
                        std::string_view operation);

/// Returns an element with this content, which is XML.
std::string element(std::string_view name, std::string_view content);

/// Returns what is wrong with a text as the content of an element.
std::string check_text(std::string_view text);

bool is_one_of(std::string_view text,
               std::initializer_list<std::string_view> good);

} // namespace tieline::netconf
