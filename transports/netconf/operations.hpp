#pragma once

/// @file
/// Functions that make requests for the operations of NETCONF. A request can
/// also be written by hand; @ref make_rpc says what it may contain.

#include "tieline/messages/named_enum.hpp"
#include "tieline/messages/request.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tieline {

namespace netconf {

/// How a server reports default values (RFC 6243, 3).
enum class with_defaults : uint8_t {
  report_all,
  report_all_tagged,
  trim,
  explicit_only,
};

/// The operation of an edit-config where the config names none (RFC 6241, 7.2).
enum class default_operation : uint8_t { merge, replace, none };

/// Whether an edit-config validates, sets, or both (RFC 6241, 7.2).
enum class test_option : uint8_t { test_then_set, set, test_only };

/// What an edit-config does after an error (RFC 6241, 7.2).
enum class error_option : uint8_t {
  stop_on_error,
  continue_on_error,
  rollback_on_error,
};

} // namespace netconf

template <>
struct names_of<netconf::with_defaults> {
  static constexpr std::string_view values[]
    = {"report-all", "report-all-tagged", "trim", "explicit"};
};

template <>
struct names_of<netconf::default_operation> {
  static constexpr std::string_view values[] = {"merge", "replace", "none"};
};

template <>
struct names_of<netconf::test_option> {
  static constexpr std::string_view values[] = {"test-then-set", "set",
                                                "test-only"};
};

template <>
struct names_of<netconf::error_option> {
  static constexpr std::string_view values[]
    = {"stop-on-error", "continue-on-error", "rollback-on-error"};
};

namespace netconf {

/// The part of the data to get. The default is everything.
struct selection {
  /// A subtree filter (RFC 6241, 6) as XML with any number of elements. Empty:
  /// none.
  std::string filter;
  /// An XPath expression. Empty: none. It excludes a filter.
  std::string xpath;
  /// The namespaces of prefixes in the XPath expression.
  std::map<std::string, std::string> namespaces;
};

/// Gets configuration and state (RFC 6241, 7.7).
request get(const selection& what = {},
            std::optional<with_defaults> defaults = std::nullopt);

/// Gets the configuration of a datastore (RFC 6241, 7.1).
/// @param source `running`, `candidate` or `startup`
request get_config(const std::string& source, const selection& what = {},
                   std::optional<with_defaults> defaults = std::nullopt);

/// A change of configuration.
struct edit {
  /// `running` or `candidate`.
  std::string target;
  /// The content of `<config>` as XML with any number of elements. Empty: the
  /// config is at the URL.
  std::string config;
  /// The URL of the config for the server.
  std::string url;
  std::optional<netconf::default_operation> default_operation;
  std::optional<netconf::test_option> test_option;
  std::optional<netconf::error_option> error_option;
};

/// Changes the configuration (RFC 6241, 7.2).
request edit_config(const edit& what);

/// Replaces a whole configuration (RFC 6241, 7.3).
/// @param source,target `running`, `candidate`, `startup` or a URL
request copy_config(const std::string& source, const std::string& target,
                    std::optional<with_defaults> defaults = std::nullopt);

/// Replaces a whole configuration.
/// @param config the content of `<config>`
request put_config(const std::string& config, const std::string& target);

/// Deletes a configuration (RFC 6241, 7.4).
/// @param target `startup` or a URL
request delete_config(const std::string& target);

/// Locks a datastore for the session (RFC 6241, 7.5).
request lock(const std::string& target);

/// Unlocks a datastore (RFC 6241, 7.6).
request unlock(const std::string& target);

/// Validates a configuration (RFC 6241, 8.6).
/// @param source `running`, `candidate`, `startup` or a URL
request validate(const std::string& source);

/// Validates a configuration.
/// @param config the content of `<config>`
request validate_config(const std::string& config);

/// How to commit. The default is an immediate, final commit.
struct commit_options {
  /// Whether the server reverts the change unless a second commit follows in
  /// time.
  bool confirmed = false;
  /// The time for the second commit, 1 to 4294967295 s. Default: 600 s.
  std::optional<std::chrono::seconds> confirm_timeout;
  /// The name of a commit that outlives its session. Empty: it ends with the
  /// session.
  std::string persist;
  /// The name of the commit that this one confirms or extends. Empty: that of
  /// the session.
  std::string persist_id;
};

/// Commits the candidate to the running configuration (RFC 6241, 8.3 and 8.4).
request commit(const commit_options& how = {});

/// Cancels a confirmed commit (RFC 6241, 8.4.4.1).
/// @param persist_id the name of the commit; empty: that of the session
request cancel_commit(const std::string& persist_id = {});

/// Resets the candidate to the running configuration (RFC 6241, 8.3.4.2).
request discard_changes();

/// Ends another session (RFC 6241, 7.9).
/// @param session_id 1 to 4294967295
request kill_session(uint32_t session_id);

/// Ends this session (RFC 6241, 7.8).
request close_session();

/// Gets the text of a YANG module (RFC 6022, 3.1) as the output of the reply.
/// @param version the revision; empty: the only one
/// @param format the language; empty: yang
request get_schema(const std::string& identifier,
                   const std::string& version = {},
                   const std::string& format = {});

/// The notifications to subscribe to. The default is the stream `NETCONF`, new
/// events only.
struct subscription {
  std::string stream;
  selection what;
  /// The start of the replay, as `2026-01-31T03:00:00Z` (RFC 3339). Empty: no
  /// replay.
  std::string start_time;
  /// The end of the replay. It needs a start. Empty: no end.
  std::string stop_time;
};

/// Subscribes to notifications (RFC 5277, 2.1.1).
request create_subscription(const subscription& what = {});

/// Sends XML as it is. The capabilities of the peer are not checked.
/// @param xml the content of `<rpc>`, one element
request raw(std::string xml);

} // namespace netconf

} // namespace tieline
