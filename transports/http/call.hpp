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

  /// Returns whether sending it twice is no different from sending it once
  /// (RFC 9110, 9.2.2).
  bool idempotent() const;

  /// Returns whether the caller says who asks.
  bool has_authorization() const;
};

/// Takes a request apart, body included. Returns what is wrong with it, naming
/// the attribute; empty if nothing is.
std::string parse_call(request& what, call& result);

/// Returns what is wrong with the origin-form of a request's target (RFC 9112,
/// 3.2.1); empty if nothing is.
std::string check_path(std::string_view path);

/// Returns whether it is a token (RFC 9110, 5.6.2).
bool is_token(std::string_view text);

/// Returns the text in lower case, ASCII only.
std::string lower(std::string_view text);

} // namespace tieline::http
