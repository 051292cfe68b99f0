#pragma once

#include "support/outcome.hpp"
#include "support/transport_client.hpp"

#include <tieline/actors/manager.hpp>
#include <tieline/actors/settings.hpp>

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace tieline::test {

/// How long an answer may take that many sessions have to open for.
constexpr auto storm_limit = std::chrono::minutes{4};

/// Returns settings that wait as little as possible where they wait at all.
inline settings brisk() {
  using namespace std::chrono_literals;
  settings result;
  result.backoff = 20ms;
  result.backoff_max = 200ms;
  result.breaker_delay = 300ms;
  result.breaker_delay_max = 300ms;
  return result;
}

/// A connection manager with the plugin of a client, and a blocking actor to
/// ask it.
template <class Client>
class manager_client {
public:
  explicit manager_client(std::string plugin, const settings& config = {})
    : manager(spawn_manager(client.system(), config)) {
    required(
      query<bool>(set_factory_atom_v, std::move(plugin), client.factory()));
  }

  manager_client(const manager_client&) = delete;

  manager_client& operator=(const manager_client&) = delete;

  /// Ends the manager and waits for that.
  ~manager_client() {
    caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
    client.self()->wait_for(manager);
  }

  Client client;
  manager_actor manager;

  /// Asks the manager and waits for the answer.
  template <class T, class... Ts>
  caf::expected<T> query(Ts... what) {
    return take<T>(compat::request(client.self().ptr(), manager, storm_limit,
                                   std::move(what)...));
  }

  /// Sends an open; take<std::optional<connection_actor>> waits.
  auto start_open(const connection_key& key, const connection_params& params,
                  caf::timespan timeout = caf::timespan{0}) {
    return compat::request(client.self().ptr(), manager, storm_limit,
                           caf::open_atom_v, key, params, timeout);
  }

  caf::expected<connection_actor>
  open(const connection_key& key, const connection_params& params,
       caf::timespan timeout = caf::timespan{0}) {
    auto opened
      = take<std::optional<connection_actor>>(start_open(key, params, timeout));
    if (!opened)
      return std::move(opened.error());
    return opened->value();
  }

  /// Sends a request; take<reply> waits for its answer.
  auto start(const connection_actor& connection, request what) {
    return compat::request(client.self().ptr(), connection, storm_limit,
                           execute_atom_v, std::move(what));
  }

  caf::expected<reply> execute(const connection_actor& connection,
                               request what) {
    return take<reply>(start(connection, std::move(what)));
  }
};

} // namespace tieline::test
