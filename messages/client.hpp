#pragma once

#include "tieline/messages/calls.hpp"

#include <caf/scoped_actor.hpp>

#include <utility>

namespace tieline {

/// Runs requests for a thread that waits, as tools do. For one thread at a
/// time; never for an actor, which would keep others from running.
class client {
public:
  /// @param opener a manager, a stand-in or a router
  client(caf::actor_system& sys, opener_actor opener)
    : self_(sys),
      opener_(std::move(opener)) {
    // nop
  }

  /// Runs a request, or a text as its body, on the connection of the key, which
  /// is opened unless it is open with these params.
  /// @param time of any duration; none: that of the request
  template <class Request, class... Time>
  caf::expected<reply> run(const connection_key& key,
                           const connection_params& params, Request&& what,
                           Time... time) {
    return execute(self_, opener_, key, params, std::forward<Request>(what),
                   time...)
      .receive();
  }

  /// Opens the connection of the key and returns it.
  template <class... Time>
  caf::expected<connection_actor> open(const connection_key& key,
                                       const connection_params& params,
                                       Time... time) {
    return tieline::open(self_, opener_, key, params, time...).receive();
  }

  /// Closes the connection of the key. Returns whether there was one.
  caf::expected<bool> close(const connection_key& key) {
    return tieline::close(self_, opener_, key).receive();
  }

private:
  caf::scoped_actor self_;
  opener_actor opener_;
};

} // namespace tieline
