#include "tieline/actors/registry/queries.hpp"

#include "tieline/actors/registry/selection.hpp"
#include "tieline/actors/runtime/fan_in.hpp"
#include "tieline/messages/internal/tenant.hpp"

#include <caf/actor_cast.hpp>

#include <algorithm>
#include <utility>

namespace tieline {

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
  auto all = fan_in<connection_status>::make(
    [promise](std::vector<connection_status> result) mutable {
      std::sort(result.begin(), result.end(),
                [](auto& x, auto& y) { return x.key < y.key; });
      promise.deliver(std::move(result));
    });
  for (const auto& [key, here] : registry_) {
    if (!here.connection) {
      all->add(status_of_unborn(key, here));
      continue;
    }
    all->expect();
    requests_.ask(here.connection, status_atom_v)
      .then([all](connection_status& got) { all->arrived(std::move(got)); },
            [all](const caf::error&) { all->arrived(); });
  }
  all->close();
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
  auto all = fan_in<caf::unit_t>::make(
    [promise](const std::vector<caf::unit_t>& done) mutable {
      promise.deliver(static_cast<uint64_t>(done.size()));
    });
  for (const auto& [key, here] : registry_) {
    if (!here.connection || here.closing || !matches(whom, key))
      continue;
    all->expect();
    requests_.ask(here.connection, operate_atom_v, what, window)
      .then([all] { all->arrived(caf::unit); },
            [all](const caf::error&) { all->arrived(); });
  }
  all->close();
  return promise;
}

void queries::forgive_logins(const std::string& username) const {
  for (const auto& [key, here] : registry_)
    if (here.connection)
      compat::send(self_, caf::actor_cast<tenant_actor>(here.connection),
                   clear_credential_atom_v, username);
}

} // namespace tieline
