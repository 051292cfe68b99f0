#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/transports/credentials/credentials.hpp"
#include "tieline/transports/ssh/ssh.hpp"

#include <caf/actor_system.hpp>
#include <caf/config_option_set.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/settings.hpp>
#include <caf/timespan.hpp>

#include <cstdint>
#include <optional>

namespace tieline {

/// Which versions of NETCONF a session offers to the server.
enum class netconf_version : uint8_t {
  /// 1.0 and 1.1; the server's choice is 1.1 if it knows that.
  both,
  v1_0,
  v1_1,
};

template <>
struct names_of<netconf_version> {
  static constexpr std::string_view values[] = {"both", "1.0", "1.1"};
};

/// How NETCONF sessions behave unless the params of a connection say otherwise.
/// Each is `tieline.netconf.<name>` in a CAF config, with dashes for
/// underscores, and `extras["<name>"]` in the params of a connection.
struct netconf_options {
  /// From the login to the server's hello. 1 ms to 1 h.
  caf::timespan hello_timeout = std::chrono::seconds{30};
  /// Requests that are sent before the first of them is answered; further ones
  /// wait. The server takes them one after the other (RFC 6241, 4.5). 1 to
  /// 1000.
  uint64_t max_pipelined = 8;
  /// Largest message of the server, in bytes: 1024 to 1073741824. One that is
  /// larger costs the session.
  uint64_t message_limit = uint64_t{64} << 20U;
  /// How deep XML elements may lie in each other: 16 to 10000.
  uint64_t max_depth = 256;
  netconf_version version = netconf_version::both;
  /// Runs on the SSH session of the plugin ssh, if there is one that is open to
  /// the same port with the same params, else on one of its own.
  bool share_session = true;

  /// Reads the settings under `tieline.netconf` from a CAF config.
  /// @returns an `errc::invalid_setting` that names a setting that is out of
  ///          range, of the wrong type or unknown.
  static caf::expected<netconf_options> load(const caf::settings& config);

  /// Returns an `errc::invalid_setting` that names a value that is out of
  /// range, or an empty error.
  caf::error check() const;

  /// Declares the settings, with their help texts, to a host's
  /// `actor_system_config::custom_options_`.
  static void add_options(caf::config_option_set& options);
};

/// Spawns a factory of NETCONF sessions over SSH (RFC 6241, 6242).
///
/// Opening: as the plugin ssh does it, with its extras and secrets besides
/// those here, but on port 830 unless `params.port` is set; then it starts the
/// subsystem `netconf` and waits for the server's hello. A server without the
/// subsystem is `errc::channel_refused`, one with no version of NETCONF in
/// common `errc::unsupported`, and one that says something else
/// `errc::protocol_error`.
///
/// Executing: see @ref netconf::make_rpc for what a request may hold, and
/// operations.hpp for functions that make them. The attribute `on-session`
/// refuses to run it on any session but the one with that id (else
/// `errc::canceled`). The reply's output is what is inside of `<rpc-reply>`
/// without `<ok/>`, each element with the namespaces that it needs; for
/// `get-schema` the schema. Its attributes have the `session-id` and the
/// server's warnings (see @ref netconf_warnings_of). An error of the server is
/// `errc::operation_failed` (see @ref netconf_errors_of).
///
/// Subscribing (RFC 5277): a `create-subscription` needs a sink. Each chunk is
/// one whole `<notification>`. It is answered when the server has told the last
/// one. NETCONF cannot take a subscription back, so one that is given up (its
/// time is over, its sink has ended) costs the session. A slow sink holds up
/// all that the session receives: better give it a connection of its own, as
/// spawn_netconf_subscription asks for.
///
/// Losing: as with the plugin ssh; so does a server that breaks the protocol.
/// A session that shares the one of the plugin ssh is lost with that, but goes
/// on when that is closed.
///
/// The factory ends on an exit message or with its last handle; sessions that
/// it made live on.
/// @param ssh what spawn_ssh_factory has returned, to share its sessions
/// @throws std::invalid_argument if an option is out of range.
factory_actor spawn_netconf_factory(caf::actor_system& sys, factory_actor ssh,
                                    netconf_options options = {});

/// The same, with SSH sessions that are used for nothing else.
factory_actor
spawn_netconf_factory(caf::actor_system& sys, netconf_options options = {},
                      ssh_options ssh = {},
                      std::optional<credentials> known = std::nullopt);

} // namespace tieline
