#pragma once

#include "tieline/actors/admission/waiting_line.hpp"
#include "tieline/actors/runtime/request_table.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/admission.hpp"

#include <caf/actor_addr.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <vector>

namespace tieline {

/// Who holds a session, by the attempt that opened it. When sessions have to
/// end for others, asks a few how long they have been idle, then the idlest of
/// them to give up theirs; others only if none of these does. Whoever is in use
/// when it is asked is asked again only after it has said that it is idle. So
/// what one session costs does not grow with their number. Holds nobody alive.
/// Part of one actor.
class session_holders {
public:
  /// Calls `missing` for how many sessions have to end beside those that are
  /// leaving, and `done` when nobody is being asked any more, with whether any
  /// agreed to end.
  session_holders(admission_actor::pointer self,
                  std::function<size_t()> missing,
                  std::function<void(bool)> done);

  void add(attempt_id who, caf::actor_addr holder);

  /// The session has ended; returns whether there was one.
  bool remove(attempt_id who);

  bool contains(attempt_id who) const {
    return holders_.count(who) > 0;
  }

  /// Returns the sessions of one actor.
  std::vector<attempt_id> of(uint64_t holder) const;

  /// Returns how many have agreed to end, and have not yet.
  size_t leaving() const noexcept {
    return leaving_.size();
  }

  /// One that was in use when it was asked is idle.
  void may_be_idle(attempt_id who);

  /// Has as many end as are missing, unless it is at that already.
  void relieve();

private:
  using agreed_callback = std::function<void(bool)>;

  struct idle_session {
    attempt_id who;
    caf::timespan idle;
  };

  void leaves(attempt_id who);

  /// Asks the next few, as long as `left` have not been asked.
  void ask_some(size_t left);

  void is_in_use(attempt_id who);

  /// Returns the holder that is asked next: all have their turn.
  attempt_id next_in_turn();

  void evict(std::vector<idle_session> idle, agreed_callback then);

  void finish(bool any_agreed);

  request_table requests_;
  std::function<size_t()> missing_;
  std::function<void(bool)> done_;
  std::map<attempt_id, caf::actor_addr> holders_;
  std::set<attempt_id> leaving_;
  /// Those that are not known to be in use.
  std::set<attempt_id> askable_;
  bool asking_ = false;
  /// Whom we asked last.
  attempt_id last_asked_;
};

} // namespace tieline
