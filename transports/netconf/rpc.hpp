#pragma once

#include "tieline/messages/request.hpp"
#include "tieline/transports/netconf/capabilities.hpp"

#include <caf/expected.hpp>

#include <string>
#include <string_view>

namespace tieline::netconf {

/// A request as it is sent to the peer.
struct rpc {
  /// The local name of the operation's element, e.g. `get-config`.
  std::string operation;
  /// Whether that was given as XML.
  bool raw = false;
  /// The whole `<rpc>`, not framed yet.
  std::string text;
};

/// Makes the message of a request. The body of the request is one of
///
/// - XML that begins with `<`: the content of `<rpc>`, exactly one element. The
///   capabilities of the peer are not checked then.
/// - The name of an operation, such as `get-config`. The attributes of the
///   request are its parameters.
/// - The same, followed by parameters as words: `get-config source=running`. A
///   value ends at the next blank.
///
/// These are the parameters of each operation, required ones first:
///
/// - get: `filter` or `xpath`; `with-defaults`
/// - get-config: `source` (datastore); `filter` or `xpath`; `with-defaults`
/// - edit-config: `target` (running or candidate), `config` or `url`;
///   `default-operation`, `test-option`, `error-option`
/// - copy-config: `target` (datastore or URL), `source` (the same) or `config`;
///   `with-defaults`
/// - delete-config: `target` (startup or URL)
/// - lock, unlock: `target` (datastore)
/// - validate: `source` (datastore or URL) or `config`
/// - commit: `confirmed` (true or false), `confirm-timeout` (in seconds, 1 to
///   4294967295), `persist`, `persist-id`
/// - cancel-commit: `persist-id`
/// - discard-changes, close-session: none
/// - kill-session: `session-id` (1 to 4294967295)
/// - get-schema: `identifier`; `version`, `format`
/// - create-subscription: `stream`; `filter` or `xpath`; `startTime` and
///   `stopTime` (RFC 3339)
///
/// `filter` (a subtree) and `config` are XML with any number of elements,
/// without the surrounding `<filter>` or `<config>`. The attribute
/// `xmlns:<prefix>` of any operation declares a prefix for them and for
/// `xpath`. The prefix `nc` is always that of NETCONF itself, as in
/// `nc:operation="delete"`.
///
/// @param theirs the capabilities of the peer
/// @param message_id the id that the reply will have
/// @returns an `errc::invalid_request` that names what is wrong; an
///          `errc::unsupported` that names the capability that the peer lacks.
caf::expected<rpc> make_rpc(const request& what, const capabilities& theirs,
                            std::string_view message_id);

} // namespace tieline::netconf
