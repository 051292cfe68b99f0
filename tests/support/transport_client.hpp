#pragma once

#include "support/eventually.hpp"

#include <tieline/messages/interfaces.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include <functional>
#include <future>
#include <optional>
#include <string>

namespace tieline::test {

/// Waits for the answer to a request that a blocking actor sent.
template <class T, class Response>
caf::expected<T> take(Response response) {
  std::optional<caf::expected<T>> result;
  auto on_error = [&result](const caf::error& x) { result.emplace(x); };
  if constexpr (std::is_void_v<T>)
    std::move(response).receive([&result] { result.emplace(); }, on_error);
  else
    std::move(response).receive(
      [&result](T& x) { result.emplace(std::move(x)); }, on_error);
  return std::move(*result);
}

/// An actor system that runs one plugin's factory, and a blocking actor to ask
/// its transports.
class transport_client {
public:
  using factory_maker = std::function<factory_actor(caf::actor_system&)>;

  explicit transport_client(const factory_maker& make_factory);

  ~transport_client();

  caf::actor_system& system() noexcept {
    return system_;
  }

  caf::scoped_actor& self() noexcept {
    return self_;
  }

  const factory_actor& factory() const noexcept {
    return factory_;
  }

  /// Has the factory make a transport that is not open yet.
  transport_actor make();

  /// Opens a new transport; one that fails to open is sent away.
  caf::expected<transport_actor> open(const connection_params& params);

  caf::expected<reply> execute(const transport_actor& transport, request what);

  caf::expected<reply> execute(const transport_actor& transport,
                               std::string body);

  caf::expected<void> probe(const transport_actor& transport);

  caf::expected<void> close(const transport_actor& transport);

  /// Sends an open; take<void> waits for its answer.
  auto start_open(const transport_actor& transport,
                  const connection_params& params) {
    return compat::request(self_.ptr(), transport, hang_limit, caf::open_atom_v,
                           params);
  }

  /// Sends a request; take<reply> waits for its answer.
  auto start_execute(const transport_actor& transport, request what) {
    return compat::request(self_.ptr(), transport, hang_limit, execute_atom_v,
                           std::move(what));
  }

  /// Sends a probe; take<void> waits for its answer.
  auto start_probe(const transport_actor& transport) {
    return compat::request(self_.ptr(), transport, hang_limit, probe_atom_v);
  }

  /// Sends a close; take<void> waits for its answer.
  auto start_close(const transport_actor& transport) {
    return compat::request(self_.ptr(), transport, hang_limit,
                           caf::close_atom_v);
  }

  /// Returns the reason for which the actor will have ended.
  static std::future<caf::error> end_of(const transport_actor& transport);

private:
  struct config : caf::actor_system_config {
    config();
  };

  config config_;
  caf::actor_system system_;
  caf::scoped_actor self_;
  factory_actor factory_;
};

} // namespace tieline::test
