#pragma once

#include "tieline/messages/request.hpp"

#include <caf/error.hpp>

#include <string>
#include <vector>

namespace tieline {

/// What a NETCONF server said was wrong: an `<rpc-error>` (RFC 6241, 4.3).
/// What it did not say is empty.
struct netconf_error {
  /// `transport`, `rpc`, `protocol` or `application`.
  std::string type;
  /// As RFC 6241, appendix A lists them, e.g. `lock-denied`.
  std::string tag;
  /// `error` or `warning`.
  std::string severity;
  std::string app_tag;
  /// XPath of what the error is about.
  std::string path;
  /// For people.
  std::string message;
  /// XML, as the server sent it.
  std::string info;

  friend bool operator==(const netconf_error& x, const netconf_error& y) {
    return x.type == y.type && x.tag == y.tag && x.severity == y.severity
           && x.app_tag == y.app_tag && x.path == y.path
           && x.message == y.message && x.info == y.info;
  }
};

/// Returns what the server said, for an `errc::operation_failed` of the plugin
/// netconf: at most the first 100, errors before warnings. Empty for any other
/// error.
///
/// The failure's details hold the first as `error-type`, `error-tag`,
/// `error-severity`, `error-app-tag`, `error-path`, `error-message` and
/// `error-info`, the others as `2.error-type` and so on, and as `errors` how
/// many the server sent.
std::vector<netconf_error> netconf_errors_of(const caf::error& x);

/// Returns the warnings of a reply, at most 100. The reply's attributes hold
/// them as the details of a failure do, with `warnings` for their number.
std::vector<netconf_error> netconf_warnings_of(const reply& x);

} // namespace tieline
