/// @file
/// A plugin outside of tieline's tree: sessions that turn a text around. A
/// session is an actor; it ends with the session, and the session with it.
#include <tieline/tieline.hpp>

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <iostream>
#include <string>

namespace {

using namespace tieline;

transport_actor::behavior_type mirror_session(transport_actor::pointer self,
                                              const connection_key& key) {
  return {
    [key](caf::open_atom,
          const connection_params& params) -> caf::result<session_traits> {
      if (!params.extras.empty())
        return make_error(errc::invalid_params,
                          {key, step::open,
                           "unknown extra '" + params.extras.begin()->first
                             + '\''});
      return session_traits{};
    },
    [](execute_atom, const request& what) {
      reply result;
      result.output.assign(what.body.rbegin(), what.body.rend());
      return result;
    },
    [](probe_atom) { return caf::result<void>{caf::unit}; },
    [self](caf::close_atom) {
      self->quit();
      return caf::result<void>{caf::unit};
    },
  };
}

factory_actor spawn_mirror_factory(caf::actor_system& sys) {
  return sys.spawn([&sys](factory_actor::pointer) {
    return factory_actor::behavior_type{
      [&sys](make_atom, const connection_key& key) {
        return std::optional{transport_actor{sys.spawn(mirror_session, key)}};
      },
    };
  });
}

} // namespace

int main() {
  tieline::config cfg;
  caf::actor_system sys{cfg};
  auto manager = spawn_manager(sys);
  set_factory(manager, "mirror", spawn_mirror_factory(sys));
  client tool{sys, manager};
  auto got = tool.run({"r1", "mirror"}, {}, "noisrev wohs");
  std::cout << (got ? got->output : describe(got.error())) << '\n';
  connection_params wrong;
  wrong.extras["colour"] = "red";
  got = tool.run({"r1", "mirror"}, wrong, "");
  std::cout << (got ? got->output : describe(got.error())) << '\n';
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
}
