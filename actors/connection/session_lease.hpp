#pragma once

#include "tieline/actors/connection/connection_context.hpp"
#include "tieline/actors/connection/lifecycle.hpp"
#include "tieline/actors/connection/resolved_params.hpp"
#include "tieline/actors/runtime/owned.hpp"
#include "tieline/messages/internal/admission.hpp"
#include "tieline/messages/internal/tenant.hpp"
#include "tieline/messages/internal/ticket.hpp"

#include <caf/error.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace tieline {

/// A session of a connection, from the wait for its turn to its end: asks the
/// admission, has a transport made, opens it, and watches it. Lives in the
/// connection's actor. Once it is left, or let go of, nothing comes from it.
class session_lease : public std::enable_shared_from_this<session_lease> {
public:
  /// Each is called in the connection's context; none is called after `ended`.
  struct callbacks {
    /// The attempt begins: it is its turn.
    std::function<void()> on_turn;
    std::function<void()> on_open;
    std::function<void(uint64_t, caf::expected<reply>)> on_reply;
    /// A request gets no reply, because the session has ended. The session
    /// takes no more; its end follows.
    std::function<void(uint64_t, const caf::error&)> on_dropped;
    /// The attempt has failed or the session was lost.
    std::function<void(const caf::error&)> on_end;
  };

  session_lease(full_connection_actor::pointer self,
                const connection_context& parent, connection_params params,
                tieline::ticket id, callbacks tell);

  session_lease(const session_lease&) = delete;

  session_lease& operator=(const session_lease&) = delete;

  /// @param spare a fresh transport to open, if there is one
  /// @param stepwise whether that is a stepwise_transport_actor
  void start(owned<transport_actor> spare, bool stepwise);

  /// The spare transport has ended before its turn.
  void forget_spare() {
    spare_.release();
  }

  /// Runs a request. If the session ends first, nothing comes of it.
  void execute(uint64_t id, request what);

  /// Has a request given up that runs, if the transport can do so; its answer
  /// follows anyway.
  void cancel(uint64_t id);

  /// Ends it, whatever it is doing, without a word to the connection.
  /// @param why what it says about an attempt
  void leave(attempt_outcome why = attempt_outcome::abandoned);

  /// The transport, or an earlier one, tells of a step. Answers when the step
  /// may begin.
  caf::result<void> begin_step(step what, const caf::strong_actor_ptr& who);

  /// The transport asks for its way, which may be other than that of the
  /// params: a file may say more of it.
  caf::result<forwarder_actor> jump(std::vector<hop> via,
                                    const caf::strong_actor_ptr& who);

  /// Returns the step that the open has reached; `none` outside of an open.
  step reached() const noexcept {
    if (stage_ == session_stage::jump)
      return step::jump;
    return stage_ == session_stage::opening ? reached_ : step::none;
  }

  /// Returns the keys of the jump hosts, nearest first.
  const std::vector<connection_key>& hops() const noexcept {
    return hops_;
  }

  session_stage now() const noexcept {
    return stage_;
  }

  const transport_actor& transport() const noexcept {
    return transport_.get();
  }

  /// Returns whether the session has said that it ends: it takes no more.
  bool ending() const noexcept {
    return ending_;
  }

  const session_traits& traits() const noexcept {
    return traits_;
  }

  const tieline::ticket& ticket() const noexcept {
    return ticket_;
  }

private:
  using continuation = std::function<void(const caf::error&)>;

  bool is_ours(const caf::strong_actor_ptr& transport) const;

  /// Holds the session with the last of the hops.
  void hold_hop(std::vector<hop> via, continuation then);

  void ask_hop(connection_params params, int tries, continuation then);

  void release_hop();

  /// Waits for a place to open.
  void acquire(continuation then);

  void await_turn();

  void report(attempt_outcome what);

  void make_transport();

  void open(owned<transport_actor> fresh, bool stepwise);

  void ask_to_open(bool stepwise);

  void opened(const session_traits& traits);

  void transport_ended(const caf::error& reason);

  void fail(const caf::error& reason);

  full_connection_actor::pointer self_;
  caf::weak_actor_ptr supervisor_;
  admission_actor admission_;
  /// Whether transports that are made tell of their steps.
  bool stepwise_;
  /// Until it is open.
  connection_params params_;
  tieline::ticket ticket_;
  callbacks tell_;
  session_stage stage_ = session_stage::admission;
  /// The admission expects to hear of the attempt.
  bool admitted_ = false;
  std::vector<connection_key> hops_;
  /// The session that it holds, or wants to.
  jump_host_actor hop_;
  step reached_ = step::open;
  bool spare_stepwise_ = false;
  /// The admission knows that the host has been reached.
  bool dialed_ = false;
  owned<transport_actor> spare_;
  owned<transport_actor> transport_;
  session_traits traits_;
  bool ending_ = false;
  /// It is no actor of another node, whose messages may be lost.
  bool is_local_ = true;
};

} // namespace tieline
