#pragma once

#include "tieline/actors/deadlines.hpp"
#include "tieline/messages/interfaces.hpp"

#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

namespace tieline {

/// The manager's book of keys: the connection of each, and who waits for one.
///
/// A key that is in the book is in one of three states: its factory is being
/// asked, its connection is there, or its connection is being closed.
class registry {
public:
  using time_point = deadlines::time_point;
  using maybe_connection = std::optional<connection_actor>;

  /// Takes the connection of a key, none, or an error.
  using continuation = std::function<void(caf::expected<maybe_connection>)>;

  struct entry {
    connection_actor connection;
    bool closing = false;
    /// The factory that is being asked, and the number of that call.
    factory_actor factory;
    uint64_t call = 0;
    /// Who waits for the factory, or for the closing to end, by arrival.
    std::map<uint64_t, continuation> waiting;
  };

  /// A waiter whose deadline has passed.
  struct late {
    connection_key key;
    continuation then;
  };

  auto begin() {
    return entries_.begin();
  }

  auto end() {
    return entries_.end();
  }

  /// Returns the connection of the key unless it is being closed.
  maybe_connection find(const connection_key& key) const;

  /// Returns what is known of the key, null if nothing is.
  entry* look_up(const connection_key& key);

  /// Has `then` wait for a connection of the key. Returns whether it is on the
  /// caller to see to it that there will be one.
  bool await(const connection_key& key, time_point deadline, continuation then);

  /// Notes that a factory is being asked; returns the number of the call.
  uint64_t asking(const connection_key& key, factory_actor factory);

  /// Returns whether anybody still waits for what this call brings.
  bool is_asking(const connection_key& key, uint64_t call) const;

  /// Returns the keys for which this factory is being asked.
  std::vector<connection_key> asked_of(const caf::actor_addr& factory) const;

  /// Puts the connection under the key and tells who waits for it. Returns the
  /// one that was there.
  maybe_connection put(const connection_key& key, connection_actor connection);

  /// Takes the key out and tells who waits for it.
  void erase(const connection_key& key,
             const caf::expected<maybe_connection>& outcome);

  /// Notes that a connection is gone. Returns whether somebody waits for the
  /// next one of its key; else the key is taken out.
  bool gone(const connection_key& key, caf::actor_id connection);

  /// Takes out a waiter whose deadline has passed, if there is one.
  std::optional<late> expired(time_point now);

  /// Returns the earliest deadline of a waiter.
  std::optional<time_point> next_deadline() const {
    return deadlines_.next();
  }

private:
  struct place {
    connection_key key;
    time_point deadline;
  };

  void tell(std::map<uint64_t, continuation> waiting,
            const caf::expected<maybe_connection>& outcome);

  std::unordered_map<connection_key, entry> entries_;
  /// Where each waiter is, by its id.
  std::unordered_map<uint64_t, place> waiters_;
  deadlines deadlines_;
  uint64_t last_id_ = 0;
};

} // namespace tieline
