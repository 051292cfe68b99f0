#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/internal/ticket.hpp"
#include "tieline/messages/support/pruning.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace tieline {

/// Which credentials are held back because host after host refused them: to
/// go on would lock the account. Remembers only what was refused since it last
/// was good for a login, and forgets what nobody has tried to use for a day.
class credential_guard {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// How it is with a credential.
  struct standing {
    bool stopped = false;
    /// Hosts in a row that refused it.
    uint64_t failures = 0;
  };

  /// @param hosts that may refuse a credential; zero: any number.
  explicit credential_guard(uint64_t hosts) : hosts_(hosts) {
    // nop
  }

  /// The host refused the login; returns whether this stops the credential.
  bool refused(const ticket& what, time_point now);

  /// The login was good. Returns whose failure had stopped the credential, if
  /// it was stopped: an attempt was under way then, and has shown better.
  std::optional<connection_key> accepted(const ticket& what);

  /// Forgets all credentials of a username; returns for each that was stopped
  /// whose failure did it.
  std::vector<connection_key> clear(const std::string& username);

  /// Returns whether the credential is held back from somebody who wants to use
  /// it: as long as there are such, it stays so.
  bool holds_back(uint64_t credential, time_point now);

  standing of(uint64_t credential) const;

  /// Returns how many credentials are remembered: those that were wanted within
  /// a day or two.
  size_t size() const noexcept {
    return entries_.size();
  }

private:
  struct entry {
    std::string username;
    /// None once it is stopped.
    std::set<std::string> hosts;
    uint64_t failures = 0;
    bool stopped = false;
    connection_key stopped_by;
    time_point last_wanted;
  };

  uint64_t hosts_;
  std::unordered_map<uint64_t, entry> entries_;
  pruning pruning_;
};

} // namespace tieline
