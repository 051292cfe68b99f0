#pragma once

#include "tieline/messages/failure.hpp"
#include "tieline/messages/internal/refusal.hpp"
#include "tieline/messages/internal/ticket.hpp"

namespace tieline {

/// What follows from a failed attempt.
enum class attempt_failure : uint8_t {
  /// The network or the host failed. Another attempt may succeed.
  network,
  /// Another attempt with the same params is of no use and may do harm (lock an
  /// account).
  terminal,
  /// The attempt was not made, because the admission refused it.
  refused,
  other,
};

/// Returns whether a transport knows that another attempt would fail the same
/// way, e.g. because the server speaks something else: `details["permanent"]`.
inline bool is_permanent(const caf::error& reason) {
  return failure_of(reason).details.count("permanent") > 0;
}

/// Returns whether a session that was lost had not begun the request:
/// `details["begun"]` is `no`. It may run on another session.
inline bool is_unbegun(const caf::error& reason) {
  return code_of(reason) == errc::connection_lost
         && failure_of(reason).details[begun_detail] == not_begun;
}

/// Returns whether a session was lost because the peer has ended it in good
/// order, with nothing in flight: `details["ended"]`.
inline bool is_end_by_peer(const caf::error& reason) {
  return code_of(reason) == errc::connection_lost
         && failure_of(reason).details.count("ended") > 0;
}

/// Returns whether the network or the host failed.
inline bool is_network_error(errc code) {
  switch (code) {
    case errc::timeout:
    case errc::resolve_failed:
    case errc::refused:
    case errc::unreachable:
    case errc::connection_lost:
    case errc::protocol_error:
      return true;
    default:
      return false;
  }
}

inline attempt_failure attempt_failure_of(const caf::error& reason) {
  // Whoever drops us at the login may have counted it.
  if (is_network_error(code_of(reason)) && !is_permanent(reason)
      && failure_of(reason).at != step::auth)
    return attempt_failure::network;
  switch (code_of(reason)) {
    case errc::auth_failed:
    case errc::host_key_changed:
    case errc::host_key_unknown:
    case errc::invalid_params:
    case errc::secret_withheld:
      return attempt_failure::terminal;
    case errc::circuit_open:
    case errc::credential_stopped:
    case errc::overloaded:
      return attempt_failure::refused;
    default:
      // Not tried again by itself, but with the next open: a certificate, for
      // one, is mended at the server, where nobody changes params.
      return attempt_failure::other;
  }
}

inline attempt_outcome outcome_of(const caf::error& reason) {
  // Who hangs up on us before a session is agreed on is there, and sheds load
  // (sshd's MaxStartups): a matter of retries, not of the circuit breaker.
  if (code_of(reason) == errc::connection_lost
      && failure_of(reason).at == step::key_exchange)
    return attempt_outcome::abandoned;
  // What cannot be read here, or is on the way, says nothing about the host.
  auto at = failure_of(reason).at;
  if (at == step::prepare || at == step::jump)
    return attempt_outcome::abandoned;
  if (is_network_error(code_of(reason)))
    return attempt_outcome::network_failed;
  switch (code_of(reason)) {
    case errc::auth_failed:
      return refuses_credential(reason) ? attempt_outcome::auth_failed
                                        : attempt_outcome::failed;
    case errc::no_common_algorithm:
    case errc::certificate_invalid:
    case errc::host_key_changed:
    case errc::host_key_unknown:
    case errc::channel_refused:
    case errc::unsupported:
      return attempt_outcome::failed;
    default:
      // It says nothing about the host.
      return attempt_outcome::abandoned;
  }
}

} // namespace tieline
