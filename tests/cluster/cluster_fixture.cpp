#include "cluster/cluster_fixture.hpp"

#include "tieline/actors/cluster/membership/static_membership.hpp"
#include "tieline/actors/runtime/forwarding.hpp"
#include "tieline/actors/runtime/request_table.hpp"
#include "tieline/messages/internal/coordinator.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>

namespace tieline::test {

// -- fake_coordinator ---------------------------------------------------------

struct fake_coordinator::record {
  std::string name;
  std::shared_ptr<ledger> owners;
  caf::actor_addr listener;
  coordinator_actor handle;
  coordinator_actor::pointer self = nullptr;
  cluster_view view;
  cluster_node announced;
  bool acted = true;
  caf::error trouble;

  void tell() {
    auto to = caf::actor_cast<view_listener_actor>(listener);
    if (!to)
      return;
    acted = false;
    compat::request(self, to, caf::infinite, view)
      .then(
        [this, may_own = view.may_own] {
          acted = true;
          if (!may_own)
            revoke();
        },
        [this](const caf::error&) { acted = true; });
  }

  void revoke() {
    for (auto i = owners->begin(); i != owners->end();)
      i = i->second == name ? owners->erase(i) : std::next(i);
  }
};

namespace {

template <class Record>
class coordinator_state {
public:
  static inline const char* name = "test.coordinator";

  coordinator_state(coordinator_actor::pointer self,
                    std::shared_ptr<Record> state)
    : state_(std::move(state)) {
    state_->self = self;
  }

  ~coordinator_state() {
    state_->self = nullptr;
  }

  coordinator_actor::behavior_type make_behavior() {
    return compat::trap_exit<coordinator_actor::behavior_type>(
      state_->self,
      [this](const caf::error& reason) {
        state_->revoke();
        state_->self->quit(reason);
      },
      [this](acquire_atom, uint32_t shard) -> caf::result<std::string> {
        auto owner = state_->owners->emplace(shard, state_->name).first->second;
        if (state_->trouble)
          return state_->trouble;
        return owner;
      },
      [this](release_atom, uint32_t shard) -> caf::result<void> {
        if (state_->trouble)
          return state_->trouble;
        auto i = state_->owners->find(shard);
        if (i != state_->owners->end() && i->second == state_->name)
          state_->owners->erase(i);
        return caf::unit;
      },
      [this](caf::get_atom, uint32_t shard) -> caf::result<std::string> {
        if (state_->trouble)
          return state_->trouble;
        auto i = state_->owners->find(shard);
        return i == state_->owners->end() ? std::string{} : i->second;
      },
      [this](put_atom, const cluster_node& me) { state_->announced = me; },
      [](probe_atom) {},
      [this](caf::subscribe_atom, const view_listener_actor& who) {
        state_->listener = who.address();
        state_->tell();
      });
  }

private:
  std::shared_ptr<Record> state_;
};

} // namespace

fake_coordinator::fake_coordinator(caf::actor_system& sys, std::string name,
                                   std::shared_ptr<ledger> owners)
  : record_(std::make_shared<record>()) {
  record_->name = std::move(name);
  record_->owners = std::move(owners);
  using impl = coordinator_actor::stateful_impl<coordinator_state<record>>;
  record_->handle = sys.spawn<impl>(record_);
}

coordinator_actor fake_coordinator::handle() const {
  return record_->handle;
}

void fake_coordinator::fail(const caf::error& reason) {
  record_->trouble = reason;
}

void fake_coordinator::tell_trouble(const caf::error& trouble) {
  compat::post(caf::actor_cast<caf::strong_actor_ptr>(record_->handle),
               caf::make_action([state = record_, trouble] {
                 auto to
                   = caf::actor_cast<trouble_listener_actor>(state->listener);
                 if (state->self && to)
                   compat::send(state->self, to, explain_atom_v, trouble);
               }));
}

void fake_coordinator::tell(cluster_view view) {
  compat::post(caf::actor_cast<caf::strong_actor_ptr>(record_->handle),
               caf::make_action([state = record_, view = std::move(view)] {
                 state->view = view;
                 if (state->self)
                   state->tell();
               }));
}

bool fake_coordinator::acted() const {
  return record_->acted;
}

cluster_node fake_coordinator::announced() const {
  return record_->announced;
}

// -- cluster_fixture----------------------------------------------------------

namespace {

/// Stands for another node's member.
class link_state {
public:
  static inline const char* name = "test.link";

  link_state(member_actor::pointer self, cluster_fixture& fixture,
             std::string from, std::string to)
    : self_(self),
      requests_(self),
      fixture_(fixture),
      from_(std::move(from)),
      to_(std::move(to)) {
    // nop
  }

  member_actor::behavior_type make_behavior() {
    return forwarding_behavior<member_actor>::to(this);
  }

  template <class Result, class... Args>
  caf::result<Result> forward(Args&... args) {
    if (!fixture_.reaches(from_, to_))
      return make_error(errc::node_lost, {{}, step::none, to_});
    auto promise = self_->template make_response_promise<
      caf::typed_response_promise<Result>>();
    if (fixture_[to_].hangs) {
      fixture_.swallow(std::make_shared<decltype(promise)>(promise));
      return promise;
    }
    auto failed = [promise](caf::error& reason) mutable {
      promise.deliver(std::move(reason));
    };
    requests_.ask(router_actor{fixture_[to_].router}, local_atom_v)
      .then(
        [promise, args = std::tuple{std::move(args)...}](
          const member_actor& member) mutable {
          std::apply(
            [&](auto&... xs) { promise.delegate(member, std::move(xs)...); },
            args);
        },
        failed);
    return promise;
  }

private:
  member_actor::pointer self_;
  request_table requests_;
  cluster_fixture& fixture_;
  std::string from_;
  std::string to_;
};

} // namespace

cluster_fixture::node::node(cluster_fixture& fixture, const std::string& name)
  : plugin(fixture.sys()) {
  what.name = name;
  what.host = name + ".example";
  what.port = 4711;
  auto config = fixture.config;
  config.node_name = name;
  manager = spawn_manager(fixture.sys(), config);
}

cluster_fixture::cluster_fixture(const std::vector<std::string>& names,
                                 bool static_membership, settings managers)
  : config(std::move(managers)),
    static_membership_(static_membership) {
  for (const auto& name : names) {
    cluster_node what;
    what.name = name;
    what.host = name + ".example";
    what.port = 4711;
    known_.push_back(what);
  }
  for (const auto& name : names)
    add(name);
  settle();
  if (static_membership)
    advance(2 * how.look_interval); // the first did not find the last
  else
    tell_all(names);
}

cluster_fixture::~cluster_fixture() {
  swallowed_.clear();
  for (auto& [name, here] : nodes_)
    caf::anon_send_exit(here->router, caf::exit_reason::user_shutdown);
  settle();
  advance(std::chrono::minutes{2});
  for (auto& [name, here] : nodes_)
    caf::anon_send_exit(here->manager, caf::exit_reason::user_shutdown);
  settle();
  advance(std::chrono::minutes{2});
}

cluster_fixture::node& cluster_fixture::add(const std::string& name) {
  auto& made
    = *nodes_.emplace(name, std::make_unique<node>(*this, name)).first->second;
  coordinator_actor coordinator;
  if (static_membership_) {
    coordinator = spawn_static_membership(sys(), name, known_, link_from(name),
                                          how.look_interval);
  } else {
    made.coordinator = std::make_unique<fake_coordinator>(sys(), name, owners);
    coordinator = made.coordinator->handle();
  }
  made.router = spawn_router(sys(), name, made.manager, coordinator,
                             link_from(name), how);
  compat::anon_send(made.router, put_atom_v, made.what);
  ask_now<bool>(made.manager, set_factory_atom_v, std::string{"fake"},
                made.plugin.factory());
  return made;
}

member_connector cluster_fixture::link_from(const std::string& name) {
  return [this, name](const cluster_node& to) {
    return sys().spawn<member_actor::stateful_impl<link_state>>(std::ref(*this),
                                                                name, to.name);
  };
}

bool cluster_fixture::reaches(const std::string& from,
                              const std::string& to) const {
  auto there = [this](const std::string& name) {
    auto i = nodes_.find(name);
    return i != nodes_.end() && !*i->second->cut;
  };
  return there(from) && there(to);
}

void cluster_fixture::tell(const std::vector<std::string>& whom,
                           const std::vector<std::string>& nodes) {
  cluster_view view;
  view.may_own = true;
  for (const auto& name : nodes) {
    auto what = nodes_.at(name)->coordinator->announced();
    view.nodes.push_back(what.name.empty() ? nodes_.at(name)->what : what);
  }
  for (const auto& name : whom)
    nodes_.at(name)->coordinator->tell(view);
  settle();
}

void cluster_fixture::tell_all(const std::vector<std::string>& nodes) {
  std::vector<std::string> all;
  for (auto& [name, here] : nodes_)
    all.push_back(name);
  tell(all, nodes);
}

connection_key cluster_fixture::key_of(const std::string& name,
                                       const std::vector<std::string>& nodes,
                                       size_t n) {
  std::vector<cluster_node> those;
  for (const auto& one : nodes) {
    cluster_node what;
    what.name = one;
    those.push_back(what);
  }
  shard_map map{those};
  for (size_t i = 0;; ++i) {
    connection_key key{"r" + std::to_string(i), "fake"};
    if (map.owner(shard_of(key)) == name && n-- == 0)
      return key;
  }
}

answer<cluster_fixture::maybe_connection>
cluster_fixture::open(const std::string& at, const connection_key& key,
                      caf::timespan timeout) {
  return ask_now<maybe_connection>(router_actor{nodes_.at(at)->router},
                                   caf::open_atom_v, key, params_for("admin"),
                                   timeout);
}

connection_actor cluster_fixture::opened(const std::string& at,
                                         const connection_key& key) {
  auto pending = open(at, key);
  let_open();
  return pending.value().value();
}

answer<reply> cluster_fixture::execute(const connection_actor& connection,
                                       std::string body,
                                       caf::timespan timeout) {
  request what;
  what.body = std::move(body);
  what.timeout = timeout;
  return ask_now<reply>(connection, execute_atom_v, what);
}

void cluster_fixture::let_open() {
  for (auto& [name, here] : nodes_)
    for (auto& session : here->plugin.sessions())
      if (session->alive && session->wants_open())
        session->open_ok();
  settle();
}

void cluster_fixture::let_close() {
  for (auto& [name, here] : nodes_)
    for (auto& session : here->plugin.sessions())
      if (session->alive && session->wants_close())
        session->close_ok();
  settle();
}

std::vector<std::string> cluster_fixture::sessions(const connection_key& key) {
  std::vector<std::string> result;
  for (auto& [name, here] : nodes_)
    for (auto& session : here->plugin.sessions())
      if (session->alive && session->opened && session->key == key)
        result.push_back(name);
  return result;
}

size_t cluster_fixture::doubles() {
  std::map<connection_key, size_t> count;
  for (auto& [name, here] : nodes_)
    for (auto& session : here->plugin.sessions())
      if (session->alive && session->opened)
        ++count[session->key];
  size_t result = 0;
  for (auto& [key, n] : count)
    result += n - 1;
  return result;
}

} // namespace tieline::test
