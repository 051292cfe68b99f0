#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/named_enum.hpp"

#include <caf/timespan.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tieline {

/// One attempt to open a session, as the admission needs to know it.
struct ticket {
  /// Numbers the attempts of one connection.
  uint64_t id = 0;
  connection_key key;
  /// Host and port: what the circuit breaker watches.
  std::string endpoint;
  std::string username;
  /// Stands for username and secrets; the same secret gives the same number,
  /// within one process only.
  uint64_t credential = 0;
  /// Those who log in under one name here share a limit.
  std::string credential_domain;
  /// Those who go one way share a limit; empty: none.
  std::string jump_domain;
  /// Stands for the actor on whose behalf the session is opened: callers take
  /// turns.
  uint64_t caller = 0;
  /// Failures are expected: the breaker lets it pass and counts none.
  bool expects_failure = false;
  /// Attempts per minute for the host of the key; zero: any number.
  uint64_t opens_per_minute = 0;
  /// Failures in a row that open the breaker (zero: none do), for how long at
  /// first, and at most.
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

/// How an attempt came out.
enum class attempt_outcome : uint8_t {
  opened,
  /// Nobody wanted it any more: says nothing about the host.
  abandoned,
  /// The host could not be reached, or did not answer as it should.
  network_failed,
  /// The login was refused.
  auth_failed,
  /// Something else, that is not the host's fault.
  failed,
};

template <>
struct names_of<attempt_outcome> {
  static constexpr std::string_view values[]
    = {"opened", "abandoned", "network_failed", "auth_failed", "failed"};
};

} // namespace tieline
