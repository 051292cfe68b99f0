#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/options/configurable.hpp"
#include "tieline/transports/credentials/credentials.hpp"
#include "tieline/transports/ssh/ssh.hpp"

#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>

#include <cstdint>
#include <optional>

namespace tieline {

/// The versions of NETCONF that a session offers to the server.
enum class netconf_version : uint8_t {
  /// 1.0 and 1.1. Both sides then use 1.1 if the server knows it.
  both,
  v1_0,
  v1_1,
};

template <>
struct names_of<netconf_version> {
  static constexpr std::string_view values[] = {"both", "1.0", "1.1"};
};

/// The options of NETCONF sessions. Each is a setting `tieline.netconf.<name>`
/// of a CAF config, with dashes for underscores, and can be set for one
/// connection as `extras["<name>"]` of its params.
struct netconf_options : configurable<netconf_options> {
  /// How long the hello of the server may take after the login. 1 ms to 1 h.
  caf::timespan hello_timeout = std::chrono::seconds{30};
  /// How many requests may be sent before the first of them is answered.
  /// Further requests wait. The server works on one at a time (RFC 6241, 4.5).
  /// 1 to 1000.
  uint64_t max_pipelined = 8;
  /// The largest message that the server may send, in bytes: 1024 to
  /// 1073741824. A larger one ends the session.
  uint64_t message_limit = uint64_t{64} << 20U;
  /// How deep XML elements may be nested: 16 to 10000.
  uint64_t max_depth = 256;
  /// Whether bytes that XML cannot hold, as in a text in Latin-1, are repaired.
  /// The reply then has the attribute `repaired`, with their number, and an
  /// event a comment behind its end. If not, such a reply is an
  /// `errc::protocol_error` of its request.
  bool lenient = false;
  netconf_version version = netconf_version::both;
  /// Whether the session runs on an SSH session of the plugin ssh, if one is
  /// open to the same port with the same params. Else it has its own.
  bool share_session = true;

  static const option_table<netconf_options>& table();
};

extern template struct configurable<netconf_options>;

/// Spawns a factory of NETCONF sessions over SSH (RFC 6241, 6242).
///
/// Opening: the session logs in like one of the plugin ssh and also takes its
/// extras and secrets; the default port is 830. Then it starts the subsystem
/// `netconf` and waits for the hello of the server. If the server has no such
/// subsystem, the open fails with `errc::channel_refused`; if it shares no
/// version of NETCONF, with `errc::unsupported`; if it speaks something else,
/// with `errc::protocol_error`.
///
/// Executing: @ref netconf::make_rpc says what a request may contain, and the
/// functions of operations.hpp make requests. With the attribute `on-session` a
/// request runs only on the session with that id; on any other it is
/// `errc::canceled`. The output of the reply is the content of `<rpc-reply>`
/// without `<ok/>`, where each element declares the namespaces that it needs;
/// for `get-schema` it is the schema. The attributes are `session-id`, if the
/// server has given one, and the
/// warnings of the server (see @ref netconf_warnings_of). An error of the
/// server is `errc::operation_failed` (see @ref netconf_errors_of).
///
/// Subscribing (RFC 5277): a `create-subscription` needs a sink. Each chunk is
/// one whole `<notification>`; if that is malformed, or has no valid eventTime,
/// the error output of the chunk says what is wrong. The request is answered
/// after the last one. NETCONF cannot cancel a subscription, so the session
/// ends when the request times out or its sink ends. A slow sink holds back
/// everything that the session receives: use a separate connection, as
/// spawn_netconf_subscription requires.
///
/// Losing: a session is lost as one of the plugin ssh is, and also when the
/// server breaks the protocol so that nobody can tell whom a message is for. A
/// malformed reply in a good frame is an `errc::protocol_error` of its request
/// only. A session that shares an SSH session is lost
/// with that session, but goes on when that session is closed.
///
/// The factory ends on an exit message or with its last handle. Its sessions
/// live on.
/// @param ssh the result of spawn_ssh_factory, whose sessions are shared
/// @param options none: those of the system's config, `tieline.netconf.<name>`
/// @throws std::invalid_argument if an option is wrong; @ref check_settings
///         tells before.
factory_actor
spawn_netconf_factory(caf::actor_system& sys, factory_actor ssh,
                      std::optional<netconf_options> options = std::nullopt);

/// Does the same with SSH sessions that serve nothing else.
/// @param ssh, known as @ref spawn_ssh_factory takes them
factory_actor
spawn_netconf_factory(caf::actor_system& sys,
                      std::optional<netconf_options> options = std::nullopt,
                      std::optional<ssh_options> ssh = std::nullopt,
                      std::optional<credentials> known = std::nullopt);

} // namespace tieline
