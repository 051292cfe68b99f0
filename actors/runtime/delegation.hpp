#pragma once

#include "tieline/messages/caf_compat.hpp"
#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/failure.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/error.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>
#include <caf/result.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace tieline {

/// Hands requests of one actor on to others that answer in its place. As with
/// CAF's delegate, nothing is pending in the actor meanwhile. Unlike there, an
/// actor that has ended answers with an error of tieline. The receiver does not
/// see who asked.
class delegation {
public:
  template <class Self>
  explicit delegation(Self* self)
    : desk_(compat::spawn_reply_desk(self->system(),
                                     [](uint64_t id, caf::message& what) {
                                       answer(id, std::move(what));
                                     })) {
    // nop
  }

  /// Hands on the request that `self` is handling.
  /// @param at for the `errc::closed` of an actor that has ended
  template <class Result, class Self, class Handle, class... Ts>
  caf::result<Result>
  hand_on(Self* self, failure at, const Handle& to, Ts&&... xs) {
    auto* what = self->current_mailbox_element();
    if (!what->sender || !what->mid.is_request()) {
      compat::anon_send(to, std::forward<Ts>(xs)...);
      return caf::delegated<Result>{};
    }
    auto made
      = std::make_unique<asked>(asked{what->sender, what->mid, std::move(at)});
    // The answer, which surely comes, brings it back.
    auto id = reinterpret_cast<uintptr_t>(made.release());
    compat::send_request(desk_, id, to, std::forward<Ts>(xs)...);
    return caf::delegated<Result>{};
  }

private:
  struct asked {
    caf::strong_actor_ptr who;
    caf::message_id request;
    failure at;
  };

  /// Called by whoever answers, in his thread.
  static void answer(uint64_t id, caf::message what) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): made of one in `ask`.
    std::unique_ptr<asked> here{reinterpret_cast<asked*>(id)};
    if (what.match_elements<caf::error>()
        && code_of(what.get_as<caf::error>(0)) == errc::none)
      what = caf::make_message(make_error(errc::closed, std::move(here->at)));
    compat::respond(here->who, here->request, std::move(what));
  }

  /// What others answer to.
  caf::actor desk_;
};

} // namespace tieline
