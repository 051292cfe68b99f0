#pragma once

#include <cstdint>

namespace tieline {

/// How many sessions may be open or opening, and when a credential is stopped.
struct admission_limits {
  /// How many attempts may dial at once beside those that have a place for
  /// logging in. An attempt whose host does not answer for 100 ms gives up that
  /// place to others; once connected, it waits for one. Zero: none.
  uint64_t max_dialing = 256;
  /// How many sessions may be opening at once, in total.
  uint64_t max_opening = 32;
  /// How many sessions may be opening at once in one credential domain: the
  /// extra `credential_domain`, or else the username.
  uint64_t max_opening_per_credential = 10;
  /// How many sessions may be opening at once in one jump domain: the extra
  /// `jump_domain`, which names the gateway to the hosts.
  uint64_t max_opening_per_jump_domain = 8;
  /// After how many consecutive hosts that refuse a credential its use is
  /// stopped. Zero: never.
  uint64_t credential_failures = 3;
  /// How many sessions may be up or opening. Zero: 80 % of the files that the
  /// process may open.
  uint64_t max_sessions = 0;
};

} // namespace tieline
