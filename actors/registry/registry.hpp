#pragma once

#include "tieline/actors/registry/selection.hpp"
#include "tieline/actors/runtime/owned.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/interfaces.hpp"

#include <caf/expected.hpp>
#include <caf/timestamp.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tieline {

/// The keys of a manager: the connection of each, and who waits for one.
///
/// A key that is registered is in one of three states: its factory is being
/// asked, its connection is there, or its connection is being closed.
class registry {
public:
  using time_point = timers::time_point;
  using maybe_connection = std::optional<connection_actor>;

  /// Takes the connection of a key, none, or an error.
  using continuation = std::function<void(caf::expected<maybe_connection>)>;

  struct waiter {
    timers::id due;
    continuation then;
  };

  struct entry {
    connection_actor connection;
    bool closing = false;
    /// The factory that is being asked, and the number of that call.
    factory_actor factory;
    uint64_t call = 0;
    /// What it has made, as long as that cannot be used yet.
    owned<transport_actor> made;
    caf::timestamp since = caf::make_timestamp();
    /// Who waits for the factory, or for the closing to end, by arrival.
    std::map<uint64_t, waiter> waiting;
  };

  /// A waiter whose deadline has passed.
  struct late {
    connection_key key;
    continuation then;
    /// Whether the factory is to be asked again: nobody is left of those who
    /// waited when it was, but others wait by now.
    bool ask_again = false;
  };

  /// @param all keeps the deadlines of those who wait; is to live as long
  /// @param on_late is told of each whose deadline has passed
  registry(timers& all, std::function<void(late)> on_late)
    : timers_(all),
      on_late_(std::move(on_late)) {
    // nop
  }

  auto begin() const {
    return entries_.begin();
  }

  auto end() const {
    return entries_.end();
  }

  size_t size() const noexcept {
    return entries_.size();
  }

  std::vector<connection_key> keys() const;

  /// Calls `f(key, entry)` for each that the selector chooses. One that names a
  /// host looks at no other.
  template <class F>
  void each(const selector& whom, F f) const {
    if (!is_name(whom.hostname)) {
      for (const auto& [key, here] : entries_)
        if (matches(whom, key))
          f(key, here);
      return;
    }
    for (const auto& [plugin, count] : plugins_)
      if (matches(whom.plugin_name, plugin))
        if (auto i = entries_.find({whom.hostname, plugin});
            i != entries_.end())
          f(i->first, i->second);
  }

  /// Returns the connection of the key unless it is being closed.
  maybe_connection find(const connection_key& key) const;

  /// Returns what is known of the key, null if nothing is.
  const entry* look_up(const connection_key& key) const;

  /// Has `then` wait for a connection of the key. Returns whether it is on the
  /// caller to see to it that there will be one.
  bool await(const connection_key& key, time_point deadline, continuation then);

  /// Notes that a factory is being asked; returns the number of the call.
  uint64_t asking(const connection_key& key, factory_actor factory);

  /// Keeps what the call has brought, as long as somebody waits for it.
  void keep(const connection_key& key, owned<transport_actor> made);

  /// Returns that.
  owned<transport_actor> take(const connection_key& key);

  /// Returns whether anybody still waits for what this call brings.
  bool is_asking(const connection_key& key, uint64_t call) const;

  /// Returns the keys for which this factory is being asked.
  std::vector<connection_key> asked_of(const caf::actor_addr& factory) const;

  /// Puts the connection under the key and tells who waits for it. Returns the
  /// one that was there.
  maybe_connection put(const connection_key& key, connection_actor connection);

  /// Notes that the connection of the key is being closed and tells those who
  /// wait for the next one, too: they came before. Returns it.
  maybe_connection close(const connection_key& key, const caf::error& reason);

  /// Notes that a connection is closing by itself. Who comes from now on waits.
  void closing(const connection_key& key, caf::actor_id connection);

  /// Takes the key out and tells who waits for it.
  void erase(const connection_key& key,
             const caf::expected<maybe_connection>& outcome);

  /// Notes that a connection is gone. Returns whether somebody waits for the
  /// next one of its key; else the key is taken out.
  bool gone(const connection_key& key, caf::actor_id connection);

private:
  /// Takes out a waiter whose deadline has passed.
  void expire(const connection_key& key, uint64_t number);

  /// Returns the entry of a key, a new one if there is none.
  entry& enter(const connection_key& key);

  /// Takes the entry of a key out and returns it; empty if there is none.
  std::optional<entry> leave(const connection_key& key);

  void tell(std::map<uint64_t, waiter> waiting,
            const caf::expected<maybe_connection>& outcome);

  entry* entry_of(const connection_key& key, caf::actor_id connection);

  timers& timers_;
  std::function<void(late)> on_late_;
  std::unordered_map<connection_key, entry> entries_;
  /// How many keys each plugin has.
  std::unordered_map<std::string, size_t> plugins_;
  /// Of those who wait and of the calls, in one row: who came before whom.
  uint64_t last_number_ = 0;
};

} // namespace tieline
