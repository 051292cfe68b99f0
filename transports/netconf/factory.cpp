#include "tieline/messages/failure.hpp"
#include "tieline/messages/options/option_table.hpp"
#include "tieline/messages/support/has_interface.hpp"
#include "tieline/transports/netconf/netconf.hpp"
#include "tieline/transports/netconf/profile.hpp"
#include "tieline/transports/netconf/session.hpp"

#include <caf/actor_cast.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace tieline {

namespace {

class netconf_factory_state {
public:
  static inline const char* name = "tieline.netconf_factory";

  netconf_factory_state(described_factory_actor::pointer self,
                        netconf_options options, ssh_factory_actor ssh)
    : self_(self),
      options_(options),
      ssh_(std::move(ssh)),
      poller_(io::poller::shared()) {
    // nop
  }

  described_factory_actor::behavior_type make_behavior() {
    if (has_interface<described_factory_actor>(ssh_))
      compat::request(self_, ssh_, caf::infinite, traits_atom_v)
        .then([this](plugin_traits& of_ssh) { describe(std::move(of_ssh)); },
              [this](const caf::error&) { describe({}); });
    else
      describe({});
    return {
      [this](make_atom, connection_key& key) {
        return once_described<std::optional<transport_actor>>(
          [this, key = std::move(key)] { return make(key); });
      },
      [this](traits_atom) {
        return once_described<plugin_traits>([this] { return *traits_; });
      },
    };
  }

private:
  transport_actor make(const connection_key& key) {
    return netconf::spawn_session(self_->home_system(), key, options_, ssh_,
                                  ssh_tells_steps_, poller_);
  }

  /// A session takes the extras of its SSH session, too.
  void describe(plugin_traits of_ssh) {
    ssh_tells_steps_ = of_ssh.tells_steps;
    traits_ = netconf_options::table().traits(options_);
    traits_->ports = {{netconf::well_known_port}};
    traits_->tells_steps = true;
    for (auto& x : of_ssh.extras)
      traits_->extras.push_back(std::move(x));
    for (auto& answer : std::exchange(waiting_, {}))
      answer();
  }

  template <class T, class F>
  caf::result<T> once_described(F make_answer) {
    if (traits_)
      return T{make_answer()};
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<T>>();
    waiting_.push_back(
      [promise, make_answer]() mutable { promise.deliver(T{make_answer()}); });
    return promise;
  }

  described_factory_actor::pointer self_;
  netconf_options options_;
  ssh_factory_actor ssh_;
  /// None: ssh has not told of itself yet.
  std::optional<plugin_traits> traits_;
  bool ssh_tells_steps_ = false;
  std::vector<std::function<void()>> waiting_;
  /// Keeps the deadlines of the sessions, on the thread that serves SSH, too.
  std::shared_ptr<io::poller> poller_;
};

} // namespace

factory_actor spawn_netconf_factory(caf::actor_system& sys, factory_actor ssh,
                                    netconf_options options) {
  if (auto error = options.check(); !error.empty())
    throw std::invalid_argument(describe(error));
  using impl = described_factory_actor::stateful_impl<netconf_factory_state>;
  return sys.spawn<impl>(options, caf::actor_cast<ssh_factory_actor>(ssh));
}

factory_actor spawn_netconf_factory(caf::actor_system& sys,
                                    netconf_options options, ssh_options ssh,
                                    std::optional<credentials> known) {
  options.share_session = false;
  return spawn_netconf_factory(
    sys, spawn_ssh_factory(sys, std::move(ssh), std::move(known)), options);
}

} // namespace tieline
