#include "tieline/actors/events/events.hpp"

#include "tieline/actors/events/credit.hpp"
#include "tieline/actors/registry/selection.hpp"
#include "tieline/actors/runtime/request_table.hpp"
#include "tieline/messages/failure.hpp"
#include "tieline/messages/internal/events.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <optional>

namespace tieline {

namespace {

/// Takes what one listener is to be told. It says when the listener has been
/// sent all that came before, so that who has unsubscribed hears no more, and
/// ends when told to, behind all that came before.
using outlet_actor = caf::typed_actor<
  caf::result<void>(lifecycle_event), caf::result<void>(caf::subscribe_atom),
  caf::result<bool>(caf::unsubscribe_atom), caf::result<void>(caf::close_atom)>;

/// An actor for each listener, so that requests which a lost node never answers
/// are gone with the listener.
class outlet_state {
public:
  static inline const char* name = "tieline.outlet";

  outlet_state(outlet_actor::pointer self, caf::actor_addr listener,
               uint64_t buffer, std::string node)
    : self_(self),
      requests_(self),
      listener_(std::move(listener)),
      node_(std::move(node)),
      credit_(buffer) {
    // nop
  }

  outlet_actor::behavior_type make_behavior() {
    return {
      [this](const lifecycle_event& x) { hand_on(x); },
      [](caf::subscribe_atom) {},
      [](caf::unsubscribe_atom) { return true; },
      [this](caf::close_atom) { self_->quit(); },
    };
  }

private:
  void hand_on(const lifecycle_event& x) {
    auto listener = caf::actor_cast<listener_actor>(listener_);
    if (!listener)
      return;
    auto missed = credit_.spend();
    if (!missed)
      return;
    auto copy = x;
    copy.missed = *missed;
    copy.node = node_;
    requests_.ask(listener, std::move(copy))
      .then([this] { credit_.give_back(); },
            [this](const caf::error&) { credit_.give_back(); });
  }

  outlet_actor::pointer self_;
  request_table requests_;
  caf::actor_addr listener_;
  std::string node_;
  credit credit_;
};

class events_state {
public:
  static inline const char* name = "tieline.events";

  events_state(events_actor::pointer self, uint64_t buffer, std::string node)
    : self_(self),
      buffer_(buffer),
      node_(std::move(node)) {
    // nop
  }

  events_actor::behavior_type make_behavior() {
    return compat::trap_exit<events_actor::behavior_type>(
      self_, [this](const caf::error& reason) { end(reason); },
      [this](const lifecycle_event& x) { hand_out(x); },
      [this](caf::subscribe_atom, const listener_actor& listener,
             const selector& wanted) { return subscribe(listener, wanted); },
      [this](caf::unsubscribe_atom, const listener_actor& listener) {
        return unsubscribe(listener);
      });
  }

private:
  struct subscriber {
    /// To be closed: its last handle may be with another node's link.
    outlet_actor outlet;
    /// None: it has unsubscribed.
    std::optional<selector> wanted;
  };

  void hand_out(const lifecycle_event& x) {
    for (auto& [addr, to] : subscribers_)
      if (to.wanted && matches(*to.wanted, x.key))
        compat::send(self_, to.outlet, x);
  }

  caf::result<void> subscribe(const listener_actor& listener,
                              const selector& wanted) {
    if (!listener)
      return make_error(errc::invalid_request,
                        {{}, step::none, "there is no listener"});
    auto addr = listener.address();
    auto& entry = subscribers_[addr];
    if (!entry.outlet) {
      entry.outlet
        = self_->system().spawn<outlet_actor::stateful_impl<outlet_state>>(
          addr, buffer_, node_);
      compat::monitor(self_, listener, [this, addr](const caf::error&) {
        auto gone = subscribers_.extract(addr);
        if (!gone.empty())
          compat::send(self_, gone.mapped().outlet, caf::close_atom_v);
      });
    }
    entry.wanted = wanted;
    return compat::delegate(self_, entry.outlet, caf::subscribe_atom_v);
  }

  caf::result<bool> unsubscribe(const listener_actor& listener) {
    auto i = listener ? subscribers_.find(listener.address())
                      : subscribers_.end();
    if (i == subscribers_.end() || !i->second.wanted)
      return false;
    i->second.wanted.reset();
    return compat::delegate(self_, i->second.outlet, caf::unsubscribe_atom_v);
  }

  /// Behind what was said before; an exit message overtakes it.
  void end(const caf::error& reason) {
    compat::post(caf::actor_cast<caf::strong_actor_ptr>(self_),
                 caf::make_action([this, reason] {
                   for (auto& [addr, to] : subscribers_)
                     compat::send(self_, to.outlet, caf::close_atom_v);
                   self_->quit(reason);
                 }));
  }

  events_actor::pointer self_;
  uint64_t buffer_;
  std::string node_;
  std::map<caf::actor_addr, subscriber> subscribers_;
};

} // namespace

events_actor spawn_events(caf::actor_system& sys, uint64_t buffer,
                          std::string node) {
  return sys.spawn<events_actor::stateful_impl<events_state>>(buffer,
                                                              std::move(node));
}

} // namespace tieline
