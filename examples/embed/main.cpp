/// @file
/// tieline inside a larger CAF application: the application keeps its own
/// config, type ids and actors, and one of them talks to hosts.

#include <tieline/tieline.hpp>

#include <caf/actor_system.hpp>
#include <caf/exec_main.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <iostream>
#include <string>
#include <utility>

// The application's ids begin where they always did: tieline's lie far above.
CAF_BEGIN_TYPE_ID_BLOCK(embed, caf::first_custom_type_id)

  CAF_ADD_ATOM(embed, embed, audit_atom)

CAF_END_TYPE_ID_BLOCK(embed)

namespace embed {

/// Checks devices.
using auditor_actor = caf::typed_actor<
  // Returns the software version of a device.
  caf::result<std::string>(audit_atom, std::string)>;

class auditor_state {
public:
  static inline const char* name = "embed.auditor";

  auditor_state(auditor_actor::pointer self, tieline::opener_actor manager)
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
    execute(self_, manager_, tieline::connection_key{host, "loopback"}, params,
            "show version", std::chrono::seconds{5})
      .then(
        [answer](tieline::reply& reply) mutable {
          answer.deliver(std::move(reply.output));
        },
        [answer](caf::error& reason) mutable {
          answer.deliver(std::move(reason));
        });
    return answer;
  }

  auditor_actor::pointer self_;
  /// All that it needs of a manager.
  tieline::opener_actor manager_;
};

struct config : tieline::config {
  config() {
    opt_group{custom_options_, "embed"}.add(host, "host", "device to audit");
    tieline::add_options(custom_options_);
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

} // namespace embed

void caf_main(caf::actor_system& sys, const embed::config& cfg) {
  auto fail = [](const caf::error& reason) {
    std::cerr << tieline::describe(reason) << '\n';
  };
  if (auto error = tieline::check_settings(content(cfg)); !error.empty())
    return fail(error);
  auto manager = tieline::spawn_manager(sys);
  set_factory(manager, "loopback",
              tieline::spawn_loopback_factory(sys, embed::device));
  using auditor = embed::auditor_actor::stateful_impl<embed::auditor_state>;
  caf::scoped_actor self{sys};
  tieline::compat::request(self.ptr(), sys.spawn<auditor>(manager),
                           caf::infinite, embed::audit_atom_v, cfg.host)
    .receive([](const std::string& version) { std::cout << version << '\n'; },
             fail);
  // Closes all connections in good order, then the system can end.
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
}

// Only the application's own types: its config registers those of tieline.
CAF_MAIN(caf::id_block::embed)
