#include "tieline/actors/factory.hpp"

#include "tieline/actors/runtime/owned.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <list>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace tieline {

namespace {

using result_type = caf::result<std::optional<transport_actor>>;

caf::error failed(const connection_key& key, std::string cause) {
  return make_error(errc::factory_failed,
                    {key, step::create, std::move(cause)});
}

using shared_function = std::shared_ptr<const factory_function>;

/// Calls the function; detached, so that the function may block.
class worker_state {
public:
  static inline const char* name = "tieline.factory-worker";

  worker_state(factory_actor::pointer, shared_function make)
    : make_(std::move(make)) {
    // nop
  }

  factory_actor::behavior_type make_behavior() {
    return {
      [this](make_atom, const connection_key& key) -> result_type {
        try {
          return (*make_)(key);
        } catch (const std::exception& e) {
          return failed(key, e.what());
        } catch (...) {
          return failed(key, "unknown exception");
        }
      },
    };
  }

private:
  shared_function make_;
};

/// Hands calls to a limited number of workers, the calls for one key one after
/// the other: one that hangs must not take all workers by being asked again.
class factory_state {
public:
  static inline const char* name = "tieline.factory";

  factory_state(described_factory_actor::pointer self, factory_function make,
                size_t max_threads, plugin_traits plugin)
    : self_(self),
      make_(std::make_shared<const factory_function>(std::move(make))),
      max_threads_(max_threads),
      plugin_(std::move(plugin)) {
    // nop
  }

  described_factory_actor::behavior_type make_behavior() {
    return {
      [this](make_atom, connection_key& key) -> result_type {
        auto promise = self_->make_response_promise<promise_type>();
        waiting_.push_back({std::move(key), promise});
        start_calls();
        return promise;
      },
      [this](traits_atom) { return plugin_; },
    };
  }

private:
  using promise_type
    = caf::typed_response_promise<std::optional<transport_actor>>;

  struct call {
    connection_key key;
    promise_type promise;
  };

  void start_calls() {
    for (auto i = waiting_.begin();
         i != waiting_.end() && busy_.size() < max_threads_;) {
      if (busy_.count(i->key) > 0) {
        ++i;
        continue;
      }
      auto next = std::move(*i);
      i = waiting_.erase(i);
      start(std::move(next));
    }
  }

  void start(call what) {
    auto worker = take_worker();
    if (!worker) {
      what.promise.deliver(
        failed(what.key, "the system has no thread left for it"));
      return;
    }
    auto handle = worker.get();
    busy_.emplace(what.key, std::move(worker));
    compat::request(self_, handle, caf::infinite, make_atom_v, what.key)
      .then(
        [this, what](std::optional<transport_actor>& made) mutable {
          what.promise.deliver(std::move(made));
          put_back(what.key);
        },
        [this, what](caf::error& reason) mutable {
          what.promise.deliver(std::move(reason));
          put_back(what.key);
        });
  }

  owned<factory_actor> take_worker() {
    if (idle_)
      return std::move(idle_);
    using impl = factory_actor::stateful_impl<worker_state>;
    try {
      return owned{factory_actor{self_->spawn<impl, caf::detached>(make_)}};
    } catch (const std::system_error&) {
      return {};
    }
  }

  void put_back(const connection_key& key) {
    auto done = busy_.extract(key);
    // One thread is kept: calls mostly come one by one.
    if (!idle_)
      idle_ = std::move(done.mapped());
    start_calls();
  }

  described_factory_actor::pointer self_;
  shared_function make_;
  size_t max_threads_;
  plugin_traits plugin_;
  std::list<call> waiting_;
  owned<factory_actor> idle_;
  std::unordered_map<connection_key, owned<factory_actor>> busy_;
};

} // namespace

factory_actor spawn_factory(caf::actor_system& sys, factory_function make,
                            size_t max_threads, plugin_traits plugin) {
  if (!make || max_threads == 0)
    throw std::invalid_argument("spawn_factory: no function or no thread");
  detail::require_init();
  using impl = described_factory_actor::stateful_impl<factory_state>;
  return sys.spawn<impl>(std::move(make), max_threads, std::move(plugin));
}

} // namespace tieline
