#include "tieline/transports/loopback.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <map>
#include <utility>

namespace tieline {

namespace {

/// One session. Its actor is the session: when it quits, the session is over.
class session_state {
public:
  static inline const char* name = "tieline.loopback";

  session_state(cancelable_transport_actor::pointer self, connection_key key,
                loopback_script script)
    : self_(self),
      key_(std::move(key)),
      script_(std::move(script)) {
    // nop
  }

  cancelable_transport_actor::behavior_type make_behavior() {
    return {
      [this](caf::open_atom, const connection_params&) { return open(); },
      [this](execute_atom, request& what) { return execute(std::move(what)); },
      [](probe_atom) -> caf::result<void> { return caf::unit; },
      [this](caf::close_atom) { return close(); },
      [this](cancel_atom, uint64_t number) { cancel(number); },
    };
  }

private:
  caf::result<session_traits> open() {
    auto promise = self_->make_response_promise<
      caf::typed_response_promise<session_traits>>();
    after(script_.open_delay, [this, promise]() mutable {
      if (script_.open_error) {
        promise.deliver(script_.open_error);
        return;
      }
      promise.deliver(session_traits{});
      if (script_.lifetime.count() > 0)
        after(script_.lifetime, [this] { lose(); });
    });
    return promise;
  }

  caf::result<reply> execute(request what) {
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<reply>>();
    auto number = what.number;
    if (number != 0)
      running_.emplace(number, promise);
    if (what.timeout.count() > 0 && what.timeout < script_.execute_delay) {
      after(what.timeout, [this, promise, number]() mutable {
        running_.erase(number);
        promise.deliver(make_error(errc::timeout, {key_, step::execute,
                                                   "the script takes longer"}));
      });
      return promise;
    }
    after(script_.execute_delay, [this, promise, number,
                                  what = std::move(what)]() mutable {
      if (number != 0 && running_.erase(number) == 0)
        return;
      auto result = answer(what);
      if (result && what.sink) {
        stream(*what.sink, std::move(*result), promise);
        return;
      }
      auto lost = !result && code_of(result.error()) == errc::connection_lost;
      promise.deliver(std::move(result));
      if (lost)
        lose();
    });
    return promise;
  }

  void cancel(uint64_t number) {
    if (auto what = running_.extract(number); !what.empty())
      what.mapped().deliver(
        make_error(errc::canceled, {key_, step::execute, "canceled"}));
  }

  /// Has the sink take the output before the answer.
  void stream(const sink_actor& to, reply whole,
              caf::typed_response_promise<reply> promise) {
    chunk all{std::exchange(whole.output, {}),
              std::exchange(whole.error_output, {})};
    compat::request(self_, to, caf::infinite, std::move(all))
      .then(
        [promise, whole = std::move(whole)]() mutable {
          promise.deliver(std::move(whole));
        },
        [this, promise](const caf::error&) mutable {
          promise.deliver(make_error(
            errc::canceled, {key_, step::execute, "the sink takes no more"}));
        });
  }

  caf::expected<reply> answer(request& what) const {
    // No exception leaves a handler: it would end the actor, and its text may
    // hold anything.
    if (script_.execute)
      try {
        return script_.execute(what);
      } catch (...) {
        return make_error(errc::transport_failed,
                          {key_, step::execute, "the script threw"});
      }
    reply result;
    result.output = std::move(what.body);
    result.elapsed = script_.execute_delay;
    return result;
  }

  caf::result<void> close() {
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<void>>();
    after(script_.close_delay, [this, promise]() mutable {
      promise.deliver();
      self_->quit(caf::exit_reason::normal);
    });
    return promise;
  }

  void lose() {
    self_->quit(make_error(errc::connection_lost,
                           {key_, step::session, "lost as scripted"}));
  }

  /// Does `what` later, unless the session ends before. CAF's timer would keep
  /// what it holds beyond that, promises included; so it only holds a number.
  void after(caf::timespan delay, std::function<void()> what) {
    if (delay.count() <= 0) {
      what();
      return;
    }
    auto id = ++last_id_;
    later_.emplace(id, std::move(what));
    self_->run_delayed(delay, [this, id] { later_.extract(id).mapped()(); });
  }

  cancelable_transport_actor::pointer self_;
  connection_key key_;
  loopback_script script_;
  std::map<uint64_t, std::function<void()>> later_;
  /// By the numbers by which they can be canceled.
  std::map<uint64_t, caf::typed_response_promise<reply>> running_;
  uint64_t last_id_ = 0;
};

} // namespace

transport_actor spawn_loopback_session(caf::actor_system& sys,
                                       connection_key key,
                                       loopback_script script) {
  return sys.spawn<cancelable_transport_actor::stateful_impl<session_state>>(
    std::move(key), std::move(script));
}

factory_actor spawn_loopback_factory(
  caf::actor_system& sys,
  std::function<loopback_script(const connection_key&)> script) {
  detail::require_init();
  return sys.spawn([&sys, script = std::move(script)](
                     factory_actor::pointer) -> factory_actor::behavior_type {
    return {
      [&sys, script](make_atom, connection_key& key)
        -> caf::result<std::optional<transport_actor>> {
        try {
          auto how = script ? script(key) : loopback_script{};
          return spawn_loopback_session(sys, std::move(key), std::move(how));
        } catch (...) {
          return make_error(errc::factory_failed,
                            {key, step::create, "the script threw"});
        }
      },
    };
  });
}

} // namespace tieline
