#include "tieline/actors/cluster/membership/etcd_listener.hpp"

#include "tieline/messages/internal/coordinator.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace tieline {

etcd_listener::etcd_listener(coordinator_actor::pointer self,
                             store_client& store,
                             std::function<cluster_view()> view,
                             std::function<caf::error()> trouble,
                             std::function<void()> on_answer,
                             std::function<void()> on_acted)
  : self_(self),
    store_(store),
    view_(std::move(view)),
    trouble_(std::move(trouble)),
    on_answer_(std::move(on_answer)),
    on_acted_(std::move(on_acted)) {
  // nop
}

void etcd_listener::set(const view_listener_actor& who) {
  who_ = who.address();
  told_.reset();
  told_trouble_ = {};
  telling_ = false;
  ++last_;
  tell();
}

void etcd_listener::tell() {
  auto who = caf::actor_cast<view_listener_actor>(who_);
  // First, so that it can say why when it may not own any more.
  if (auto now = trouble_(); who && now != told_trouble_) {
    told_trouble_ = now;
    compat::send(self_, caf::actor_cast<trouble_listener_actor>(who_),
                 explain_atom_v, std::move(now));
  }
  if (!who || telling_ || (told_ && *told_ == view_()))
    return;
  told_ = view_();
  telling_ = true;
  auto mine = ++last_;
  compat::request(self_, who, caf::infinite, *told_)
    .then(
      [this, mine] {
        on_answer_();
        if (mine != last_)
          return;
        telling_ = false;
        tell();
        on_acted_();
      },
      [this, mine](const caf::error& reason) {
        on_answer_();
        if (mine != last_)
          return;
        // It may not have acted.
        store_.warn("the listener cannot take the view: " + to_string(reason));
        store_.retry([this, mine] {
          if (mine != last_)
            return;
          telling_ = false;
          told_.reset();
          tell();
        });
      });
}

} // namespace tieline
