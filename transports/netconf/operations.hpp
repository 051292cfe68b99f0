#pragma once

/// @file
/// The operations of NETCONF as requests. A request can also be written by
/// hand; what it may hold is told at @ref make_rpc.

#include "tieline/messages/named_enum.hpp"
#include "tieline/messages/request.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tieline {

namespace netconf {

/// What a server tells of values that nobody has set (RFC 6243, 3).
enum class with_defaults : uint8_t {
  report_all,
  report_all_tagged,
  trim,
  explicit_only,
};

/// What an edit-config does where the config does not say (RFC 6241, 7.2).
enum class default_operation : uint8_t { merge, replace, none };

/// Whether an edit-config validates, and changes anything (RFC 6241, 7.2).
enum class test_option : uint8_t { test_then_set, set, test_only };

/// What an edit-config does at an error (RFC 6241, 7.2).
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

/// What to get of all there is; the default is everything.
struct selection {
  /// A subtree filter (RFC 6241, 6): XML, any number of elements. Empty: none.
  std::string filter;
  /// An XPath expression. Empty: none. Not together with a filter.
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
  /// What would be inside of `<config>`: XML, any number of elements. Empty:
  /// it is at the URL.
  std::string config;
  /// Where the server finds the config.
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

/// Replaces a whole configuration by what would be inside of `<config>`.
request put_config(const std::string& config, const std::string& target);

/// Deletes a configuration (RFC 6241, 7.4).
/// @param target `startup` or a URL
request delete_config(const std::string& target);

/// Locks a datastore for the session (RFC 6241, 7.5).
request lock(const std::string& target);

/// Unlocks it (RFC 6241, 7.6).
request unlock(const std::string& target);

/// Checks a configuration (RFC 6241, 8.6).
/// @param source `running`, `candidate`, `startup` or a URL
request validate(const std::string& source);

/// Checks what would be inside of `<config>`.
request validate_config(const std::string& config);

/// How to commit; the default is at once and for good.
struct commit_options {
  /// The server goes back unless a second commit follows in time.
  bool confirmed = false;
  /// The time for that, 1 to 4294967295 s; none: 600 s.
  std::optional<std::chrono::seconds> confirm_timeout;
  /// Lets the commit outlive its session, and names it. Empty: not.
  std::string persist;
  /// The name of the commit that this one confirms or prolongs. Empty: that
  /// of the session.
  std::string persist_id;
};

/// Makes the candidate the running configuration (RFC 6241, 8.3 and 8.4).
request commit(const commit_options& how = {});

/// Takes a confirmed commit back (RFC 6241, 8.4.4.1).
/// @param persist_id its name; empty: that of the session
request cancel_commit(const std::string& persist_id = {});

/// Makes the candidate what is running (RFC 6241, 8.3.4.2).
request discard_changes();

/// Ends another session (RFC 6241, 7.9).
/// @param session_id 1 to 4294967295
request kill_session(uint32_t session_id);

/// Ends this session (RFC 6241, 7.8).
request close_session();

/// Gets a YANG module's text (RFC 6022, 3.1): the reply's output.
/// @param version its revision; empty: the only one
/// @param format empty: yang
request get_schema(const std::string& identifier,
                   const std::string& version = {},
                   const std::string& format = {});

/// What to be notified of; the default is the stream `NETCONF`, from now on.
struct subscription {
  std::string stream;
  selection what;
  /// As `2026-01-31T03:00:00Z` (RFC 3339): replay from then on. Empty: none.
  std::string start_time;
  /// When the replay ends; needs a start. Empty: never.
  std::string stop_time;
};

/// Asks for notifications (RFC 5277, 2.1.1).
request create_subscription(const subscription& what = {});

/// Sends what is inside of `<rpc>`: one element. What the peer can do is not
/// checked then.
request raw(std::string xml);

} // namespace netconf

} // namespace tieline
