#pragma once

#include "tieline/actors/admission/opening_scopes.hpp"
#include "tieline/messages/explanation.hpp"
#include "tieline/messages/internal/ticket.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace tieline {

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
/// Whoever only dials does not keep a place from those who could log in: an
/// attempt that says when its dialing is done, and that still dials after
/// @ref dial_grace while others wait, gives up its place in the credential
/// domain and in the total. Once it is connected, it waits for these again, and
/// goes before all that do not dial yet. It keeps its places at the host and in
/// the jump domain.
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

  /// How long an attempt keeps its place for logging in while it dials. A host
  /// that is up answers sooner, as a rule.
  static constexpr auto dial_grace = std::chrono::milliseconds{100};

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

  /// Returns an attempt that may begin, or that may log in after it was told to
  /// wait by @ref connected. It has its place from now on.
  std::optional<attempt_id> next(time_point now);

  /// The attempt's dialing is done. Returns whether it may log in at once;
  /// otherwise @ref next returns it when it may.
  bool connected(attempt_id who);

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

  /// Returns when @ref next may return an attempt without any other event.
  std::optional<time_point> due() const;

  standing of(attempt_id who, const ticket& what) const;

  /// Returns how many wait for a place, of whatever kind.
  size_t waiting() const noexcept {
    return entries_.size() - opening_ - dialing_ + returning_;
  }

  /// Returns how many have a place for logging in.
  size_t opening() const noexcept {
    return opening_;
  }

  /// Returns how many dial, or are connected, without a place for logging in.
  size_t dialing() const noexcept {
    return dialing_;
  }

  size_t sessions() const noexcept {
    return sessions_;
  }

  /// Returns how many things are remembered, without sessions.
  size_t size() const noexcept {
    return entries_.size() + groups_.size() + callers_.size() + scopes_.size()
           + diallers_.size() + returning_ + resumed_.size();
  }

private:
  enum class stage { waiting, held_up, opening, dialing };

  using numbered
    = __gnu_pbds::tree<uint64_t, attempt_id, std::less<>,
                       __gnu_pbds::rb_tree_tag,
                       __gnu_pbds::tree_order_statistics_node_update>;

  struct entry {
    stage at = stage::waiting;
    turn order;
    uint64_t caller = 0;
    uint64_t rate = 0;
    /// Where it waits or has a place.
    scope_set in{};
    /// Where it has kept its place while others have got that in `in`.
    scope_set kept{};
    /// It says when its dialing is done.
    bool dials = false;
    /// Its key in `diallers_`.
    time_point grace_ends;
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
  void enter_group(attempt_id who, entry& x);
  void move_up(time_point now);
  bool may_yield() const;
  void let_go_ahead();
  bool yield_place(time_point now);
  void let_return();
  void expect_return(opening_scope& domain, bool may_have_room);
  void hold_up(attempt_id who, entry& x);
  void hold_up_no_more(entry& x);
  void leave_group(entry& x);
  uint64_t ahead_of(const entry& x, const opening_scope* at) const;

  place_limits limits_;
  opening_scopes scopes_;
  std::map<attempt_id, entry> entries_;
  std::map<scope_set, waiting_group> groups_;
  ranking waiting_;
  std::map<turn, waiting_group*> ready_;
  /// By the order in which they got their other places.
  numbered held_up_;
  /// Attempts that dial and have a place for logging in, by when they give it
  /// up.
  std::set<std::pair<time_point, attempt_id>> diallers_;
  /// How many attempts are connected and wait for a place to log in, and the
  /// first of each domain that may have one.
  size_t returning_ = 0;
  std::map<turn, opening_scope*> next_returns_;
  /// Attempts that have got their place back and do not know it yet.
  std::set<attempt_id> resumed_;
  std::unordered_map<uint64_t, caller> callers_;
  /// Groups that wait at a host.
  size_t at_hosts_ = 0;
  uint64_t tag_ = 0;
  uint64_t arrivals_ = 0;
  uint64_t held_up_ever_ = 0;
  size_t opening_ = 0;
  size_t dialing_ = 0;
  size_t sessions_ = 0;
};

} // namespace tieline
