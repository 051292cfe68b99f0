#pragma once

#include "tieline/messages/request.hpp"
#include "tieline/transports/netconf/capabilities.hpp"

#include <caf/expected.hpp>

#include <string>
#include <string_view>

namespace tieline::netconf {

/// A request as it goes to the peer.
struct rpc {
  /// The local name of the operation's element, e.g. `get-config`.
  std::string operation;
  /// Whether that was given as XML.
  bool raw = false;
  /// The whole `<rpc>`, not framed yet.
  std::string text;
};

/// Makes a message of a request. Its body is one of
///
/// - XML that begins with `<`: what is inside of `<rpc>`, exactly one element.
///   Whether the peer can do that is not checked.
/// - the name of an operation, such as `get-config`, whose parameters are the
///   attributes of the request.
/// - the same, followed by attributes as words: `get-config source=running`.
///   A value ends at the next blank.
///
/// | operation | attributes (the ones that must be there first) |
/// |---|---|
/// | get | `filter` or `xpath`; `with-defaults` |
/// | get-config | `source` (datastore); `filter` or `xpath`; `with-defaults` |
/// | edit-config | `target` (running or candidate), `config` or `url`;
/// `default-operation`, `test-option`, `error-option` | | copy-config |
/// `target` (datastore or URL), `source` (the same) or `config`;
/// `with-defaults` | | delete-config | `target` (startup or URL) | | lock,
/// unlock | `target` (datastore) | | validate | `source` (datastore or URL) or
/// `config` | | commit | `confirmed` (true or false), `confirm-timeout` (1 to
/// 4294967295 s), `persist`, `persist-id` | | cancel-commit | `persist-id` | |
/// discard-changes, close-session | | | kill-session | `session-id` (1 to
/// 4294967295) | | get-schema | `identifier`; `version`, `format` | |
/// create-subscription | `stream`; `filter` or `xpath`; `startTime`, `stopTime`
/// (RFC 3339) |
///
/// `filter` (a subtree) and `config` are XML: any number of elements, without
/// the `<filter>` or `<config>` around them. The attribute `xmlns:<prefix>`, of
/// any operation, declares a prefix for them and for `xpath`; `nc` always is
/// that of NETCONF itself, as in `nc:operation="delete"`.
///
/// @param theirs what the peer can do
/// @param message_id what its reply will refer to
/// @returns an `errc::invalid_request` that names what is wrong; an
///          `errc::unsupported` that names the capability that the peer lacks.
caf::expected<rpc> make_rpc(const request& what, const capabilities& theirs,
                            std::string_view message_id);

} // namespace tieline::netconf
