#pragma once

#include "tieline/actors/runtime/request_table.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/internal/member.hpp"
#include "tieline/messages/internal/supervisor.hpp"

#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace tieline {

/// Closes the sessions of a node's shards, so that the shards can be another's.
/// Lives in the member's actor.
class session_closer {
public:
  using maybe_connection = std::optional<connection_actor>;

  /// @param when, requests, view of the same actor; are to live as long
  session_closer(full_member_actor::pointer self, timers& when,
                 request_table& requests, const cluster_view& view,
                 full_manager_actor manager)
    : self_(self),
      requests_(requests),
      timers_(when),
      view_(view),
      manager_(std::move(manager)) {
    // nop
  }

  session_closer(const session_closer&) = delete;

  session_closer& operator=(const session_closer&) = delete;

  /// Has the manager insert a transport. What is replaced is no connection of
  /// the manager's any more, but closed only with the answer.
  void insert(caf::typed_response_promise<maybe_connection> promise,
              const connection_key& key, transport_actor transport);

  /// Closes the connections whose shard is among `which`, and waits for those
  /// that inserts have replaced, each at the latest `close-timeout` after its
  /// work has had the time to end: `within`, as long as the node may own
  /// anything. Then calls `then`.
  void close(const std::function<bool(uint32_t)>& which, caf::timespan within,
             std::function<void()> then);

  /// Waits for no work any more.
  void hurry();

  /// Ends all sessions at once.
  void cut_off();

private:
  struct insertion {
    connection_key key;
    std::vector<std::function<void()>> waiting;
  };

  void close_one(const connection_key& key, caf::timespan within,
                 std::function<void()> then);

  void drain(const connection_actor& what, caf::timespan within,
             std::function<void()> then);

  full_member_actor::pointer self_;
  request_table& requests_;
  timers& timers_;
  const cluster_view& view_;
  full_manager_actor manager_;

  /// Those that the manager has not answered.
  std::map<uint64_t, insertion> inserts_;
  uint64_t last_insert_ = 0;

  /// How to go on with what is to be closed once its work has ended.
  std::map<uint64_t, std::function<void()>> draining_;
  uint64_t last_drain_ = 0;
};

} // namespace tieline
