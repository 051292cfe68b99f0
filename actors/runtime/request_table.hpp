#pragma once

#include "tieline/messages/caf_compat.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_companion.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>

#include <cstdint>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace tieline {

/// The requests of one actor that others have not answered yet, for an actor
/// that may ask very many at once. CAF looks through all pending requests of an
/// actor for each answer; here the number of requests makes no difference.
///
/// As with CAF's own requests, each gets an answer: an actor that has ended
/// answers with an error; one of a node that is lost answers nothing, see
/// @ref fail_all. The receiver sees another sender than the actor, which ends
/// with it.
class request_table {
public:
  /// @param stays whether the actor does not end with its last handle as long
  ///        as anything is pending
  template <class Self>
  explicit request_table(Self* self, bool stays = false)
    : system_(self->system()),
      owner_(self->ctrl()),
      stays_(stays) {
    // nop
  }

  request_table(const request_table&) = delete;

  request_table& operator=(const request_table&) = delete;

  ~request_table() {
    // Who was named to another node would else stay for ever.
    if (desk_)
      static_cast<caf::actor_companion*>(
        caf::actor_cast<caf::abstract_actor*>(desk_))
        ->cleanup(caf::error{}, nullptr);
  }

  /// A request that was sent and that nobody waits for yet.
  class [[nodiscard]] sent {
  public:
    sent(request_table& table, uint64_t id) : table_(table), id_(id) {
      // nop
    }

    /// Has the answer passed to `done`, or an error to `failed`, in the context
    /// of the actor.
    template <class Done, class Failed>
    void then(Done done, Failed failed) {
      if (table_.stays_ && table_.pending_.empty())
        table_.alive_ = table_.owner_.lock();
      table_.pending_.emplace(id_, caf::behavior{std::move(done),
                                                 std::move(failed)});
    }

  private:
    request_table& table_;
    uint64_t id_;
  };

  /// Sends a request without a timeout.
  template <class Handle, class... Ts>
  sent ask(const Handle& to, Ts&&... xs) {
    auto id = ++last_id_;
    if (to)
      compat::send_request(desk(), id, to, std::forward<Ts>(xs)...);
    else if (auto here = owner_.lock())
      arrive(here, id,
             caf::make_message(caf::make_error(caf::sec::invalid_argument)));
    return {*this, id};
  }

  /// Answers all that is pending. What answers come still are too late.
  void fail_all(const caf::error& reason) {
    for (auto& [id, handler] : std::exchange(pending_, {})) {
      auto what = caf::make_message(reason);
      handler(what);
    }
    rest();
  }

private:
  /// Returns what others answer to; most tables ask nobody.
  const caf::actor& desk() {
    if (!desk_)
      desk_ = compat::spawn_reply_desk(
        system_, [this, owner = owner_](uint64_t id, caf::message& what) {
          if (auto alive = owner.lock())
            arrive(alive, id, std::move(what));
        });
    return desk_;
  }

  /// Called by whoever answers, in his thread.
  void arrive(const caf::strong_actor_ptr& here, uint64_t id,
              caf::message what) {
    compat::post(here,
                 caf::make_action([this, id, what = std::move(what)]() mutable {
                   finish(id, what);
                 }));
  }

  void finish(uint64_t id, caf::message& what) {
    auto taken = pending_.extract(id);
    if (taken.empty())
      return;
    auto& handler = taken.mapped();
    if (!handler(what)) {
      auto wrong
        = caf::make_message(caf::make_error(caf::sec::unexpected_response));
      handler(wrong);
    }
    rest();
  }

  void rest() {
    if (pending_.empty())
      alive_ = nullptr;
  }

  caf::actor_system& system_;
  caf::weak_actor_ptr owner_;
  bool stays_;
  /// The owner, as long as anything is pending, if it stays.
  caf::strong_actor_ptr alive_;
  caf::actor desk_;
  std::unordered_map<uint64_t, caf::behavior> pending_;
  uint64_t last_id_ = 0;
};

} // namespace tieline
