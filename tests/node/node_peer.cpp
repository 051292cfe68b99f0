/// @file
/// The other node of the tests: serves a manager, or registers a factory with
/// one. Says on its output what it has come to, for the test to wait for.

#include <tieline/actors/manager.hpp>
#include <tieline/actors/node/node.hpp>
#include <tieline/messages/interfaces.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <csignal>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace tieline;

void say(const std::string& what) {
  std::cout << what + '\n' << std::flush;
}

/// A session that does what params and requests tell it to.
class session_state {
public:
  static inline const char* name = "peer.session";

  explicit session_state(transport_actor::pointer self) : self_(self) {
    // nop
  }

  ~session_state() {
    say("session ended");
  }

  transport_actor::behavior_type make_behavior() {
    return {
      [this](caf::open_atom, connection_params& params) {
        return open(std::move(params));
      },
      [this](execute_atom, request& what) { return execute(std::move(what)); },
      [](probe_atom) -> caf::result<void> { return caf::unit; },
      [this](caf::close_atom) { self_->quit(); },
    };
  }

private:
  using reply_promise = caf::typed_response_promise<reply>;

  caf::result<session_traits> open(connection_params params) {
    params_ = std::move(params);
    say("opening " + params_.username);
    if (params_.username != "hold")
      return session_traits{};
    opening_ = self_->make_response_promise<
      caf::typed_response_promise<session_traits>>();
    return opening_;
  }

  caf::result<reply> execute(request what) {
    say("executing " + what.body);
    reply result;
    if (what.body == "password")
      result.output = params_.password.withheld()
                        ? "withheld"
                        : std::string{params_.password.reveal()};
    else
      result.output = what.body;
    if (what.body != "hold" && !what.sink)
      return result;
    auto promise = self_->make_response_promise<reply_promise>();
    if (what.sink) {
      auto chunks = std::stoul(what.body);
      stream(*what.sink, chunks, promise);
    } else {
      held_.push_back(promise);
    }
    return promise;
  }

  /// One chunk after the other, each when the one before is answered.
  void stream(const sink_actor& to, size_t left, reply_promise promise) {
    if (left == 0) {
      promise.deliver(reply{});
      return;
    }
    compat::request(self_, to, caf::infinite,
                    chunk{std::to_string(left) + '\n', {}})
      .then([this, to, left,
             promise] { stream(to, left - 1, std::move(promise)); },
            [promise](const caf::error&) mutable {
              say("sink gone");
              promise.deliver(make_error(errc::canceled, {}));
            });
    say("streaming");
  }

  transport_actor::pointer self_;
  connection_params params_;
  caf::typed_response_promise<session_traits> opening_;
  std::vector<reply_promise> held_;
};

class factory_state {
public:
  static inline const char* name = "peer.factory";

  explicit factory_state(factory_actor::pointer self) : self_(self) {
    // nop
  }

  factory_actor::behavior_type make_behavior() {
    return {
      [this](make_atom, const connection_key& key) { return make(key); },
    };
  }

private:
  using maybe_transport = std::optional<transport_actor>;
  using promise_type = caf::typed_response_promise<maybe_transport>;

  caf::result<maybe_transport> make(const connection_key& key) {
    say("making " + key.hostname);
    if (key.hostname == "hold") {
      held_.push_back(self_->make_response_promise<promise_type>());
      return held_.back();
    }
    return maybe_transport{
      self_->system().spawn<transport_actor::stateful_impl<session_state>>()};
  }

  factory_actor::pointer self_;
  std::vector<promise_type> held_;
};

struct config : caf::actor_system_config {
  config() {
    opt_group{custom_options_, "peer"}.add(
      factory_for, "factory-for",
      "port of the manager to register a factory with; 0: serve a manager");
    settings::add_options(custom_options_);
    node_settings::add_options(custom_options_);
  }

  uint16_t factory_for = 0;
};

int fail(const caf::error& reason) {
  say("failed: " + describe(reason));
  return 1;
}

int run(caf::actor_system& sys, uint16_t factory_for) {
  caf::scoped_actor self{sys};
  auto factory = sys.spawn<factory_actor::stateful_impl<factory_state>>();
  auto manager = factory_for != 0 ? connect(sys, "127.0.0.1", factory_for)
                                  : spawn_manager(sys);
  if (!manager)
    return fail(manager.error());
  auto status = 0;
  compat::request(self.ptr(), *manager, caf::infinite, set_factory_atom_v,
                  std::string{"peer"}, factory)
    .receive([](bool) {}, [&](caf::error& reason) { status = fail(reason); });
  if (status != 0)
    return status;
  if (factory_for == 0) {
    auto port = publish(sys, *manager);
    if (!port)
      return fail(port.error());
    say("port " + std::to_string(*port));
  } else {
    say("registered");
  }
  // Until it is told to end.
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  auto signal = 0;
  sigwait(&end, &signal);
  caf::anon_send_exit(*manager, caf::exit_reason::user_shutdown);
  self->wait_for(*manager);
  caf::anon_send_exit(factory, caf::exit_reason::user_shutdown);
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  // Of all threads to come.
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &end, nullptr);
  tieline::init();
  config cfg;
  if (auto error = cfg.parse(argc, argv))
    return fail(error);
  if (auto error = enable_nodes(cfg))
    return fail(error);
  auto status = 0;
  {
    caf::actor_system sys{cfg};
    status = run(sys, cfg.factory_for);
  }
  say("ended");
  return status;
}
