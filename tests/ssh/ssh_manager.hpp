#pragma once

#include "ssh/ssh_fixture.hpp"
#include "support/manager_client.hpp"
#include "support/test_sink.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tieline::test {

/// A connection manager with the ssh plugin.
class ssh_manager : public manager_client<ssh_client> {
public:
  explicit ssh_manager(const settings& config = {});

  static connection_key key_of(int number);

  /// Returns one item for each of `count` keys.
  static std::vector<open_item> items(int count,
                                      const connection_params& params);

  /// Sends an open of key 0; take<std::optional<connection_actor>> waits.
  auto start_open(const connection_params& params,
                  caf::timespan timeout = caf::timespan{0}) {
    return manager_client::start_open(key_of(0), params, timeout);
  }

  /// Opens key 0.
  caf::expected<connection_actor>
  open(const connection_params& params,
       caf::timespan timeout = caf::timespan{0}) {
    return manager_client::open(key_of(0), params, timeout);
  }

  /// Opens many keys, each within the timeout.
  std::vector<open_outcome> open_all(std::vector<open_item> items,
                                     caf::timespan timeout);

  /// Sends a request; take<reply> waits for its answer.
  auto start(const connection_actor& connection, const std::string& line) {
    return manager_client::start(connection, command(line));
  }

  caf::expected<reply> execute(const connection_actor& connection,
                               const std::string& line) {
    return manager_client::execute(connection, command(line));
  }

  /// Returns how key 0 is; there must be one.
  connection_status status();

  explanation explain();

  connection_counters counters();

  /// Returns whether the state of key 0 came to be this one.
  bool becomes(connection_state expected);
};

/// Keeps what a manager tells of its connections.
class event_log : public event_recorder {
public:
  explicit event_log(ssh_manager& from);

  size_t count(event_kind what) const;

  /// Returns the details of all of a kind.
  std::vector<std::string> details(event_kind what) const;

  /// Returns all, e.g. `opening opened`, from the beginning.
  std::string text() const;
};

} // namespace tieline::test
