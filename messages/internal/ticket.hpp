#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/named_enum.hpp"

#include <caf/timespan.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tieline {

/// One attempt to open a session, as the admission sees it.
struct ticket {
  /// The number of the attempt, unique within its connection.
  uint64_t id = 0;
  connection_key key;
  /// Host and port, which the circuit breaker watches.
  std::string endpoint;
  std::string username;
  /// A hash of username and secrets. Equal credentials have equal hashes,
  /// within one process only.
  uint64_t credential = 0;
  /// The credential domain. Attempts with the same domain share a limit.
  std::string credential_domain;
  /// The jump domain. Attempts with the same domain share a limit. Empty: none.
  std::string jump_domain;
  /// Identifies the actor on whose behalf the session is opened, because
  /// callers take turns.
  uint64_t caller = 0;
  /// Whether the attempt says when its dialing is done, and then waits for a
  /// place to log in.
  bool tells_dialed = false;
  /// Whether a failure is expected. The breaker then lets the attempt pass and
  /// does not count its failure.
  bool expects_failure = false;
  /// Maximum of attempts per minute for the host of the key. Zero: no maximum.
  uint64_t opens_per_minute = 0;
  /// How many consecutive failures open the breaker (zero: none), for how long
  /// at first, and for how long at most.
  uint64_t breaker_failures = 0;
  caf::timespan breaker_delay{0};
  caf::timespan breaker_delay_max{0};

  template <class Inspector>
  friend bool inspect(Inspector& f, ticket& x) {
    return f.object(x).fields(
      f.field("id", x.id), f.field("key", x.key),
      f.field("endpoint", x.endpoint), f.field("username", x.username),
      f.field("credential", x.credential),
      f.field("credential_domain", x.credential_domain),
      f.field("jump_domain", x.jump_domain), f.field("caller", x.caller),
      f.field("expects_failure", x.expects_failure),
      f.field("opens_per_minute", x.opens_per_minute),
      f.field("breaker_failures", x.breaker_failures),
      f.field("breaker_delay", x.breaker_delay),
      f.field("breaker_delay_max", x.breaker_delay_max));
  }
};

/// The outcome of an attempt.
enum class attempt_outcome : uint8_t {
  opened,
  /// It was given up, which says nothing about the host.
  abandoned,
  /// The host could not be reached, or did not answer as it should.
  network_failed,
  /// The login was refused.
  auth_failed,
  /// Another failure that is not the fault of the host.
  failed,
};

template <>
struct names_of<attempt_outcome> {
  static constexpr std::string_view values[]
    = {"opened", "abandoned", "network_failed", "auth_failed", "failed"};
};

} // namespace tieline
