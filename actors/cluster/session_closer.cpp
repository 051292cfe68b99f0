#include "tieline/actors/cluster/session_closer.hpp"

#include "tieline/actors/cluster/shards.hpp"
#include "tieline/actors/runtime/fan_in.hpp"
#include "tieline/messages/internal/tenant.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace tieline {

void session_closer::insert(
  caf::typed_response_promise<maybe_connection> promise,
  const connection_key& key, transport_actor transport) {
  auto id = ++last_insert_;
  inserts_[id].key = key;
  auto done = [this, id] {
    auto here = inserts_.extract(id);
    for (auto& then : here.mapped().waiting)
      then();
  };
  requests_.ask(manager_, insert_atom_v, key, std::move(transport))
    .then(
      [promise, done](maybe_connection& replaced) mutable {
        promise.deliver(std::move(replaced));
        done();
      },
      [promise, done](caf::error& reason) mutable {
        promise.deliver(std::move(reason));
        done();
      });
}

void session_closer::close(const std::function<bool(uint32_t)>& which,
                           caf::timespan within, std::function<void()> then) {
  requests_.ask(manager_, local_atom_v)
    .then(
      [this, which, within, then](const std::vector<connection_key>& all) {
        auto done = fan_in<caf::unit_t>::make(
          [then](const std::vector<caf::unit_t>&) { then(); });
        for (const auto& key : all)
          if (which(shard_of(key))) {
            done->expect();
            close_one(key, within, [done] { done->arrived(); });
          }
        for (auto& [id, under_way] : inserts_)
          if (which(shard_of(under_way.key))) {
            done->expect();
            under_way.waiting.emplace_back([done] { done->arrived(); });
          }
        done->close();
      },
      [then](const caf::error&) { then(); });
}

void session_closer::close_one(const connection_key& key, caf::timespan within,
                               std::function<void()> then) {
  auto gone = [then](const caf::error&) { then(); };
  requests_.ask(manager_, caf::get_atom_v, key)
    .then(
      [this, key, within, then, gone](maybe_connection& here) {
        if (here)
          drain(*here, within, [this, here = *here, then, gone] {
            requests_.ask(caf::actor_cast<tenant_actor>(here), hand_over_atom_v)
              .then(then, gone);
          });
        else // still being made, or closing
          requests_.ask(manager_, hand_over_atom_v, key).then(then, gone);
      },
      gone);
}

void session_closer::drain(const connection_actor& what, caf::timespan within,
                           std::function<void()> then) {
  if (within.count() <= 0 || !view_.may_own) {
    then();
    return;
  }
  auto id = ++last_drain_;
  draining_.emplace(id, std::move(then));
  auto go_on = [this, id] {
    auto here = draining_.extract(id);
    if (!here.empty())
      here.mapped()();
  };
  auto due = timers_.at(timers_.after(within, within), go_on);
  auto drained = [this, due, go_on] {
    timers_.cancel(due);
    go_on();
  };
  requests_.ask(what, operate_atom_v, operation::drain, caf::timespan{0})
    .then(drained, [drained](const caf::error&) { drained(); });
}

void session_closer::hurry() {
  for (auto& [id, go_on] : std::exchange(draining_, {}))
    go_on();
}

void session_closer::cut_off() {
  compat::send(self_, manager_, hand_over_atom_v);
}

} // namespace tieline
