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

const connection_key& key_of(const connection_status& x) {
  return x.key;
}

const connection_key& key_of(const explanation& x) {
  return x.status.key;
}

template <class T>
std::vector<T> by_key(std::vector<std::optional<T>> all) {
  // Not the statuses, which are large.
  std::vector<T*> order;
  order.reserve(all.size());
  for (auto& x : all)
    if (x)
      order.push_back(&*x);
  std::sort(order.begin(), order.end(), [](const auto* x, const auto* y) {
    return key_of(*x) < key_of(*y);
  });
  std::vector<T> result;
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

/// Has all connections that the selector matches answer, and calls `then` with
/// what has come, each in its place.
template <class T, class Atom, class Unborn, class Then>
void queries::ask_all(const selector& whom, Atom what, Unborn unborn,
                      Then then) const {
  using slots = std::vector<std::optional<T>>;
  auto all = std::make_shared<slots>(registry_.size());
  gathering answers{self_,
                    [all](size_t i, caf::message& got) {
                      if (got.match_elements<T>())
                        (*all)[i] = std::move(got.get_mutable_as<T>(0));
                    },
                    [then, all]() mutable { then(std::move(*all)); }};
  size_t i = 0;
  registry_.each(whom, [&](const connection_key& key, const auto& here) {
    if (here.connection)
      answers.ask(i, here.connection, what);
    else
      (*all)[i] = unborn(key, here);
    ++i;
  });
}

caf::result<std::vector<connection_status>>
queries::status(const selector& whom) const {
  using statuses = std::vector<std::optional<connection_status>>;
  auto promise = self_->make_response_promise<
    caf::typed_response_promise<std::vector<connection_status>>>();
  ask_all<connection_status>(
    whom, status_atom_v,
    [this](const connection_key& key, const registry::entry& here) {
      return status_of_unborn(key, here);
    },
    [promise](statuses all) mutable {
      promise.deliver(by_key(std::move(all)));
    });
  return promise;
}

caf::result<connection_summary> queries::summary(const selector& whom) const {
  using statuses = std::vector<std::optional<connection_status>>;
  auto promise = self_->make_response_promise<
    caf::typed_response_promise<connection_summary>>();
  ask_all<connection_status>(
    whom, status_atom_v,
    [this](const connection_key& key, const registry::entry& here) {
      return status_of_unborn(key, here);
    },
    [promise](const statuses& all) mutable {
      connection_summary result;
      for (const auto& x : all)
        if (x)
          result.add(*x);
      promise.deliver(std::move(result));
    });
  return promise;
}

explanation queries::explanation_of_unborn(const connection_key& key,
                                           const registry::entry& here) const {
  explanation result;
  result.status = status_of_unborn(key, here);
  result.what = waits_for::factory;
  return result;
}

caf::result<std::optional<explanation>>
queries::explain(const connection_key& key) const {
  const auto* here = registry_.look_up(key);
  if (here == nullptr)
    return std::optional<explanation>{};
  if (here->connection)
    return ask<explanation>(here->connection, explain_atom_v);
  return std::optional{explanation_of_unborn(key, *here)};
}

caf::result<std::vector<explanation>>
queries::explain(const selector& whom) const {
  auto promise = self_->make_response_promise<
    caf::typed_response_promise<std::vector<explanation>>>();
  ask_all<explanation>(
    whom, explain_atom_v,
    [this](const connection_key& key, const registry::entry& here) {
      return explanation_of_unborn(key, here);
    },
    [promise](std::vector<std::optional<explanation>> all) mutable {
      promise.deliver(by_key(std::move(all)));
    });
  return promise;
}

caf::result<uint64_t> queries::cancel(const connection_key* key,
                                      const std::string& tag,
                                      uint64_t count) const {
  if (tag.empty())
    return make_error(errc::invalid_request,
                      {key != nullptr ? *key : connection_key{}, step::none,
                       "the tag to cancel is empty"});
  auto promise
    = self_->make_response_promise<caf::typed_response_promise<uint64_t>>();
  auto sum = std::make_shared<std::atomic<uint64_t>>(count);
  gathering answers{self_,
                    [sum](size_t, const caf::message& got) {
                      if (got.match_elements<uint64_t>())
                        *sum += got.get_as<uint64_t>(0);
                    },
                    [promise, sum]() mutable { promise.deliver(sum->load()); }};
  size_t asked = 0;
  auto ask = [&](const registry::entry& here) {
    if (here.connection)
      answers.ask(asked++, here.connection, cancel_atom_v, tag);
  };
  if (key == nullptr)
    for (const auto& [each, here] : registry_)
      ask(here);
  else if (const auto* here = registry_.look_up(*key))
    ask(*here);
  return promise;
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
