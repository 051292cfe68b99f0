#pragma once

#include "tieline/actors/connection/pending_requests.hpp"
#include "tieline/actors/connection/session_lease.hpp"
#include "tieline/actors/runtime/caller_monitor.hpp"
#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/internal/forwarded_stream.hpp"
#include "tieline/messages/internal/tenant.hpp"

#include <caf/actor_addr.hpp>
#include <caf/error.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tieline {

/// What a connection does as a jump host: it keeps its session for those whose
/// sessions go through it, and has the session forward their streams.
class jump_host {
public:
  using promise = caf::typed_response_promise<void>;

  struct callbacks {
    /// Returns why no stream can go through; empty if one can, perhaps after an
    /// open.
    std::function<caf::error()> refusal;
    /// Returns the session if it is open, else null.
    std::function<std::shared_ptr<session_lease>()> session;
    /// Has the session opened.
    std::function<void(pending_requests::open_answer)> await_session;
    /// Somebody wants the session to stay, or nobody does any more.
    std::function<void(bool)> on_riders;
  };

  jump_host(full_connection_actor::pointer self, const connection_key& key,
            caller_monitor_actor monitor, callbacks tell);

  jump_host(const jump_host&) = delete;

  jump_host& operator=(const jump_host&) = delete;

  /// Keeps the session until the rider, a connection, releases it or ends.
  void carry(const caf::strong_actor_ptr& rider);

  void release(const caf::actor_addr& rider);

  /// Has a stream forwarded to a host and port.
  void forward(promise answer, std::string host, uint16_t port,
               shared_stream stream);

  /// What the session did not take, because it ended, waits for the next one.
  void session_ended();

  /// Watches nobody any more.
  void end();

private:
  struct forwarding {
    promise answer;
    std::string host;
    uint16_t port;
    shared_stream stream;
  };

  void forward(forwarding what);

  void forward_through(const std::shared_ptr<session_lease>& session,
                       forwarding what);

  full_connection_actor::pointer self_;
  const connection_key& key_;
  caller_monitor_actor monitor_;
  callbacks tell_;
  /// Connections whose sessions go through this one.
  std::map<caf::actor_addr, caller_watch> riders_;
  /// Streams that wait for the news of the session's end.
  std::vector<forwarding> parked_;
};

} // namespace tieline
