#pragma once

#include "tieline/messages/request.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tieline::http {

/// One HTTP request, checked.
struct call {
  std::string method;
  std::string path;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  /// Returns whether there is a field of this name, in lower case.
  bool has(std::string_view name) const;

  /// Returns whether sending it twice is no different from sending it once
  /// (RFC 9110, 9.2.2).
  bool idempotent() const;

  /// Returns whether the caller says who asks.
  bool has_authorization() const;
};

/// Takes a request apart, body included. Returns what is wrong with it, naming
/// the attribute; empty if nothing is.
std::string parse_call(request& what, call& result);

/// A header field.
using header_field = std::pair<std::string, std::string>;

/// Adds the fields that a call does not have by itself.
void add_fields(call& to, const std::vector<header_field>& fields);

/// Adds the media types of RESTCONF (RFC 8040, 5.2; RFC 8072, 2), by the
/// content, to a call for a path below `root` that does not name them.
/// @param root e.g. `/restconf`; empty: nothing is below it
void add_media_types(call& to, std::string_view root);

/// Returns what is wrong with a header field that somebody wants to set; empty
/// if nothing is.
std::string check_header(std::string_view name, std::string_view value);

/// Returns what is wrong with the origin-form of a request's target (RFC 9112,
/// 3.2.1); empty if nothing is.
std::string check_path(std::string_view path);

/// Returns whether it is a token (RFC 9110, 5.6.2).
bool is_token(std::string_view text);

/// Returns the text in lower case, ASCII only.
std::string lower(std::string_view text);

} // namespace tieline::http
