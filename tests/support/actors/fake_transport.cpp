#include "support/actors/fake_transport.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>

namespace tieline::test {

class fake_session_state {
public:
  static inline const char* name = "fake-session";

  fake_session_state(fake_transport_actor::pointer self,
                     fake_session_ptr session)
    : self_(self),
      session_(std::move(session)) {
    session_->self = self;
    session_->actor = caf::weak_actor_ptr{self->ctrl()};
  }

  ~fake_session_state() {
    // Promises left behind answer with an error, as a real plugin's would.
    session_->alive = false;
    session_->self = nullptr;
    session_->listener = nullptr;
    session_->opening.reset();
    session_->executing.clear();
    session_->probing.reset();
    session_->closing.reset();
  }

  fake_transport_actor::behavior_type make_behavior() {
    return {
      [this](caf::open_atom, connection_params& params) {
        return open(std::move(params));
      },
      [this](caf::open_atom, connection_params& params,
             step_listener_actor& listener) {
        session_->listener = std::move(listener);
        return open(std::move(params));
      },
      [this](execute_atom, request& what) -> caf::result<reply> {
        auto promise
          = self_->make_response_promise<caf::typed_response_promise<reply>>();
        auto id = ++last_id_;
        if (session_->keeps_time && what.timeout.count() > 0
            && what.timeout < std::chrono::hours{24})
          self_->run_delayed(what.timeout, [this, id] { give_up(id); });
        session_->executing.push_back({promise, std::move(what), id});
        return promise;
      },
      [this](probe_atom) -> caf::result<void> {
        session_->probing
          = self_->make_response_promise<caf::typed_response_promise<void>>();
        return *session_->probing;
      },
      [this](caf::close_atom) -> caf::result<void> {
        session_->closing
          = self_->make_response_promise<caf::typed_response_promise<void>>();
        return *session_->closing;
      },
      [this](cancel_atom, uint64_t number) { cancel(number); },
    };
  }

private:
  caf::result<session_traits> open(connection_params params) {
    session_->params = std::move(params);
    session_->opening = self_->make_response_promise<
      caf::typed_response_promise<session_traits>>();
    return *session_->opening;
  }

  void cancel(uint64_t number) {
    auto& all = session_->executing;
    auto i = std::find_if(all.begin(), all.end(), [number](auto& x) {
      return x.what.number == number;
    });
    if (i == all.end())
      return;
    session_->canceled.push_back(i->what.body);
    if (!session_->cancels)
      return;
    i->promise.deliver(make_error(errc::canceled, {session_->key, step::execute,
                                                   "as it was told"}));
    all.erase(i);
  }

  void give_up(uint64_t id) {
    auto& all = session_->executing;
    auto i = std::find_if(all.begin(), all.end(),
                          [id](auto& x) { return x.id == id; });
    if (i == all.end())
      return;
    i->promise.deliver(make_error(errc::timeout, {session_->key, step::execute,
                                                  "so says the transport"}));
    all.erase(i);
  }

  fake_transport_actor::pointer self_;
  fake_session_ptr session_;
  uint64_t last_id_ = 0;
};

void fake_session::order(std::function<void()> what) {
  if (auto ptr = actor.lock())
    compat::post(ptr, caf::make_action(std::move(what)));
}

void fake_session::begin(step what) {
  order([this, what] {
    if (listener)
      compat::send(self, listener, what);
  });
}

void fake_session::open_ok() {
  order([this] {
    if (!opening)
      return;
    listener = nullptr;
    opened = true;
    std::exchange(opening, std::nullopt)->deliver(traits);
  });
}

void fake_session::open_fails(caf::error reason) {
  order([this, reason = std::move(reason)] {
    listener = nullptr;
    if (opening)
      std::exchange(opening, std::nullopt)->deliver(reason);
  });
}

void fake_session::finish_one() {
  order([this] {
    if (executing.empty())
      return;
    auto promise = std::move(executing.front().promise);
    auto what = std::move(executing.front().what);
    executing.pop_front();
    reply result;
    result.output = what.body;
    promise.deliver(std::move(result));
  });
}

void fake_session::fail_one(caf::error reason) {
  order([this, reason = std::move(reason)] {
    if (executing.empty())
      return;
    auto promise = std::move(executing.front().promise);
    executing.pop_front();
    promise.deliver(reason);
  });
}

void fake_session::fail_last(caf::error reason) {
  order([this, reason = std::move(reason)] {
    if (executing.empty())
      return;
    auto promise = std::move(executing.back().promise);
    executing.pop_back();
    promise.deliver(reason);
  });
}

void fake_session::probe_ok() {
  order([this] {
    if (probing)
      std::exchange(probing, std::nullopt)->deliver();
  });
}

void fake_session::close_ok() {
  order([this] {
    if (!closing)
      return;
    std::exchange(closing, std::nullopt)->deliver();
    self->quit();
  });
}

void fake_session::lose() {
  order([this] {
    self->quit(
      make_error(errc::connection_lost, {key, step::session, "peer has gone"}));
  });
}

void fake_session::hang_up() {
  order([this] {
    failure why{key, step::session, "closed by the peer"};
    why.details["ended"] = "by the peer";
    self->quit(make_error(errc::connection_lost, std::move(why)));
  });
}

namespace {

using session_list = std::shared_ptr<std::vector<fake_session_ptr>>;

transport_actor spawn_fake(caf::actor_system& sys, const session_list& all,
                           connection_key key) {
  auto session = std::make_shared<fake_session>();
  session->key = std::move(key);
  all->push_back(session);
  using impl = fake_transport_actor::stateful_impl<fake_session_state>;
  return sys.spawn<impl>(session);
}

} // namespace

fake_plugin::fake_plugin(caf::actor_system& sys,
                         std::optional<plugin_traits> traits)
  : sys_(sys) {
  auto make = [&sys, all = sessions_](make_atom, connection_key& key) {
    return std::optional{spawn_fake(sys, all, std::move(key))};
  };
  if (traits)
    factory_ = sys.spawn([make, traits](described_factory_actor::pointer)
                           -> described_factory_actor::behavior_type {
      return {make, [traits](traits_atom) { return *traits; }};
    });
  else
    factory_ = sys.spawn(
      [make](factory_actor::pointer) -> factory_actor::behavior_type {
        return {make};
      });
}

fake_plugin::~fake_plugin() {
  caf::anon_send_exit(factory_, caf::exit_reason::user_shutdown);
}

transport_actor fake_plugin::make(connection_key key) {
  return spawn_fake(sys_, sessions_, std::move(key));
}

} // namespace tieline::test
