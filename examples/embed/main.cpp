/// @file
/// tieline inside a larger CAF application: the application keeps its own
/// config, type ids and actors, and one of them talks to hosts.

#include <tieline/actors/manager.hpp>
#include <tieline/messages/interfaces.hpp>
#include <tieline/transports/loopback.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/exec_main.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <iostream>
#include <optional>
#include <string>
#include <utility>

// The application's ids begin where they always did: tieline's lie far above.
CAF_BEGIN_TYPE_ID_BLOCK(embed, caf::first_custom_type_id)

  CAF_ADD_ATOM(embed, embed, audit_atom)

CAF_END_TYPE_ID_BLOCK(embed)

namespace embed {

namespace compat = tieline::compat;

/// Checks devices.
using auditor_actor = caf::typed_actor<
  // Returns the software version of a device.
  caf::result<std::string>(audit_atom, std::string)>;

class auditor_state {
public:
  static inline const char* name = "embed.auditor";

  auditor_state(auditor_actor::pointer self, tieline::manager_actor manager)
    : self_(self),
      manager_(std::move(manager)) {
    // nop
  }

  auditor_actor::behavior_type make_behavior() {
    return {
      [this](audit_atom, std::string& host) { return audit(std::move(host)); },
    };
  }

private:
  using promise = caf::typed_response_promise<std::string>;

  // Opening costs nothing when the connection is up already, and one of many
  // auditors may well have opened it: no need to keep handles here.
  promise audit(std::string host) {
    auto answer = self_->make_response_promise<promise>();
    tieline::connection_params params;
    params.hostname = host;
    params.username = "auditor";
    auto fail = [answer](caf::error& reason) mutable {
      answer.deliver(std::move(reason));
    };
    compat::request(self_, manager_, caf::infinite, caf::open_atom_v,
                    tieline::connection_key{host, "loopback"}, params,
                    caf::timespan{std::chrono::seconds{5}})
      .then(
        [this, answer,
         fail](std::optional<tieline::connection_actor>& connection) mutable {
          if (!connection)
            return answer.deliver(
              tieline::make_error(tieline::errc::factory_not_set, {}));
          tieline::request what;
          what.body = "show version";
          compat::request(self_, *connection, caf::infinite,
                          tieline::execute_atom_v, std::move(what))
            .then(
              [answer](tieline::reply& reply) mutable {
                answer.deliver(std::move(reply.output));
              },
              fail);
        },
        fail);
    return answer;
  }

  auditor_actor::pointer self_;
  tieline::manager_actor manager_;
};

struct config : caf::actor_system_config {
  config() {
    opt_group{custom_options_, "embed"}.add(host, "host", "device to audit");
    tieline::settings::add_options(custom_options_);
  }

  std::string host = "r1";
};

/// Stands for real devices.
tieline::loopback_script device(const tieline::connection_key& key) {
  tieline::loopback_script script;
  script.execute = [key](const tieline::request& what) {
    tieline::reply reply;
    reply.output = key.hostname + "> " + what.body + ": version 7.1";
    return caf::expected<tieline::reply>{std::move(reply)};
  };
  return script;
}

void caf_main(caf::actor_system& sys, const config& cfg) {
  auto manager = tieline::spawn_manager(sys);
  auto auditor
    = sys.spawn<auditor_actor::stateful_impl<auditor_state>>(manager);
  caf::scoped_actor self{sys};
  auto fail = [](const caf::error& reason) {
    std::cerr << tieline::describe(reason) << '\n';
  };
  compat::request(self.ptr(), manager, caf::infinite,
                  tieline::set_factory_atom_v, std::string{"loopback"},
                  tieline::spawn_loopback_factory(sys, device))
    .receive([](bool) {}, fail);
  compat::request(self.ptr(), auditor, caf::infinite, audit_atom_v, cfg.host)
    .receive([](const std::string& version) { std::cout << version << '\n'; },
             fail);
  // Closes all connections in good order, then the system can end.
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
}

} // namespace embed

int main(int argc, char** argv) {
  tieline::init();
  caf::exec_main_init_meta_objects<caf::id_block::embed>();
  caf::core::init_global_meta_objects();
  return caf::exec_main<>(embed::caf_main, argc, argv);
}
