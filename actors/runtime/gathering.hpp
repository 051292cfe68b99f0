#pragma once

#include "tieline/messages/caf_compat.hpp"

#include <caf/action.hpp>
#include <caf/actor.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/message.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace tieline {

/// Asks very many actors of this node at once. Nothing is pending in the actor
/// that asks: who answers puts the answer in its place, and only the last one
/// tells the actor. The answers come by the deadlines of those who are asked;
/// an actor that has ended answers with an error. The receivers see another
/// sender than the actor.
class gathering {
public:
  /// Takes the answer with this number, in the thread of whoever answers, and
  /// many at once: it may only touch what belongs to that number.
  using on_answer_function = std::function<void(size_t, caf::message&)>;

  /// @param done called in the context of the actor when all have answered,
  ///        unless it has ended
  template <class Self>
  gathering(Self* self, on_answer_function take, std::function<void()> done)
    : state_(
      std::make_shared<state>(self->ctrl(), std::move(take), std::move(done))),
      desk_(compat::spawn_reply_desk(
        self->system(), [here = state_](uint64_t id, caf::message& what) {
          here->take(id - 1, what);
          here->arrived();
        })) {
    // nop
  }

  gathering(const gathering&) = delete;

  gathering& operator=(const gathering&) = delete;

  /// All are asked.
  ~gathering() {
    state_->arrived();
  }

  /// @param number of the answer; another one each time
  template <class Handle, class... Ts>
  void ask(size_t number, const Handle& to, Ts&&... xs) {
    ++state_->missing;
    compat::send_request(desk_, number + 1, to, std::forward<Ts>(xs)...);
  }

  /// Waits for what is not asked by this. The result is to be called when it is
  /// there.
  std::function<void()> expect() {
    ++state_->missing;
    return [here = state_] { here->arrived(); };
  }

private:
  struct state {
    state(caf::weak_actor_ptr who, on_answer_function f,
          std::function<void()> then)
      : owner(std::move(who)),
        take(std::move(f)),
        done(std::move(then)) {
      // nop
    }

    void arrived() {
      if (--missing != 0)
        return;
      if (auto here = owner.lock())
        compat::post(here, caf::make_action(std::move(done)));
    }

    caf::weak_actor_ptr owner;
    const on_answer_function take;
    std::function<void()> done;
    std::atomic<size_t> missing{1};
  };

  std::shared_ptr<state> state_;
  /// What all answer to; those who have not answered keep it.
  caf::actor desk_;
};

} // namespace tieline
