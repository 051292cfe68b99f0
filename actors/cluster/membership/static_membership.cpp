#include "tieline/actors/cluster/membership/static_membership.hpp"

#include "tieline/actors/runtime/owned.hpp"
#include "tieline/actors/runtime/timer.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/internal/coordinator.hpp"
#include "tieline/messages/internal/timer.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace tieline {

namespace {

class static_membership_state {
public:
  static inline const char* name = "tieline.static_membership";

  static_membership_state(coordinator_actor::pointer self, std::string own_name,
                          std::vector<cluster_node> nodes,
                          const member_connector& connector,
                          caf::timespan interval)
    : self_(self),
      own_name_(std::move(own_name)),
      interval_(interval),
      timer_(spawn_timer(self->system())),
      timers_(self->system(), self->ctrl(), timer_.get()) {
    std::sort(nodes.begin(), nodes.end(),
              [](auto& x, auto& y) { return x.name < y.name; });
    for (auto& node : nodes) {
      peer made;
      made.heard_of = node.name == own_name_;
      if (!made.heard_of)
        made.member = owned{connector(node)};
      made.node = std::move(node);
      peers_.push_back(std::move(made));
    }
    for (size_t i = 0; i < peers_.size(); ++i)
      call(i);
  }

  coordinator_actor::behavior_type make_behavior() {
    return {
      [this](acquire_atom, uint32_t) { return own_name_; },
      [](release_atom, uint32_t) {},
      // It has none that the others would have to know of.
      [](caf::get_atom, uint32_t) { return std::string{}; },
      [this](put_atom, cluster_node& me) { put(std::move(me)); },
      [this](probe_atom) { call_again(); },
      [this](caf::subscribe_atom, view_listener_actor& who) {
        listener_ = who.address();
        told_.reset();
        tell();
      },
    };
  }

private:
  struct peer {
    cluster_node node;
    owned<member_actor> member;
    /// Whether it has answered or failed once.
    bool heard_of = false;
    /// Whether it is being asked.
    bool called = false;
    /// When it will be asked next.
    timers::id due{};
  };

  // -- asking -----------------------------------------------------------------

  void call(size_t i) {
    auto& to = peers_[i];
    if (to.called || to.node.name == own_name_)
      return;
    timers_.cancel(to.due);
    if (!to.member) {
      heard(i, node_state::lost);
      return;
    }
    to.called = true;
    compat::request(self_, to.member.get(), caf::infinite, probe_atom_v)
      .then(
        [this, i](const cluster_node& who) {
          auto& node = peers_[i].node;
          // Another that was put at its address is not that node.
          auto known = who.name == node.name;
          if (known)
            // A view is to be equal to itself.
            node.weight = std::isnan(who.weight) ? 0 : who.weight;
          answered(i, known ? who.state : node_state::lost);
        },
        [this, i](const caf::error&) { answered(i, node_state::lost); });
  }

  void answered(size_t i, node_state state) {
    peers_[i].called = false;
    peers_[i].due = timers_.at(timers_.now() + interval_,
                               [this, i] { call(i); });
    heard(i, state);
  }

  void heard(size_t i, node_state state) {
    peers_[i].heard_of = true;
    peers_[i].node.state = state;
    tell();
  }

  void call_again() {
    for (size_t i = 0; i < peers_.size(); ++i)
      call(i);
  }

  // -- telling ----------------------------------------------------------------

  void put(cluster_node me) {
    if (std::isnan(me.weight))
      me.weight = 0;
    for (auto& here : peers_)
      if (here.node.name == own_name_)
        here.node = me;
    tell();
  }

  void tell() {
    auto listener = caf::actor_cast<view_listener_actor>(listener_);
    if (telling_ || !listener)
      return;
    cluster_view view;
    view.may_own = true;
    for (const auto& here : peers_) {
      if (!here.heard_of)
        return;
      view.nodes.push_back(here.node);
    }
    if (told_ == view)
      return;
    told_ = view;
    telling_ = true;
    auto done = [this] {
      telling_ = false;
      tell();
    };
    compat::request(self_, listener, caf::infinite, std::move(view))
      .then(done, [done](const caf::error&) { done(); });
  }

  coordinator_actor::pointer self_;
  std::string own_name_;
  caf::timespan interval_;
  owned<timer_actor> timer_;
  timers timers_;
  std::vector<peer> peers_;

  caf::actor_addr listener_;
  std::optional<cluster_view> told_;
  bool telling_ = false;
};

} // namespace

coordinator_actor
spawn_static_membership(caf::actor_system& sys, std::string own_name,
                        std::vector<cluster_node> nodes,
                        member_connector connector, caf::timespan interval) {
  using impl = coordinator_actor::stateful_impl<static_membership_state>;
  return sys.spawn<impl>(std::move(own_name), std::move(nodes),
                         std::move(connector), interval);
}

} // namespace tieline
