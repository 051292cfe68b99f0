#include "tieline/actors/factory.hpp"

#include "tieline/actors/owned.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <vector>

namespace tieline {

namespace {

using result_type = caf::result<std::optional<transport_actor>>;

caf::error failed(const connection_key& key, std::string cause) {
  return make_error(errc::factory_failed,
                    {key, step::create, std::move(cause)});
}

/// Calls the function; detached, so that the function may block.
class worker_state {
public:
  static inline const char* name = "tieline.factory-worker";

  worker_state(factory_actor::pointer, factory_function make)
    : make_(std::move(make)) {
    // nop
  }

  factory_actor::behavior_type make_behavior() {
    return {
      [this](make_atom, const connection_key& key) -> result_type {
        try {
          return make_(key);
        } catch (const std::exception& e) {
          return failed(key, e.what());
        } catch (...) {
          return failed(key, "unknown exception");
        }
      },
    };
  }

private:
  factory_function make_;
};

/// Hands each call to an idle worker, or to a new one if there is none.
class factory_state {
public:
  static inline const char* name = "tieline.factory";

  factory_state(factory_actor::pointer self, factory_function make)
    : self_(self),
      make_(std::move(make)) {
    // nop
  }

  factory_actor::behavior_type make_behavior() {
    return {
      [this](make_atom, connection_key& key) { return call(std::move(key)); },
    };
  }

private:
  result_type call(connection_key key) {
    using promise_type
      = caf::typed_response_promise<std::optional<transport_actor>>;
    auto promise = self_->make_response_promise<promise_type>();
    auto id = ++last_id_;
    auto& worker = busy_[id];
    worker = take_worker();
    compat::request(self_, worker.get(), caf::infinite, make_atom_v, key)
      .then(
        [this, id, promise](std::optional<transport_actor>& made) mutable {
          put_back(id);
          promise.deliver(std::move(made));
        },
        [this, id, promise](caf::error& reason) mutable {
          put_back(id);
          promise.deliver(std::move(reason));
        });
    return promise;
  }

  owned<factory_actor> take_worker() {
    if (idle_) {
      return std::move(idle_);
    }
    using impl = factory_actor::stateful_impl<worker_state>;
    return owned{factory_actor{self_->spawn<impl, caf::detached>(make_)}};
  }

  void put_back(uint64_t id) {
    auto i = busy_.find(id);
    // One thread is kept: calls mostly come one by one.
    if (!idle_)
      idle_ = std::move(i->second);
    busy_.erase(i);
  }

  factory_actor::pointer self_;
  factory_function make_;
  owned<factory_actor> idle_;
  std::map<uint64_t, owned<factory_actor>> busy_;
  uint64_t last_id_ = 0;
};

} // namespace

factory_actor spawn_factory(caf::actor_system& sys, factory_function make) {
  return sys.spawn<factory_actor::stateful_impl<factory_state>>(
    std::move(make));
}

} // namespace tieline
