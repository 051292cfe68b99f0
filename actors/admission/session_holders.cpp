#include "tieline/actors/admission/session_holders.hpp"

#include "tieline/actors/runtime/fan_in.hpp"
#include "tieline/messages/internal/tenant.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace tieline {

session_holders::session_holders(admission_actor::pointer self,
                                 std::function<size_t()> missing,
                                 std::function<void(bool)> done)
  : requests_(self),
    missing_(std::move(missing)),
    done_(std::move(done)) {
  // nop
}

void session_holders::add(attempt_id who, caf::actor_addr holder) {
  holders_.emplace(who, std::move(holder));
  askable_.insert(who);
}

bool session_holders::remove(attempt_id who) {
  leaving_.erase(who);
  askable_.erase(who);
  return holders_.erase(who) > 0;
}

std::vector<attempt_id> session_holders::of(uint64_t holder) const {
  std::vector<attempt_id> result;
  for (auto i = holders_.lower_bound({holder, 0});
       i != holders_.end() && i->first.first == holder; ++i)
    result.push_back(i->first);
  return result;
}

void session_holders::may_be_idle(attempt_id who) {
  if (contains(who) && leaving_.count(who) == 0)
    askable_.insert(who);
}

void session_holders::relieve() {
  if (asking_ || missing_() == 0)
    return;
  asking_ = true;
  ask_some(askable_.size());
}

void session_holders::ask_some(size_t left) {
  constexpr size_t few = 16;
  auto count = std::min(left, std::max(few, 2 * missing_()));
  if (count == 0) {
    finish(false);
    return;
  }
  auto answers = fan_in<idle_session>::make(
    [this, left = left - count](std::vector<idle_session> idle) {
      evict(std::move(idle), [this, left](bool any_agreed) {
        if (any_agreed || missing_() == 0)
          finish(any_agreed);
        else
          ask_some(left);
      });
    });
  for (; count > 0 && !askable_.empty(); --count) {
    auto who = next_in_turn();
    answers->expect();
    requests_.ask(caf::actor_cast<tenant_actor>(holders_.at(who)), idle_atom_v)
      .then(
        [this, answers, who](caf::timespan idle) {
          if (idle.count() > 0) {
            answers->arrived({who, idle});
          } else {
            is_in_use(who);
            answers->arrived();
          }
        },
        [this, answers, who](const caf::error&) {
          leaves(who);
          answers->arrived();
        });
  }
  answers->close();
}

attempt_id session_holders::next_in_turn() {
  auto i = askable_.upper_bound(last_asked_);
  if (i == askable_.end())
    i = askable_.begin();
  return last_asked_ = *i;
}

/// Asks as many as are needed, the idlest first; the others only if none of
/// these agrees.
void session_holders::evict(std::vector<idle_session> idle,
                            agreed_callback then) {
  auto gone = [this](auto& x) { return !contains(x.who); };
  idle.erase(std::remove_if(idle.begin(), idle.end(), gone), idle.end());
  std::stable_sort(idle.begin(), idle.end(),
                   [](auto& x, auto& y) { return x.idle > y.idle; });
  // What was missing as we asked may have come by itself.
  auto needed = std::min(idle.size(), missing_());
  auto last = std::next(idle.begin(), static_cast<ptrdiff_t>(needed));
  std::vector<idle_session> others(last, idle.end());
  auto answers = fan_in<attempt_id>::make(
    [this, others, then](const std::vector<attempt_id>& agreed) {
      if (agreed.empty() && !others.empty() && missing_() > 0)
        evict(others, then);
      else
        then(!agreed.empty());
    });
  for (auto i = idle.begin(); i != last; ++i) {
    answers->expect();
    auto agreed = [this, answers, who = i->who] {
      leaves(who);
      answers->arrived(who);
    };
    requests_
      .ask(caf::actor_cast<tenant_actor>(holders_.at(i->who)), evict_atom_v)
      .then(
        [answers, agreed](bool agrees) {
          if (agrees)
            agreed();
          else
            answers->arrived();
        },
        [agreed](const caf::error&) { agreed(); });
  }
  answers->close();
}

void session_holders::finish(bool any_agreed) {
  asking_ = false;
  done_(any_agreed);
}

/// One that agreed, or that does not answer, which is only so if it is dead: we
/// will hear of its end.
void session_holders::leaves(attempt_id who) {
  // It may have ended before it said so.
  if (contains(who))
    leaving_.insert(who);
  is_in_use(who);
}

void session_holders::is_in_use(attempt_id who) {
  askable_.erase(who);
}

} // namespace tieline
