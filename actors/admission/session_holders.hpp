#pragma once

#include "tieline/actors/admission/waiting_line.hpp"
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
/// end for others, asks all how long they have been idle, then the idlest to
/// give up theirs. Holds nobody alive. Part of one actor.
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

  /// Has as many end as are missing, unless it is at that already.
  void relieve();

private:
  struct idle_session {
    attempt_id who;
    caf::timespan idle;
  };

  void leaves(attempt_id who);

  void evict(std::vector<idle_session> idle);

  void finish(bool any_agreed);

  admission_actor::pointer self_;
  std::function<size_t()> missing_;
  std::function<void(bool)> done_;
  std::map<attempt_id, caf::actor_addr> holders_;
  std::set<attempt_id> leaving_;
  bool asking_ = false;
};

} // namespace tieline
