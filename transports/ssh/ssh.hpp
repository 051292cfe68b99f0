#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/options/configurable.hpp"
#include "tieline/transports/credentials/credentials.hpp"

#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace tieline {

/// How an SSH session checks the host key of its server.
enum class host_key_policy : uint8_t {
  /// Accepts only a key that known_hosts has for this host.
  strict,
  /// Also accepts, and adds, the key of a host that known_hosts does not have.
  accept_new,
  /// Accepts any key, and says so in CAF's log for each session.
  off,
};

template <>
struct names_of<host_key_policy> {
  static constexpr std::string_view values[] = {"strict", "accept_new", "off"};
};

/// When the end of a command's input is sent (SSH_MSG_CHANNEL_EOF). Some
/// devices hang up when they see it, before they have sent their output.
enum class stdin_eof : uint8_t {
  /// Right behind the input; without input, when the command has sent no output
  /// for a second.
  late,
  /// Right behind the input, or the command if there is no input.
  at_once,
  /// Not before the command has ended.
  never,
};

template <>
struct names_of<stdin_eof> {
  static constexpr std::string_view values[] = {"late", "at_once", "never"};
};

/// The options of SSH sessions. Each is a setting `tieline.ssh.<name>` of a CAF
/// config, with dashes for underscores, and can be set for one connection as
/// `extras["<name>"]` of its params.
struct ssh_options : configurable<ssh_options> {
  /// How long resolving the host name and connecting may take. All times here
  /// are 1 ms to 1 h, written `500ms`, `10s`, `2min`.
  caf::timespan connect_timeout = std::chrono::seconds{10};
  /// How long the banner of the server and the key exchange may take.
  caf::timespan key_exchange_timeout = std::chrono::seconds{15};
  /// How long the login may take, all methods together.
  caf::timespan auth_timeout = std::chrono::seconds{30};
  /// How long opening a channel and starting its command may take. A channel
  /// that the server does not close keeps its place in `max_channels` this
  /// long.
  caf::timespan channel_timeout = std::chrono::seconds{10};
  tieline::host_key_policy host_key_policy = tieline::host_key_policy::strict;
  /// Paths of files of known host keys (sshd(8)), with commas between them. A
  /// file is read again when it changes. A missing file counts as empty. A
  /// leading `~/` is the home folder of the user. The policy `accept_new` adds
  /// keys to the first file.
  std::string known_hosts = "~/.ssh/known_hosts,~/.ssh/known_hosts2";
  /// Paths of further such files, which are those of the system. They are only
  /// read. One that cannot be read is passed over.
  std::string global_known_hosts
    = "/etc/ssh/ssh_known_hosts,/etc/ssh/ssh_known_hosts2";
  /// Path of a private key for the login. Empty: none.
  std::string private_key_file;
  /// Path of the certificate of the private key, as ssh-keygen(1) writes it to
  /// `KEY-cert.pub`. Empty: that file beside `private_key_file`, if it is there
  /// and of that key. The login tries the certificate first, then the key
  /// without it.
  std::string certificate_file;
  /// The only methods to log in by, in this order, separated by commas:
  /// `publickey`, `keyboard-interactive`, `password`. Empty: all, in that
  /// order, but what logged in to a host the last time comes first, and a
  /// password that was refused in one way is not tried in the other. A method
  /// that is named here and takes a password is given an empty one if the
  /// params have none.
  std::string auth_methods;
  /// Whether to take, after all others, the algorithms that old devices are
  /// left with: SHA-1 key exchanges, `ssh-rsa` for host keys and logins, CBC,
  /// `hmac-sha1`, and RSA from 768 bits. They can be broken; each session that
  /// needs one is a warning in CAF's log.
  bool legacy = false;
  /// Path of the socket of an SSH agent for the login, or `env` for the value
  /// of `SSH_AUTH_SOCK`. Empty: no agent.
  std::string agent_socket;
  /// Paths of files of ssh_config(5), with commas between them: of each keyword
  /// the first value holds. Empty: none is read. See spawn_ssh_factory.
  std::string config_file;
  /// Whether the commands of `Match exec` in these files are run. If not, no
  /// block with such a condition applies.
  bool config_exec = false;
  /// The jump hosts to go through, nearest first, as ProxyJump of ssh_config(5)
  /// has them: `[user@]host[:port]` with commas between them. `none`: no jump
  /// host, whatever the files say. Empty: as the files say. `params.via` takes
  /// precedence.
  std::string proxy_jump;
  /// How many commands run at once on one session. Further commands wait. 1 to
  /// 1000. It is always 1 for a dropbear server, which can fail with more.
  /// Where a server allows fewer, the session learns that from its first
  /// refusal.
  uint64_t max_channels = 8;
  /// When the end of a command's input is sent. The attribute `stdin-eof` of a
  /// request says so for one command.
  tieline::stdin_eof stdin_eof = tieline::stdin_eof::late;
  /// A server that is silent this long is asked for a sign of life, by the
  /// global request `keepalive@openssh.com` (RFC 4254, 4). 1 ms to 1 h. Zero:
  /// the server is never asked and may stay silent for ever.
  caf::timespan keepalive_interval = std::chrono::seconds{30};
  /// For how many intervals the server may stay silent after that before the
  /// session is lost. 1 to 100.
  uint64_t keepalive_count = 3;

  static const option_table<ssh_options>& table();
};

extern template struct configurable<ssh_options>;

/// Spawns a factory of SSH sessions. Each runs libssh without blocking: no
/// thread of its own, and none of CAF's is ever kept waiting.
///
/// Opening (RFC 4251 to 4254): the default port is 22. A username is required.
/// The login tries these methods, as far as the params and the server allow, in
/// this order: no secret at all (`none`), `secrets["private_key"]` (the text of
/// a key in OpenSSH's format, with any of its ciphers, or in PEM),
/// `private_key_file`, the agent, `password` as the answer to
/// keyboard-interactive prompts, and `password` itself unless it was refused as
/// an answer; `auth_methods` changes that. An empty password is sent only if
/// it was given (`secret{""}`): some devices have it. Prompts for a code (of a
/// token, an app) or for a new password never get the password: the error has
/// their words. `secrets["passphrase"]` decrypts either key. A key that cannot
/// be read or decrypted is `errc::invalid_params` and the cause says what was
/// given instead (a public key, a key of PuTTY, a wrong passphrase ...); so is
/// one whose passphrase takes more than 1,024 rounds of bcrypt or 10,000,000 of
/// PBKDF2 (about 10 s), and an extra or a secret of any other name.
///
/// A login fails with `errc::auth_failed`. If the server refused none of the
/// secrets, its `failure::details["credential"]` is `not refused`, and it does
/// not count against the credential: the server wants a one-time code, or hung
/// up after too many keys before the password was tried. An expired password
/// counts. With an RSA key and a server that takes no rsa-sha2 signatures it is
/// `errc::no_common_algorithm`, unless `legacy` is on.
///
/// With `extras["credential"]`, username and secrets come from that credential
/// and are read at each opening; see @ref credentials.
///
/// With `config_file`, what OpenSSH would read there applies to a host, if it
/// says so for that host: HostName, Port, User, IdentityFile, IdentitiesOnly,
/// IdentityAgent, CertificateFile, UserKnownHostsFile, GlobalKnownHostsFile,
/// HostKeyAlias, StrictHostKeyChecking, ConnectTimeout, ServerAliveInterval,
/// ServerAliveCountMax, KexAlgorithms, HostKeyAlgorithms, Ciphers, MACs,
/// PubkeyAcceptedAlgorithms, PreferredAuthentications, AddressFamily and
/// BindAddress. A host's name there is the hostname of the params. Username,
/// port and extras of the params take precedence, and so do options that are
/// not at their default. Without a username, it is the local user's name.
/// Params without a key or password try OpenSSH's default keys and the agent of
/// `SSH_AUTH_SOCK`. A file is read again at the next opening after it has
/// changed. A file that is missing or wrong is `errc::invalid_params`, with
/// file and line; so is a host behind ProxyCommand. ProxyJump is followed.
///
/// Host keys: unless the policy is `off`, a host for which known_hosts has
/// another key, of any type, or whose key is revoked, fails with
/// `errc::host_key_changed`. A host that known_hosts does not have fails with
/// `errc::host_key_unknown` if the policy is `strict`. For a port other than 22
/// without an entry of its own, the key of the host's name is good, too. Host
/// certificates are not supported: a host for which known_hosts has only a line
/// `@cert-authority` fails with `errc::host_key_unknown`, whatever the policy.
///
/// Executing: the body is the command line. The attributes are `stdin`, the
/// input of the command, and `stdin-eof`, when its end is sent (see @ref
/// ssh_options). The reply has the exit status, or -1 if there was none. Then
/// the attribute `exit_signal` names the signal that ended the command (RFC
/// 4254, 6.10), or `exit_status` is `none`: the server has closed the channel,
/// or has ended the output and then said nothing for two seconds. A request
/// that times out or exceeds its output limit (zero: no limit) costs its
/// channel, not the session. What the command had sent until it failed is in
/// the error, as the details `output` and `error_output`. A sink gets the
/// output as it comes, and a slow sink holds its command back.
///
/// A server that refuses a further channel while commands run lets them wait
/// for one of those to end; `errc::channel_refused` means that none runs.
///
/// Losing: a server that is silent for `keepalive_interval` is asked for a sign
/// of life, whether or not commands run. If it stays silent for
/// `keepalive_count` further intervals, the session ends with
/// `errc::connection_lost`; with the defaults that is two minutes after its
/// last packet. Set the interval to zero for a server that never answers such
/// requests. A probe asks at once.
///
/// Other plugins can open streams on the sessions of this factory, see
/// carrier_actor and ssh_factory_actor.
///
/// The factory ends on an exit message or with its last handle. Its sessions
/// live on, and the threads that they share end with the last of them.
/// @param options none: those of the system's config, `tieline.ssh.<name>`
/// @param known the credentials that params may name; none: those of the
///        system's config, `tieline.credential.<name>`
/// @throws std::invalid_argument if an option or the config of a credential is
///         wrong; @ref check_settings tells before.
factory_actor
spawn_ssh_factory(caf::actor_system& sys,
                  std::optional<ssh_options> options = std::nullopt,
                  std::optional<credentials> known = std::nullopt);

} // namespace tieline
