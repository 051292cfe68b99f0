#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tieline::lab::restconf {

/// What a device is as a RESTCONF server (RFC 8040): plain HTTP/1.1 on a port
/// of its own, the data that NETCONF has, in XML.
struct options {
  bool enabled = false;
  /// The API's root, as host-meta tells it.
  std::string root = "/restconf";
  /// What a bearer needs, beside the user's basic authentication; empty: no
  /// bearer is let in.
  std::string token = {};
  /// Namespaces of modules. One not named here is that whose last part is the
  /// module's name.
  std::map<std::string, std::string> modules = {{"lab", "urn:tieline:lab"}};
};

/// How a RESTCONF server is doing.
struct status {
  std::map<std::string, std::uint64_t> requests; ///< so far, by method
  std::uint64_t unauthorized = 0;                ///< of them
  std::uint64_t streams = 0;                     ///< of events, that live
};

} // namespace tieline::lab::restconf
