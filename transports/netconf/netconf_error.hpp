#pragma once

#include "tieline/messages/request.hpp"

#include <caf/error.hpp>

#include <string>
#include <vector>

namespace tieline {

/// An error that a NETCONF server reported: an `<rpc-error>` (RFC 6241, 4.3)
/// wherever it stands in the reply, and in whatever namespace; also the `error`
/// and `warning` of Junos. Fields that the server left out are empty.
struct netconf_error {
  /// `transport`, `rpc`, `protocol` or `application`.
  std::string type;
  /// As RFC 6241, appendix A lists them, e.g. `lock-denied`.
  std::string tag;
  /// `error` or `warning`. What is not called a warning is an error.
  std::string severity;
  std::string app_tag;
  /// XPath of the element with the error.
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

/// Returns the error for people, on one line: `lock-denied: it is held`.
std::string describe(const netconf_error& x);

/// Returns the errors that the server reported, for an `errc::operation_failed`
/// of the plugin netconf: at most the first 100, errors before warnings. Empty
/// for any other error.
///
/// The details of the failure hold the first as `error-type`, `error-tag`,
/// `error-severity`, `error-app-tag`, `error-path`, `error-message` and
/// `error-info`, the others as `2.error-type` and so on, and in `errors` the
/// number of errors that the server sent.
std::vector<netconf_error> netconf_errors_of(const caf::error& x);

/// Returns the warnings of a reply, at most 100. The attributes of the reply
/// hold them like the details of a failure, with `warnings` for their number.
std::vector<netconf_error> netconf_warnings_of(const reply& x);

} // namespace tieline
