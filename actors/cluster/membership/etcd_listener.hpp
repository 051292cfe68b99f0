#pragma once

#include "tieline/actors/cluster/membership/store_client.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/coordinator.hpp"

#include <caf/actor_addr.hpp>

#include <cstdint>
#include <functional>
#include <optional>

namespace tieline {

/// The listener of a coordinator: is told one view after the other, and knows
/// whether all sessions are closed.
class etcd_listener {
public:
  /// @param store of the same actor; is to live as long
  /// @param view returns the newest one
  /// @param trouble returns what is in the way of the node
  /// @param on_answer called before anything is done with an answer
  /// @param on_acted called when the listener has acted on a view
  etcd_listener(coordinator_actor::pointer self, store_client& store,
                std::function<cluster_view()> view,
                std::function<caf::error()> trouble,
                std::function<void()> on_answer,
                std::function<void()> on_acted);

  etcd_listener(const etcd_listener&) = delete;

  etcd_listener& operator=(const etcd_listener&) = delete;

  /// Replaces the one that there was. Does not keep it alive.
  void set(const view_listener_actor& who);

  /// Tells it the trouble and the view, unless it knows them.
  void tell();

  /// Has it told the next view even if it knows that.
  void repeat() {
    told_.reset();
  }

  /// Returns whether nobody has a session because of us. A listener that has
  /// ended has not said so.
  bool closed() const {
    return !who_ || (!telling_ && told_ && !told_->may_own);
  }

private:
  coordinator_actor::pointer self_;
  store_client& store_;
  std::function<cluster_view()> view_;
  std::function<caf::error()> trouble_;
  std::function<void()> on_answer_;
  std::function<void()> on_acted_;

  caf::actor_addr who_;
  /// What it has been told last; none: it is to be told whatever it is.
  std::optional<cluster_view> told_;
  bool telling_ = false;
  caf::error told_trouble_;
  /// Tells an answer from that to an earlier view, or of an earlier listener.
  uint64_t last_ = 0;
};

} // namespace tieline
