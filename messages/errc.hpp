#pragma once

#include "tieline/messages/named_enum.hpp"

#include <cstdint>
#include <string_view>

namespace tieline {

/// Why an operation failed. Compare codes, never texts: @ref sentence returns
/// the text of a code, @ref failure says where the operation failed.
enum class errc : uint8_t {
  none,
  // The request itself, or the state of the connection
  factory_not_set,
  factory_failed,
  invalid_params,
  invalid_request,
  invalid_setting,
  secret_withheld,
  not_open,
  closed,
  overloaded,
  draining,
  lease_ended,
  circuit_open,
  credential_stopped,
  not_owner,
  // Waiting
  timeout,
  canceled,
  // The network
  resolve_failed,
  refused,
  unreachable,
  connection_lost,
  node_lost,
  // The session
  protocol_error,
  no_common_algorithm,
  host_key_unknown,
  host_key_changed,
  certificate_invalid,
  auth_failed,
  channel_refused,
  output_limit,
  transport_failed,
  // The device
  unsupported,
  operation_failed,
};

template <>
struct names_of<errc> {
  static constexpr std::string_view values[] = {
    "none",
    "factory_not_set",
    "factory_failed",
    "invalid_params",
    "invalid_request",
    "invalid_setting",
    "secret_withheld",
    "not_open",
    "closed",
    "overloaded",
    "draining",
    "lease_ended",
    "circuit_open",
    "credential_stopped",
    "not_owner",
    "timeout",
    "canceled",
    "resolve_failed",
    "refused",
    "unreachable",
    "connection_lost",
    "node_lost",
    "protocol_error",
    "no_common_algorithm",
    "host_key_unknown",
    "host_key_changed",
    "certificate_invalid",
    "auth_failed",
    "channel_refused",
    "output_limit",
    "transport_failed",
    "unsupported",
    "operation_failed",
  };
};

/// Returns the meaning of the code in words.
std::string_view sentence(errc code) noexcept;

/// The step of an operation that failed.
enum class step : uint8_t {
  none,
  create,
  /// Reading what the params name: a credential, files.
  prepare,
  /// The way through jump hosts.
  jump,
  resolve,
  connect,
  /// Of SSH or TLS.
  key_exchange,
  host_key,
  auth,
  channel,
  /// The first message of a NETCONF server.
  hello,
  /// The first answer of an HTTP server.
  response,
  open,
  execute,
  close,
  session,
};

template <>
struct names_of<step> {
  static constexpr std::string_view values[] = {
    "none",           "create",  "preparation",  "jump",
    "resolve",        "connect", "key exchange", "host key",
    "authentication", "channel", "hello",        "response",
    "open",           "execute", "close",        "session",
  };
};

} // namespace tieline
