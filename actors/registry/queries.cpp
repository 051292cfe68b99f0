#include "tieline/actors/registry/queries.hpp"

#include "tieline/actors/runtime/gathering.hpp"
#include "tieline/messages/internal/tenant.hpp"

#include <caf/actor_cast.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

namespace tieline {

namespace {

std::vector<connection_status>
by_key(std::vector<std::optional<connection_status>> all) {
  // Not the statuses, which are large.
  std::vector<connection_status*> order;
  order.reserve(all.size());
  for (auto& x : all)
    if (x)
      order.push_back(&*x);
  std::sort(order.begin(), order.end(),
            [](const auto* x, const auto* y) { return x->key < y->key; });
  std::vector<connection_status> result;
  result.reserve(order.size());
  for (auto* x : order)
    result.push_back(std::move(*x));
  return result;
}

} // namespace

/// Tells of a key whose factory is still being asked.
connection_status queries::status_of_unborn(const connection_key& key,
                                            const registry::entry& here) const {
  connection_status result;
  result.key = key;
  result.state = connection_state::opening;
  result.since = here.since;
  result.waiting = here.waiting.size();
  result.node = node_;
  return result;
}

/// Has a connection answer; none if it ends before it does.
template <class T, class Atom>
caf::result<std::optional<T>>
queries::ask(const connection_actor& connection, Atom what) const {
  auto promise = self_->make_response_promise<
    caf::typed_response_promise<std::optional<T>>>();
  requests_.ask(connection, what)
    .then([promise](
            T& got) mutable { promise.deliver(std::optional{std::move(got)}); },
          [promise](const caf::error&) mutable {
            promise.deliver(std::optional<T>{});
          });
  return promise;
}

caf::result<std::optional<connection_status>>
queries::status(const connection_key& key) const {
  const auto* here = registry_.look_up(key);
  if (here == nullptr)
    return std::optional<connection_status>{};
  if (!here->connection)
    return std::optional{status_of_unborn(key, *here)};
  return ask<connection_status>(here->connection, status_atom_v);
}

caf::result<std::vector<connection_status>> queries::status_of_all() const {
  auto promise = self_->make_response_promise<
    caf::typed_response_promise<std::vector<connection_status>>>();
  using slot = std::optional<connection_status>;
  auto all = std::make_shared<std::vector<slot>>(registry_.size());
  gathering answers{
    self_,
    [all](size_t i, caf::message& got) {
      if (got.match_elements<connection_status>())
        (*all)[i] = std::move(got.get_mutable_as<connection_status>(0));
    },
    [promise, all]() mutable { promise.deliver(by_key(std::move(*all))); }};
  size_t i = 0;
  for (const auto& [key, here] : registry_) {
    if (here.connection)
      answers.ask(i, here.connection, status_atom_v);
    else
      (*all)[i] = status_of_unborn(key, here);
    ++i;
  }
  return promise;
}

caf::result<std::optional<explanation>>
queries::explain(const connection_key& key) const {
  const auto* here = registry_.look_up(key);
  if (here == nullptr)
    return std::optional<explanation>{};
  if (here->connection)
    return ask<explanation>(here->connection, explain_atom_v);
  explanation result;
  result.status = status_of_unborn(key, *here);
  result.what = waits_for::factory;
  return std::optional{std::move(result)};
}

caf::result<uint64_t> queries::operate(operation what, const selector& whom,
                                       caf::timespan window) const {
  auto promise
    = self_->make_response_promise<caf::typed_response_promise<uint64_t>>();
  auto done = std::make_shared<std::atomic<uint64_t>>(0);
  gathering answers{self_,
                    [done](size_t, const caf::message& got) {
                      if (!got.match_elements<caf::error>())
                        ++*done;
                    },
                    [promise, done]() mutable {
                      promise.deliver(done->load());
                    }};
  size_t asked = 0;
  registry_.each(whom, [&](const connection_key&, const auto& here) {
    if (here.connection && !here.closing)
      answers.ask(asked++, here.connection, operate_atom_v, what, window);
  });
  return promise;
}

void queries::forgive_logins(const std::string& username) const {
  for (const auto& [key, here] : registry_)
    if (here.connection)
      compat::send(self_, caf::actor_cast<tenant_actor>(here.connection),
                   clear_credential_atom_v, username);
}

} // namespace tieline
