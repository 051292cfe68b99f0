#include "tieline/actors/node/peer_gate.hpp"

#include "tieline/actors/runtime/forwarding.hpp"
#include "tieline/messages/failure.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <tuple>
#include <type_traits>
#include <utility>

namespace tieline {

namespace {

connection_key key_in() {
  return {};
}

template <class T, class... Ts>
connection_key key_in(const T& x, const Ts&... xs) {
  if constexpr (std::is_same_v<T, connection_key>)
    return x;
  else
    return key_in(xs...);
}

class peer_gate_state {
public:
  static inline const char* name = "tieline.peer_gate";

  peer_gate_state(manager_actor::pointer self, manager_actor manager,
                  node_settings how, name_of_peer who)
    : self_(self),
      manager_(std::move(manager)),
      how_(std::move(how)),
      who_(std::move(who)) {
    compat::monitor(self_, manager_,
                    [this](const caf::error& reason) { self_->quit(reason); });
  }

  manager_actor::behavior_type make_behavior() {
    // Whoever may end it tells the manager.
    return forwarding_behavior<manager_actor>::trap_exit(
      self_, [](const caf::error&) {}, this);
  }

  template <class Result, class Atom, class... Args>
  caf::result<Result> forward(Atom& atom, Args&... args) {
    const auto& sender = self_->current_sender();
    if (!sender || sender->node() != self_->node())
      if (auto why = refuse(sender, needed_role(caf::type_id_v<Atom>));
          !why.empty())
        return make_error(errc::invalid_request,
                          {key_in(args...), step::none, why});
    return compat::delegate(self_, manager_, std::move(atom),
                            std::move(args)...);
  }

private:
  std::string refuse(const caf::strong_actor_ptr& sender, peer_role needed) {
    auto named = who_ && sender ? who_(sender->node()) : std::string{};
    return refuse_peer(how_, named, needed);
  }

  manager_actor::pointer self_;
  manager_actor manager_;
  node_settings how_;
  name_of_peer who_;
};

} // namespace

manager_actor spawn_peer_gate(caf::actor_system& sys, manager_actor manager,
                              node_settings how, name_of_peer who) {
  using impl = manager_actor::stateful_impl<peer_gate_state>;
  return sys.spawn<impl>(std::move(manager), std::move(how), std::move(who));
}

} // namespace tieline
