#pragma once

#include "tieline/messages/failure.hpp"
#include "tieline/messages/request.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// RESTCONF (RFC 8040) in requests and replies of the plugin `http`: pure
/// functions, nothing is sent here.

namespace tieline::restconf {

/// How data is written.
enum class format : uint8_t {
  /// `application/yang-data+json` (RFC 7951)
  json,
  /// `application/yang-data+xml`
  xml,
};

/// One step on the way to a data resource: `name`, or `module:name` where the
/// module changes, and the keys of a list's entry or the value of a
/// leaf-list's (RFC 8040, 3.5.3). As they are: they are encoded here.
struct node {
  std::string name;
  std::vector<std::string> keys{};
};

/// Returns the path below `{+restconf}/data`, e.g.
/// `/ietf-interfaces:interfaces/interface=eth%2F0`. Empty for no nodes, the
/// datastore itself.
std::string path_of(const std::vector<node>& nodes);

/// Query parameters (RFC 8040, 4.8); what is empty is not sent.
struct query {
  /// `config`, `nonconfig` or `all`
  std::string content;
  /// 1 to 65535; zero: `unbounded`.
  std::optional<uint16_t> depth;
  /// E.g. `name;config/mtu`
  std::string fields;
  /// `report-all`, `trim`, `explicit` or `report-all-tagged`
  std::string with_defaults;
  /// `first`, `last`, `before` or `after`, of lists that users order.
  std::string insert;
  /// Where, for `before` and `after`: a result of @ref path_of.
  std::string point;
};

/// Makes the requests for one server, in one format.
class api {
public:
  /// @param root the path of the API resource, e.g. `/restconf`; see
  ///        @ref read_root
  explicit api(std::string root, format how = format::json);

  /// Reads data; `where` is a result of @ref path_of, as in all that follow.
  request get(const std::string& where, const query& with = {}) const;

  /// Asks for the header alone, e.g. for `etag` and `last-modified`.
  request head(const std::string& where) const;

  /// Creates a child of `where`.
  request post(const std::string& where, std::string data,
               const query& with = {}) const;

  /// Creates or replaces.
  request put(const std::string& where, std::string data,
              const query& with = {}) const;

  /// Merges (plain patch, RFC 8040, 4.6.1).
  request patch(const std::string& where, std::string data) const;

  request remove(const std::string& where) const;

  /// Invokes an RPC, `module:name`, with its input or none (RFC 8040, 4.4.2).
  request operation(const std::string& name, std::string input = {}) const;

  /// Invokes an action of a data resource (RFC 8040, 3.6).
  request action(const std::string& where, std::string input = {}) const;

  /// Lists the operations.
  request operations() const;

  /// See @ref read_yang_library_version.
  request yang_library_version() const;

  /// Asks where an event stream is (RFC 8040, 9.3); see
  /// @ref read_stream_location.
  request stream_location(const std::string& stream) const;

private:
  request make(const char* method, const std::string& path) const;

  request make(const char* method, const std::string& path,
               std::string data) const;

  std::string root_;
  std::string type_;
  std::string format_name_;
};

/// Asks which path the RESTCONF API has (RFC 8040, 3.1); see @ref read_root.
request discover();

/// Subscribes to an event stream (RFC 8040, 6.3). The request's sink is to be
/// one of spawn_sse_sink; its timeout ends the subscription.
/// @param path the stream's location on the session's host
/// @param start_time, stop_time for a replay, as in RFC 3339; empty: none
/// @param last_event_id to go on where a stream has ended; empty: from now on
request subscribe(const std::string& path, const std::string& start_time = {},
                  const std::string& stop_time = {},
                  const std::string& last_event_id = {});

/// Returns an empty error for a status of 2xx, else an `errc::operation_failed`
/// whose details are `status` and, of the first error that the server tells of
/// (RFC 8040, 7.1), those there are of `error-type`, `error-tag`,
/// `error-app-tag`, `error-path` and `error-message`; and `errors`, their
/// number, if there are several.
caf::error check(const reply& from, const connection_key& key = {});

/// Returns the root from the answer to @ref discover. What is no such document
/// or has no `restconf` link is an `errc::protocol_error`, as in all that
/// follow; a status other than 2xx is what @ref check says.
caf::expected<std::string> read_root(const reply& from);

/// Returns the revision date of the `ietf-yang-library` that the server has.
caf::expected<std::string> read_yang_library_version(const reply& from);

/// Returns the path of an event stream. Of a URL the host is dropped: a
/// session has but one.
caf::expected<std::string> read_stream_location(const reply& from);

} // namespace tieline::restconf
