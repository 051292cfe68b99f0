#pragma once

#include <string_view>

/// @file
/// The names of NETCONF's namespaces and capabilities (RFC 6241, 10).

namespace tieline::netconf {

namespace uri {

/// The namespace of the protocol itself.
constexpr std::string_view base = "urn:ietf:params:xml:ns:netconf:base:1.0";
/// Of event notifications (RFC 5277).
constexpr std::string_view notification
  = "urn:ietf:params:xml:ns:netconf:notification:1.0";
/// Of streams, and of events about a subscription itself (RFC 5277, 3.4).
constexpr std::string_view stream_events
  = "urn:ietf:params:xml:ns:netmod:notification";
/// Of monitoring, get-schema included (RFC 6022); a capability, too.
constexpr std::string_view monitoring
  = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring";
/// Of the parameter with-defaults (RFC 6243).
constexpr std::string_view with_defaults
  = "urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults";

} // namespace uri

namespace capability {

constexpr std::string_view base_1_0 = "urn:ietf:params:netconf:base:1.0";
constexpr std::string_view base_1_1 = "urn:ietf:params:netconf:base:1.1";
constexpr std::string_view writable_running
  = "urn:ietf:params:netconf:capability:writable-running:1.0";
constexpr std::string_view candidate
  = "urn:ietf:params:netconf:capability:candidate:1.0";
constexpr std::string_view confirmed_commit_1_0
  = "urn:ietf:params:netconf:capability:confirmed-commit:1.0";
constexpr std::string_view confirmed_commit_1_1
  = "urn:ietf:params:netconf:capability:confirmed-commit:1.1";
constexpr std::string_view rollback_on_error
  = "urn:ietf:params:netconf:capability:rollback-on-error:1.0";
constexpr std::string_view validate_1_0
  = "urn:ietf:params:netconf:capability:validate:1.0";
constexpr std::string_view validate_1_1
  = "urn:ietf:params:netconf:capability:validate:1.1";
constexpr std::string_view startup
  = "urn:ietf:params:netconf:capability:startup:1.0";
constexpr std::string_view url = "urn:ietf:params:netconf:capability:url:1.0";
constexpr std::string_view xpath
  = "urn:ietf:params:netconf:capability:xpath:1.0";
constexpr std::string_view with_defaults
  = "urn:ietf:params:netconf:capability:with-defaults:1.0";
constexpr std::string_view notification
  = "urn:ietf:params:netconf:capability:notification:1.0";
constexpr std::string_view interleave
  = "urn:ietf:params:netconf:capability:interleave:1.0";

} // namespace capability

/// Returns whether an element of this namespace is one of the protocol's.
/// Besides the right one these are what old servers write for it: none at all,
/// that of a version that has never been, or the capability of the same name.
constexpr bool is_base(std::string_view name_space) noexcept {
  return name_space == uri::base || name_space.empty()
         || name_space == "urn:ietf:params:xml:ns:netconf:base:1.1"
         || name_space == capability::base_1_0
         || name_space == capability::base_1_1;
}

} // namespace tieline::netconf
