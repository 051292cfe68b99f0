// The code of docs/writing-a-transport.md that is not loopback's, compiled
// against an installed tieline and run by main.
#include <tieline/tieline.hpp>

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <iostream>
#include <memory>
#include <string>
#include <utility>

namespace {

using namespace tieline;

// -- an actor as the session --------------------------------------------------

class mirror {
public:
  static inline const char* name = "mirror";

  mirror(transport_actor::pointer self, connection_key key)
    : self_(self),
      key_(std::move(key)) {
    // nop
  }

  transport_actor::behavior_type make_behavior() {
    return {
      [](caf::open_atom, const connection_params&) {
        return session_traits{1};
      },
      [](execute_atom, const request& what) {
        reply result;
        result.output.assign(what.body.rbegin(), what.body.rend());
        return result;
      },
      [](probe_atom) -> caf::result<void> { return caf::unit; },
      [this](caf::close_atom) { self_->quit(); },
    };
  }

private:
  transport_actor::pointer self_;
  connection_key key_;
};

factory_actor mirrors(caf::actor_system& sys) {
  return spawn_factory<mirror>(sys);
}

// -- a library that blocks ----------------------------------------------------

/// Stands for a library with calls that block.
class old_library {
public:
  bool connect(const std::string& host) {
    return !host.empty();
  }

  std::string ask(const std::string& what) {
    return "answer to " + what;
  }

  bool alive() const {
    return true;
  }

  void shut_down() noexcept {
    // nop
  }
};

class old_session : public blocking_session {
public:
  caf::error open(const connection_params& params) override {
    if (library_.connect(params.hostname))
      return {};
    return make_error(errc::refused, {{}, step::connect, "no host"});
  }

  caf::expected<reply> execute(const request& what) override {
    reply result;
    result.output = library_.ask(what.body);
    return result;
  }

  caf::error check() override {
    if (library_.alive())
      return {};
    return make_error(errc::connection_lost,
                      {{}, step::session, "it has gone"});
  }

  void interrupt() noexcept override {
    library_.shut_down(); // so that a call that blocks returns
  }

private:
  old_library library_;
};

factory_actor old_ones(caf::actor_system& sys) {
  return spawn_blocking_factory(sys, [](const connection_key&) {
    return std::make_unique<old_session>();
  });
}

} // namespace

int main() {
  tieline::config cfg;
  caf::actor_system sys{cfg};
  auto manager = spawn_manager(sys);
  set_factory(manager, "mirror", mirrors(sys));
  set_factory(manager, "old", old_ones(sys));
  connection_params params;
  params.hostname = "192.0.2.1";
  client tool{sys, manager};
  for (auto plugin : {"mirror", "old"}) {
    auto got = tool.run(connection_key{"r1", plugin}, params, "abc");
    std::cout << (got ? got->output : describe(got.error())) << '\n';
  }
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
}
