#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::lab::netconf {

/// What the lab knows about the shape of data, since it reads no YANG. An
/// element not named here is an entry of a list when its first child is called
/// name, id, key or index (keys come first: RFC 7950 section 7.8.5); else
/// it is a container or a leaf.
struct schema {
  /// The keys of a list, by the name of its entries.
  std::map<std::string, std::vector<std::string>, std::less<>> list_keys = {};
  /// Elements of which there may be many, told apart by their text.
  std::set<std::string, std::less<>> leaf_lists = {};
};

/// Returns all that the lab can do: candidate, confirmed-commit, startup and so
/// on, without base.
std::vector<std::string> all_capabilities();

/// Returns the configuration that devices begin with.
std::string default_config();

/// What a device is as a NETCONF server. What its capabilities do not name it
/// refuses.
struct options {
  /// Has a subsystem `netconf` at all.
  bool enabled = true;
  bool base_1_0 = true;
  bool base_1_1 = true;
  /// Beside base, as whole URIs.
  std::vector<std::string> capabilities = all_capabilities();
  /// The content of running and startup: XML, of any number of elements.
  std::string config = default_config();
  lab::netconf::schema schema = {};
  /// What get-schema knows: YANG text by the module's name.
  std::map<std::string, std::string> yang = {};
  /// So many notifications are kept for replay.
  std::size_t log_size = 1000;
};

enum class store { running, candidate, startup };

constexpr std::size_t store_count = 3;

/// Returns the datastore's name as in NETCONF: `running`.
std::string_view to_string(store which);

/// Counted from 1; 0 is what NETCONF calls a session that is not its own.
using session_id = std::uint32_t;

/// How a NETCONF device is doing.
struct status {
  std::set<session_id> sessions;   ///< that live
  std::uint64_t opened = 0;        ///< sessions so far
  std::uint64_t subscriptions = 0; ///< that live, RESTCONF's streams included
  std::map<std::string, std::uint64_t> rpcs; ///< so far, by operation
  std::map<std::string, session_id> locks;   ///< by datastore
  bool commit_pending = false;               ///< waits to be confirmed
  std::string running;                       ///< the running configuration
};

} // namespace tieline::lab::netconf
