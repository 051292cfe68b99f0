#pragma once

#include "edit.hpp"
#include "problem.hpp"
#include "schema.hpp"

#include <pugixml.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace tieline::lab::netconf {

using clock = std::chrono::steady_clock;

/// How to commit (RFC 6241 section 8.4).
struct commit_order {
  session_id who = 0;
  bool confirmed = false; ///< rolled back unless another commit follows
  std::chrono::seconds timeout{600};
  std::optional<std::string> persist = {};
  std::optional<std::string> persist_id = {};
};

/// The configuration datastores of a device: their content, who has locked
/// them, and the commit that waits to be confirmed. Knows neither protocol nor
/// clock. What is refused is thrown as `problem`.
class datastores {
public:
  /// Begins with this in the running and the startup datastore.
  /// @throws std::invalid_argument it is no XML
  datastores(schema known, const std::string& config);

  const pugi::xml_document& look(store which) const {
    return at(which);
  }
  std::string text(store which) const;

  /// Puts other content in, without asking for locks.
  /// @throws std::invalid_argument it is no XML
  void put(store which, const std::string& config);

  /// Returns what was refused.
  std::vector<problem> edit(store which, session_id who, pugi::xml_node config,
                            edit_operation by_default, error_option on_error);
  /// Returns what an edit would refuse.
  std::vector<problem> try_edit(store which, pugi::xml_node config,
                                edit_operation by_default) const;
  void copy(store to, session_id who, store from);
  /// Replaces the content by the elements inside `config`.
  void copy(store to, session_id who, pugi::xml_node config);
  void clear(store which, session_id who);

  void lock(store which, session_id who);
  void unlock(store which, session_id who);
  /// Returns the session that has the lock, if one has.
  std::optional<session_id> holder(store which) const {
    return locks_[index(which)];
  }

  void commit(const commit_order& how, clock::time_point now);
  void cancel_commit(session_id who, const std::optional<std::string>& id);
  void discard(session_id who);

  /// Returns when the commit that waits to be confirmed is rolled back; the
  /// greatest time if none waits.
  clock::time_point deadline() const;
  /// Rolls back what was not confirmed in time. Returns whether there was.
  bool expire(clock::time_point now);

  /// Gives up a session's locks, and its commit unless it persists.
  void leave(session_id who);

private:
  struct pending_commit {
    pugi::xml_document before;
    clock::time_point deadline;
    session_id who;
    std::optional<std::string> persist;
  };

  static std::size_t index(store which) {
    return static_cast<std::size_t>(which);
  }
  pugi::xml_document& at(store which) {
    return contents_[index(which)];
  }
  const pugi::xml_document& at(store which) const {
    return contents_[index(which)];
  }
  void require_access(store which, session_id who) const;
  void require_same_commit(session_id who,
                           const std::optional<std::string>& id) const;
  void changed(store which);
  void roll_back();
  void release(store which);

  schema known_;
  std::array<pugi::xml_document, store_count> contents_;
  std::array<std::optional<session_id>, store_count> locks_;
  bool candidate_is_modified_ = false;
  std::optional<pending_commit> pending_;
};

} // namespace tieline::lab::netconf
