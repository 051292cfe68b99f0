#pragma once

#include "ssh/ssh_fixture.hpp"

#include <tieline/actors/settings.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tieline::test {

/// How long an answer may take that many sessions have to open for.
constexpr auto storm_limit = std::chrono::minutes{4};

/// Returns settings that wait as little as possible where they wait at all.
settings brisk();

/// A connection manager with the ssh plugin, and a blocking actor to ask it.
class ssh_manager {
public:
  explicit ssh_manager(const settings& config = {});

  /// Ends the manager and waits for that.
  ~ssh_manager();

  ssh_client client;
  manager_actor manager;

  static connection_key key_of(int number);

  /// Returns one item for each of `count` keys.
  static std::vector<open_item> items(int count,
                                      const connection_params& params);

  /// Asks the manager and waits for the answer.
  template <class T, class... Ts>
  caf::expected<T> ask(Ts... what) {
    return take<T>(compat::request(client.self().ptr(), manager, storm_limit,
                                   std::move(what)...));
  }

  /// Sends an open of key 0; take<std::optional<connection_actor>> waits.
  auto start_open(const connection_params& params,
                  caf::timespan timeout = caf::timespan{0}) {
    return compat::request(client.self().ptr(), manager, storm_limit,
                           caf::open_atom_v, key_of(0), params, timeout);
  }

  /// Opens key 0.
  caf::expected<connection_actor>
  open(const connection_params& params,
       caf::timespan timeout = caf::timespan{0});

  /// Opens many keys, each within the timeout.
  std::vector<open_outcome> open_all(std::vector<open_item> items,
                                     caf::timespan timeout);

  /// Sends a request; take<reply> waits for its answer.
  auto start(const connection_actor& connection, const std::string& line) {
    return compat::request(client.self().ptr(), connection, storm_limit,
                           execute_atom_v, command(line));
  }

  caf::expected<reply> execute(const connection_actor& connection,
                               const std::string& line);

  /// Returns how key 0 is; there must be one.
  connection_status status();

  explanation explain();

  connection_counters counters();

  /// Returns whether the state of key 0 came to be this one.
  bool becomes(connection_state expected);
};

/// Writes down what a manager tells of its connections.
class event_log {
public:
  explicit event_log(ssh_manager& from);

  ~event_log();

  size_t count(event_kind what) const;

  /// Returns all, e.g. `opening opened`, from the beginning.
  std::string told() const;

private:
  struct book;

  std::shared_ptr<book> book_;
  listener_actor listener_;
};

} // namespace tieline::test
