#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/transports/credentials/credentials.hpp"

#include <caf/actor_system.hpp>
#include <caf/config_option_set.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/settings.hpp>
#include <caf/timespan.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace tieline {

/// What an SSH session does with the key its server presents.
enum class host_key_policy : uint8_t {
  /// Only a key that known_hosts has for this host is good.
  strict,
  /// Also adds the key of a host that known_hosts does not have.
  accept_new,
  /// Any key is good; said in CAF's log for each session.
  off,
};

template <>
struct names_of<host_key_policy> {
  static constexpr std::string_view values[] = {"strict", "accept_new", "off"};
};

/// How SSH sessions behave unless the params of a connection say otherwise.
/// Each is `tieline.ssh.<name>` in a CAF config, with dashes for underscores,
/// and `extras["<name>"]` in the params of a connection.
struct ssh_options {
  /// For finding the host's addresses and connecting to one of them. Like all
  /// times here 1 ms to 1 h, written `500ms`, `10s`, `2min`.
  caf::timespan connect_timeout = std::chrono::seconds{10};
  /// For the server's banner and the key exchange.
  caf::timespan key_exchange_timeout = std::chrono::seconds{15};
  /// For logging in, all methods together.
  caf::timespan auth_timeout = std::chrono::seconds{30};
  /// For opening a channel and starting its command. Also how long a channel
  /// that the server does not close keeps its place in `max_channels`.
  caf::timespan channel_timeout = std::chrono::seconds{10};
  tieline::host_key_policy host_key_policy = tieline::host_key_policy::strict;
  /// Path of the file with the host keys (sshd(8)), read again when it
  /// changes. A file that is missing has no keys. A leading `~/` is the
  /// user's home.
  std::string known_hosts = "~/.ssh/known_hosts";
  /// Path of a private key to log in with; empty: none.
  std::string private_key_file;
  /// Path of the socket of an agent to log in with, or `env` for what
  /// `SSH_AUTH_SOCK` says; empty: none.
  std::string agent_socket;
  /// Commands that run at once on one session; further ones wait. 1 to 1000.
  /// Always 1 on a dropbear server, which can fail with more.
  uint64_t max_channels = 8;
  /// After this time of silence the server is asked for a sign of life, with
  /// the global request `keepalive@openssh.com` (RFC 4254, 4). 1 ms to 1 h, or
  /// zero: it is not asked, and may be silent for ever.
  caf::timespan keepalive_interval = std::chrono::seconds{30};
  /// So many intervals it may leave that without an answer, or anything else
  /// it sends; then the session is lost. 1 to 100.
  uint64_t keepalive_count = 3;

  /// Reads the settings under `tieline.ssh` from a CAF config.
  /// @returns an `errc::invalid_setting` that names a setting that is out of
  ///          range, of the wrong type or unknown.
  static caf::expected<ssh_options> load(const caf::settings& config);

  /// Returns an `errc::invalid_setting` that names a number that is out of
  /// range, or an empty error.
  caf::error check() const;

  /// Declares the settings, with their help texts, to a host's
  /// `actor_system_config::custom_options_`.
  static void add_options(caf::config_option_set& options);
};

/// Spawns a factory of SSH sessions. Each runs libssh without blocking: no
/// thread of its own, and none of CAF's is ever kept waiting.
///
/// Opening (RFC 4251 to 4254): `params.port` is 22 unless set; a username is
/// needed. Logs in by what the params hold and the server offers, in this
/// order: nothing at all (`none`), `secrets["private_key"]` (OpenSSH or PEM
/// text), `private_key_file`, both with `secrets["passphrase"]`, the agent,
/// `password` as the answer to keyboard-interactive prompts, `password` unless
/// it was refused so already. A key that cannot be read or decrypted, like any
/// extra or secret of another name, is `errc::invalid_params`.
///
/// With `extras["credential"]` username and secrets are those of that
/// credential, read at each opening; see @ref credentials.
///
/// Host keys, unless the policy is `off`: a host that known_hosts does not
/// have is `errc::host_key_unknown` (`strict`); one that it has with another
/// key, of whatever type, or whose key is revoked, is `errc::host_key_changed`.
///
/// Executing: the body is the command line. The attribute `stdin`, the only
/// one there is, is written to the command; its input ends after that. The
/// reply has the exit status, or -1 if there was none: then the attribute
/// `exit_signal` names the signal that ended the command (RFC 4254, 6.10), or
/// is missing if the server did not tell. A request that times out or exceeds
/// its limit (zero: no limit) costs its channel, not the session. A request's
/// sink gets the output as it comes; while it is slow the command is held back.
///
/// Losing: a server that is silent for `keepalive_interval` is asked for a sign
/// of life, commands or not. If nothing comes from it for `keepalive_count`
/// further intervals (with the defaults: two minutes after its last packet) the
/// session ends with `errc::connection_lost`. A server that answers such a
/// request in no way needs an interval of zero. A probe asks at once.
///
/// Other plugins can open streams on its sessions, see carrier_actor and
/// ssh_factory_actor.
///
/// The factory ends on an exit message or with its last handle; sessions that
/// it made live on, and what they share ends with the last of them.
/// @param known what params may name; none: `tieline.credential.<name>` of the
///        system's config
/// @throws std::invalid_argument if an option is out of range, or the config of
///         a credential is wrong.
factory_actor
spawn_ssh_factory(caf::actor_system& sys, ssh_options options = {},
                  std::optional<credentials> known = std::nullopt);

} // namespace tieline
