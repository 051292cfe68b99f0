#pragma once

#include "tieline/messages/caf_compat.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/support/has_interface.hpp"
#include "tieline/transports/ssh/carrier.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace tieline::ssh {

/// What a plugin tells of itself whose sessions run on SSH sessions: they take
/// the extras of these, too. Part of the plugin's factory.
class carried_traits {
public:
  /// @param own those of the plugin alone; without ports, those of SSH hold
  carried_traits(described_factory_actor::pointer self,
                 const ssh_factory_actor& ssh, plugin_traits own)
    : self_(self),
      own_(std::move(own)) {
    own_.tells_steps = true;
    if (has_interface<described_factory_actor>(ssh))
      compat::request(self_, ssh, caf::infinite, traits_atom_v)
        .then([this](plugin_traits& of_ssh) { add(std::move(of_ssh)); },
              [this](const caf::error&) { add({}); });
    else
      add({});
  }

  /// Returns whether the SSH sessions tell their steps.
  bool ssh_tells_steps() const noexcept {
    return ssh_tells_steps_;
  }

  const plugin_traits& operator*() const noexcept {
    return own_;
  }

  /// Answers with `make_answer()`, as soon as SSH has told of itself.
  template <class T, class F>
  caf::result<T> once_known(F make_answer) {
    if (known_)
      return T{make_answer()};
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<T>>();
    waiting_.push_back(
      [promise, make_answer]() mutable { promise.deliver(T{make_answer()}); });
    return promise;
  }

private:
  void add(plugin_traits of_ssh) {
    known_ = true;
    ssh_tells_steps_ = of_ssh.tells_steps;
    if (own_.ports.empty())
      own_.ports = std::move(of_ssh.ports);
    for (auto& x : of_ssh.extras)
      own_.extras.push_back(std::move(x));
    for (auto& answer : std::exchange(waiting_, {}))
      answer();
  }

  described_factory_actor::pointer self_;
  plugin_traits own_;
  bool known_ = false;
  bool ssh_tells_steps_ = false;
  std::vector<std::function<void()>> waiting_;
};

} // namespace tieline::ssh
