#pragma once

#include "tieline/messages/caf_compat.hpp"
#include "tieline/messages/connection_params.hpp"
#include "tieline/messages/internal/error_context.hpp"
#include "tieline/transports/ssh/carrier.hpp"

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tieline::ssh {

/// The SSH session that a session of another plugin runs on: one that is open
/// with the same params, or one of its own. Lives in the state of the actor
/// that it serves.
template <class Self>
class carrier_lease {
public:
  /// Told once for each time it is asked, with an error if there is no session.
  using callback = std::function<void(const caf::error&)>;

  /// @param stepwise whether a session tells its steps; to `self`, which is a
  ///        step_listener_actor
  carrier_lease(Self* self, connection_key key, ssh_factory_actor ssh,
                bool stepwise)
    : self_(self),
      key_(std::move(key)),
      ssh_(std::move(ssh)),
      stepwise_(stepwise) {
    // nop
  }

  carrier_lease(const carrier_lease&) = delete;

  carrier_lease& operator=(const carrier_lease&) = delete;

  ~carrier_lease() {
    drop();
  }

  /// Looks for a session that is open with these params; opens one if there is
  /// none.
  void share(connection_params params, callback then) {
    params_ = std::move(params);
    then_ = std::move(then);
    compat::request(self_, ssh_, caf::infinite, share_atom_v, key_, params_)
      .then(
        [this](std::optional<transport_actor>& found) {
          if (!found) {
            make();
            return;
          }
          carrier_ = caf::actor_cast<carrier_actor>(*found);
          then_({});
        },
        [this](const caf::error&) {
          // Not a factory that shares.
          make();
        });
  }

  /// Opens a session of its own, in place of one that it had.
  void open(connection_params params, callback then) {
    params_ = std::move(params);
    then_ = std::move(then);
    make();
  }

  /// Does that with the params of before.
  void open_own() {
    make();
  }

  /// Keeps the params no longer: the session is what was wanted.
  void forget_params() {
    params_ = {};
  }

  /// Returns the session; only after success.
  const carrier_actor& operator*() const noexcept {
    return carrier_;
  }

  /// Returns whether it is open for this plugin alone.
  bool owned() const noexcept {
    return owned_;
  }

  /// Adds what the session that was opened had to tell people, once.
  void add_told(session_traits& to) {
    to.notices = std::exchange(traits_.notices, {});
    to.configured = traits_.configured;
  }

  /// Ends the session if it is its own; one that is shared goes on.
  void drop() {
    if (auto carrier = std::exchange(carrier_, nullptr); carrier && owned_)
      caf::anon_send_exit(carrier, caf::exit_reason::user_shutdown);
  }

private:
  void make() {
    drop();
    compat::request(self_, ssh_, caf::infinite, make_atom_v, key_)
      .then(
        [this](std::optional<transport_actor>& made) {
          if (!made) {
            then_(make_error(errc::factory_failed,
                             {key_, step::create, "no SSH session was made"}));
            return;
          }
          carrier_ = caf::actor_cast<carrier_actor>(*made);
          owned_ = true;
          log_in();
        },
        [this](const caf::error& reason) {
          then_(in_context(key_, reason, step::create));
        });
  }

  void log_in() {
    auto opened = [this](const session_traits& traits) {
      traits_ = traits;
      then_({});
    };
    auto failed = [this](const caf::error& reason) {
      then_(in_context(key_, reason, step::open));
    };
    if (stepwise_)
      compat::request(self_, carrier_, caf::infinite, caf::open_atom_v, params_,
                      step_listener_actor{self_})
        .then(opened, failed);
    else
      compat::request(self_, carrier_, caf::infinite, caf::open_atom_v, params_)
        .then(opened, failed);
  }

  Self* self_;
  connection_key key_;
  ssh_factory_actor ssh_;
  bool stepwise_;
  connection_params params_;
  callback then_;
  carrier_actor carrier_;
  bool owned_ = false;
  session_traits traits_;
};

} // namespace tieline::ssh
