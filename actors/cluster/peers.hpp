#pragma once

#include "tieline/actors/cluster/membership/member_connector.hpp"
#include "tieline/actors/cluster/shards.hpp"
#include "tieline/actors/node/remote_end.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/internal/router.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tieline {

/// The nodes of a cluster as the router of one of them asks them: that one
/// itself, and those that the last view has shown.
class peers {
public:
  using end_type = remote_end<member_actor, full_router_actor::pointer>;

  struct node {
    cluster_node what;
    /// How it is asked. Of another node it lives as long as somebody waits for
    /// an answer of it, whatever the view.
    std::shared_ptr<end_type> end;
  };

  /// @param with of the same actor; is to live as long
  /// @param mine the member of the router's own node
  /// @param on_reached called with the name of a node that can be asked anew
  peers(full_router_actor::pointer self, asking with, std::string own_name,
        member_actor mine, member_connector connector,
        std::function<void(const std::string&)> on_reached);

  peers(const peers&) = delete;

  peers& operator=(const peers&) = delete;

  /// Takes the nodes of a new view, each of them once.
  void show(const std::vector<cluster_node>& nodes);

  /// Returns the name of the node that should own a shard; empty if there is
  /// nobody.
  const std::string& owner(uint32_t shard) const {
    return map_.owner(shard);
  }

  /// Returns a node, or null if there is none of the name.
  const node* find(const std::string& name) const;

  auto begin() const {
    return nodes_.begin();
  }

  auto end() const {
    return nodes_.end();
  }

  size_t size() const noexcept {
    return nodes_.size();
  }

private:
  void note(const cluster_node& what);

  full_router_actor::pointer self_;
  asking with_;
  std::string own_name_;
  member_actor mine_;
  member_connector connector_;
  std::function<void(const std::string&)> on_reached_;
  shard_map map_;
  std::map<std::string, node> nodes_;
};

/// Asks a node, see @ref remote_end::ask_by.
template <class Result, class... Args>
void ask_node(const peers::node& whom, std::optional<timers::time_point> due,
              const caf::strong_actor_ptr& caller, on_answer<Result> done,
              on_answer<caf::error> failed, Args... args) {
  auto then = [end = whom.end](auto f) {
    return [end, f = std::move(f)](auto&... outcome) { f(outcome...); };
  };
  whom.end->template ask_by<Result>(due, caller, {}, then(std::move(done)),
                                    then(std::move(failed)),
                                    std::move(args)...);
}

} // namespace tieline
