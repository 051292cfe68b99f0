#pragma once

#include "tieline/actors/admission/opening_scopes.hpp"
#include "tieline/messages/explanation.hpp"
#include "tieline/messages/internal/ticket.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

namespace tieline {

/// An attempt: the id of the actor that makes it, and the number that the actor
/// gave it.
using attempt_id = std::pair<uint64_t, uint64_t>;

/// The waiting attempts that have all scopes in common.
struct waiting_group {
  std::map<turn, attempt_id> waiting;
  /// The scope where it found no room; null if it may go ahead, as far as is
  /// known.
  opening_scope* at = nullptr;
};

/// The attempts that wait for a place to open a session, and those that have
/// one.
///
/// Of the attempts that find room in all their scopes, the one with the lowest
/// turn goes first. The tag of a turn is one more than the previous tag of its
/// caller, but no less than the tags that have their turn now in its credential
/// domain; so callers alternate. Tickets with the same scopes form a group.
/// Only the first of a group is ever examined, and a group that finds a scope
/// full waits there until a place is free.
class waiting_line {
public:
  using time_point = opening_scopes::time_point;

  /// What an attempt waits for, or would wait for.
  struct standing {
    waits_for what = waits_for::nothing;
    /// Its position by turn, from 1, among all attempts that wait for the same.
    /// Zero: it does not wait.
    uint64_t position = 0;
    uint64_t used = 0;
    uint64_t limit = 0;
  };

  explicit waiting_line(place_limits limits)
    : limits_(limits),
      scopes_(limits) {
    // nop
  }

  /// Adds an attempt that is not known yet.
  void join(attempt_id who, const ticket& what);

  /// Returns an attempt that may begin. It has its place from now on.
  std::optional<attempt_id> next(time_point now);

  /// Removes an attempt that waits no longer or is over.
  void leave(attempt_id who);

  /// Removes an attempt that opened a session. The session counts until
  /// @ref release.
  void opened(attempt_id who);

  /// Records the end of a session.
  void release();

  /// Returns how many attempts wait for nothing but the end of a session.
  size_t held_up() const noexcept {
    return held_up_.size();
  }

  /// Returns the one of them whose turn is last. There has to be one.
  attempt_id last_held_up() const;

  /// Returns when @ref next may return an attempt without any other event.
  std::optional<time_point> due() const;

  standing of(attempt_id who, const ticket& what) const;

  size_t waiting() const noexcept {
    return entries_.size() - opening_;
  }

  size_t opening() const noexcept {
    return opening_;
  }

  size_t sessions() const noexcept {
    return sessions_;
  }

  /// Returns how many things are remembered, without sessions.
  size_t size() const noexcept {
    return entries_.size() + groups_.size() + callers_.size() + scopes_.size();
  }

private:
  enum class stage { waiting, held_up, opening };

  struct entry {
    stage at = stage::waiting;
    turn order;
    uint64_t caller = 0;
    uint64_t rate = 0;
    scope_set in{};
    waiting_group* group = nullptr;
    /// Its key in `held_up_`.
    uint64_t held_up = 0;
  };

  struct caller {
    uint64_t tag = 0;
    uint64_t waiting = 0;
  };

  void park(waiting_group& x, opening_scope* at);
  void unpark(waiting_group& x);
  void wake(const scope_set& in);
  void wake(opening_scope* x);
  void move_up(time_point now);
  void leave_group(entry& x);
  uint64_t ahead_of(const entry& x, const opening_scope* at) const;

  place_limits limits_;
  opening_scopes scopes_;
  std::map<attempt_id, entry> entries_;
  std::map<scope_set, waiting_group> groups_;
  ranking waiting_;
  std::map<turn, waiting_group*> ready_;
  std::map<uint64_t, attempt_id> held_up_;
  std::unordered_map<uint64_t, caller> callers_;
  /// Groups that wait at a host.
  size_t at_hosts_ = 0;
  uint64_t tag_ = 0;
  uint64_t arrivals_ = 0;
  uint64_t held_up_ever_ = 0;
  size_t opening_ = 0;
  size_t sessions_ = 0;
};

} // namespace tieline
