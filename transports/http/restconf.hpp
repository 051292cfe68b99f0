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
/// RESTCONF (RFC 8040) as requests and replies of the plugin `http`. All
/// functions are pure: nothing is sent here.

namespace tieline::restconf {

/// The encoding of data.
enum class format : uint8_t {
  /// `application/yang-data+json` (RFC 7951)
  json,
  /// `application/yang-data+xml`
  xml,
};

/// One step of the path to a data resource (RFC 8040, 3.5.3): `name`, or
/// `module:name` where the module changes, with the keys of a list entry or the
/// value of a leaf-list entry. Give them as they are, because @ref path_of
/// encodes them.
struct node {
  std::string name;
  std::vector<std::string> keys{};
};

/// Returns the path below `{+restconf}/data`, e.g.
/// `/ietf-interfaces:interfaces/interface=eth%2F0`. Empty for no nodes, the
/// datastore itself.
std::string path_of(const std::vector<node>& nodes);

/// Query parameters (RFC 8040, 4.8). Empty ones are not sent.
struct query {
  /// `config`, `nonconfig` or `all`
  std::string content;
  /// 1 to 65535; zero: `unbounded`.
  std::optional<uint16_t> depth;
  /// E.g. `name;config/mtu`
  std::string fields;
  /// `report-all`, `trim`, `explicit` or `report-all-tagged`
  std::string with_defaults;
  /// `first`, `last`, `before` or `after`, for lists that are ordered by users.
  std::string insert;
  /// The entry for `before` and `after`: a result of @ref path_of.
  std::string point;
};

/// Makes the requests for one server in one format.
class api {
public:
  /// @param root the path of the API resource, e.g. `/restconf`; see
  ///        @ref read_root
  explicit api(std::string root, format how = format::json);

  /// Reads data. Here and below, `where` is a result of @ref path_of.
  request get(const std::string& where, const query& with = {}) const;

  /// Reads only the header, e.g. for `etag` and `last-modified`.
  request head(const std::string& where) const;

  /// Creates a child of `where`.
  request post(const std::string& where, std::string data,
               const query& with = {}) const;

  /// Creates or replaces data.
  request put(const std::string& where, std::string data,
              const query& with = {}) const;

  /// Merges data (plain patch, RFC 8040, 4.6.1).
  request patch(const std::string& where, std::string data) const;

  request remove(const std::string& where) const;

  /// Invokes the RPC `module:name` with or without input (RFC 8040, 4.4.2).
  request operation(const std::string& name, std::string input = {}) const;

  /// Invokes an action of a data resource (RFC 8040, 3.6).
  request action(const std::string& where, std::string input = {}) const;

  /// Lists the operations.
  request operations() const;

  /// See @ref read_yang_library_version.
  request yang_library_version() const;

  /// Requests the location of an event stream (RFC 8040, 9.3); see
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

/// Requests the path of the RESTCONF API (RFC 8040, 3.1); see @ref read_root.
request discover();

/// Subscribes to an event stream (RFC 8040, 6.3). The request needs a sink that
/// is made by spawn_sse_sink. The timeout of the request ends the subscription.
/// @param path the location of the stream on the host of the session
/// @param start_time, stop_time the bounds of a replay (RFC 3339); empty: none
/// @param last_event_id the event to continue after; empty: new events only
request subscribe(const std::string& path, const std::string& start_time = {},
                  const std::string& stop_time = {},
                  const std::string& last_event_id = {});

/// Returns an empty error for a status of 2xx without errors, else an
/// `errc::operation_failed`. Errors are read in all shapes that servers give
/// them: one, a list, or wrapped. With a status of 2xx these are `errors` of
/// `ietf-restconf`, and a `yang-patch-status` (RFC 8072) that has some. Its
/// details hold the `status` and the fields of the first error that the server
/// reported (RFC 8040, 7.1): `error-type`, `error-tag`, `error-app-tag`,
/// `error-path` and `error-message`, as far as the server sent them. If there
/// are several errors, `errors` is their number.
caf::error check(const reply& from, const connection_key& key = {});

/// Returns the root from the answer to @ref discover. Here and below, an answer
/// that is no such document is an `errc::protocol_error` (here also one without
/// a `restconf` link), and a status other than 2xx is the error of @ref check.
caf::expected<std::string> read_root(const reply& from);

/// Returns the revision date of the server's `ietf-yang-library`.
caf::expected<std::string> read_yang_library_version(const reply& from);

/// Returns the path of an event stream. The host of a URL is dropped, because a
/// session has only one.
caf::expected<std::string> read_stream_location(const reply& from);

} // namespace tieline::restconf
