#include "contender.hpp"

#include <tieline/actors/manager.hpp>
#include <tieline/transports/ssh/ssh.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <algorithm>

namespace tieline::bench {

namespace {

// More sessions would only wait in the server's accept queue.
constexpr size_t at_once = 64;

struct config : caf::actor_system_config {
  config() {
    set("caf.scheduler.policy", "sharing");
  }
};

/// Opens, executes and closes, a new one whenever one has ended.
class driver {
public:
  driver(caf::event_based_actor* self, manager_actor manager,
         const target& where, size_t sessions, void (*at_peak)(),
         size_t* succeeded)
    : self_(self),
      manager_(std::move(manager)),
      command_(where.command),
      sessions_(sessions),
      at_peak_(at_peak),
      succeeded_(succeeded) {
    params_.hostname = where.address;
    params_.port = where.port;
    params_.username = where.user;
    params_.extras = {{"known_hosts", where.known_hosts},
                      {"private_key_file", where.key_file}};
    for (size_t i = 0; i < std::min(at_once, sessions); ++i)
      start_next();
  }

private:
  template <class Handle, class OnValue, class... Ts>
  void
  ask(const Handle& whom, connection_key key, OnValue on_value, Ts... what) {
    compat::request(self_, whom, caf::infinite, std::move(what)...)
      .then(std::move(on_value), [this, key](const caf::error&) { end(key); });
  }

  void start_next() {
    connection_key key{std::to_string(started_++), "ssh"};
    ask(
      manager_, key,
      [this, key](const std::optional<connection_actor>& opened) {
        execute(key, *opened);
      },
      caf::open_atom_v, key, params_, caf::timespan{0});
  }

  void execute(const connection_key& key, const connection_actor& connection) {
    if (started_ == sessions_ || started_ == at_once)
      at_peak_();
    request what;
    what.body = command_;
    ask(
      connection, key,
      [this, key](const reply& x) {
        *succeeded_ += x.status == 0;
        end(key);
      },
      execute_atom_v, std::move(what));
  }

  void end(const connection_key& key) {
    auto next = [this] {
      ++ended_;
      if (started_ < sessions_)
        start_next();
      else if (ended_ == sessions_)
        self_->quit();
    };
    compat::request(self_, manager_, caf::infinite, caf::close_atom_v, key)
      .then([next](bool) { next(); }, [next](const caf::error&) { next(); });
  }

  caf::event_based_actor* self_;
  manager_actor manager_;
  connection_params params_;
  std::string command_;
  size_t sessions_;
  size_t started_ = 0;
  size_t ended_ = 0;
  void (*at_peak_)();
  size_t* succeeded_;
};

} // namespace

size_t run_tieline(const target& where, size_t sessions, void (*at_peak)()) {
  init();
  config cfg;
  caf::actor_system system{cfg};
  auto manager = spawn_manager(system);
  auto factory = spawn_ssh_factory(system);
  caf::scoped_actor self{system};
  compat::request(self.ptr(), manager, caf::infinite, set_factory_atom_v,
                  std::string{"ssh"}, factory)
    .receive([](bool) {}, [](const caf::error&) {});
  size_t succeeded = 0;
  auto worker = system.spawn([&](caf::event_based_actor* me) {
    auto state = std::make_shared<driver>(me, manager, where, sessions, at_peak,
                                          &succeeded);
    me->attach_functor([state](const caf::error&) {});
    return caf::behavior{[](caf::unit_t) {}};
  });
  self->wait_for(worker);
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(factory, caf::exit_reason::user_shutdown);
  return succeeded;
}

} // namespace tieline::bench
