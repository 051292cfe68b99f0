#pragma once

#include "tieline/messages/explanation.hpp"
#include "tieline/messages/internal/ticket.hpp"

#include <ext/pb_ds/assoc_container.hpp>
#include <ext/pb_ds/tree_policy.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace tieline {

/// How many sessions may be opening, or be up, at once.
struct place_limits {
  uint64_t opening = 0;
  uint64_t opening_per_credential = 0;
  uint64_t opening_per_jump_domain = 0;
  /// Sessions that are up or opening.
  uint64_t sessions = 0;
  /// Attempts that only dial. They do not count as opening.
  uint64_t dialing = 0;
};

/// The order of attempts: a tag, then the order of arrival.
using turn = std::pair<uint64_t, uint64_t>;

/// Turns, of which each tells how many are before it without a walk over them.
using ranking = __gnu_pbds::tree<turn, __gnu_pbds::null_type, std::less<>,
                                 __gnu_pbds::rb_tree_tag,
                                 __gnu_pbds::tree_order_statistics_node_update>;

struct waiting_group;

/// An attempt: the id of the actor that makes it, and the number that the actor
/// gave it.
using attempt_id = std::pair<uint64_t, uint64_t>;

/// Something that attempts share and that has a limited number of places.
struct opening_scope {
  enum kind_type : size_t { credential, jump, host, kinds };

  kind_type kind;
  std::string name;
  /// Places that are taken.
  uint64_t used = 0;
  /// How many attempts refer to it.
  uint64_t users = 0;
  // What the waiting line keeps here: the attempts that wait, the greatest tag
  // that had its turn, the groups that found no room, those that have places
  // and wait for the end of a session, and those that are connected and wait
  // for a place, whose first is known to the line if there may be room.
  ranking waiting;
  uint64_t tag = 0;
  std::map<turn, waiting_group*> blocked;
  std::map<uint64_t, attempt_id> held_up;
  std::map<turn, attempt_id> returning;
  std::optional<turn> next_return;
};

/// The scopes of one attempt; null where a kind does not apply.
using scope_set = std::array<opening_scope*, opening_scope::kinds>;

/// The credential domains and jump domains of the attempts that wait or are
/// under way, and the hosts with a rate that were tried within the last minute.
/// A place at a host is free again a minute after the attempt began; the other
/// places are free when the attempt is over. Tickets without a rate do not
/// count towards the rate of their host.
class opening_scopes {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit opening_scopes(place_limits limits) : limits_(limits) {
    // nop
  }

  /// Returns the scopes of a ticket and keeps them until @ref drop.
  scope_set use(const ticket& what);

  /// Returns those scopes of a ticket that exist.
  scope_set find(const ticket& what) const;

  void drop(const scope_set& in);
  void drop(opening_scope* x);

  /// Returns a scope without room for a ticket of that rate, if there is one.
  opening_scope* full(const scope_set& in, uint64_t rate) const;

  uint64_t limit(opening_scope::kind_type kind, uint64_t rate) const;

  /// Takes a place in each scope.
  static void take(const scope_set& in);

  /// Begins the attempt. From now on its place at the host is freed by time.
  void begin(const scope_set& in, time_point now);

  /// Frees the places of an attempt that has begun or never will.
  static void give_back(const scope_set& in, bool begun);

  /// Returns a host that has room again because of the time, to be dropped.
  opening_scope* expired(time_point now);

  /// Returns when the next place is freed by time.
  std::optional<time_point> next_expiry() const;

  size_t size() const noexcept;

private:
  place_limits limits_;
  std::array<std::unordered_map<std::string, opening_scope>,
             opening_scope::kinds>
    all_;
  std::deque<std::pair<time_point, opening_scope*>> recent_;
};

} // namespace tieline
