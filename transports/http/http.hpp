#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/transports/credentials/credentials.hpp"

#include <caf/actor_system.hpp>
#include <caf/config_option_set.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/settings.hpp>
#include <caf/timespan.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace tieline {

/// How HTTP sessions say who asks.
enum class http_auth : uint8_t {
  /// `bearer` if there is a token or a token file, else `basic` if there is a
  /// username, else `bearer` if there is a token source, else `none`.
  automatic,
  /// Username and password with every request (RFC 7617).
  basic,
  /// A token with every request (RFC 6750).
  bearer,
  none,
};

template <>
struct names_of<http_auth> {
  static constexpr std::string_view values[] = {"auto", "basic", "bearer",
                                                "none"};
};

/// The version of HTTP to speak.
enum class http_version : uint8_t {
  /// HTTP/2 if a TLS server offers it (RFC 7301), else HTTP/1.1.
  negotiate,
  http_1_1,
  /// HTTP/2 only, over TLS: without it, libcurl 7.88 cannot use a connection
  /// twice. An open of a server that has none fails with
  /// `errc::no_common_algorithm`, unless `open_path` is empty.
  http_2,
};

template <>
struct names_of<http_version> {
  static constexpr std::string_view values[] = {"negotiate", "1.1", "2"};
};

/// Gives out bearer tokens. It is asked when a session opens without a token,
/// and again when the server has refused a token with a 401.
using http_token_source = caf::typed_actor<
  // Returns a token for the connection that is good from now on.
  caf::result<secret>(caf::get_atom, connection_key)>;

/// How HTTP sessions behave unless the params of a connection say otherwise.
/// Each but the last is `tieline.http.<name>` in a CAF config, with dashes for
/// underscores, and `extras["<name>"]` in the params of a connection.
struct http_options {
  /// `https` or `http`.
  std::string scheme = "https";
  /// What an open and a probe ask for with a HEAD request; begins with `/`.
  /// Empty: they make a connection, TLS included, and close it again.
  std::string open_path = "/";
  /// For finding the host's addresses; and again for each new connection, TLS
  /// included. Like all times here 1 ms to 1 h, written `500ms`, `10s`, `2min`.
  caf::timespan connect_timeout = std::chrono::seconds{10};
  /// For the answer to an open or a probe once there is a connection, and for
  /// the answer of a token source or file.
  caf::timespan response_timeout = std::chrono::seconds{30};
  tieline::http_version http_version = tieline::http_version::negotiate;
  tieline::http_auth auth = http_auth::automatic;
  /// Whether the server's certificate has to be valid for its host name. Off
  /// is said in CAF's log for each session.
  bool verify = true;
  /// Path of a PEM file with the certificates to trust; empty: those that the
  /// system trusts. As in all paths here a leading `~/` is the user's home.
  std::string ca_file;
  /// Path of a PEM file with our certificate and those it is signed with;
  /// empty: none.
  std::string client_cert_file;
  /// Path of a PEM file with its key; empty: the certificate's file.
  std::string client_key_file;
  /// Path of a file with a bearer token, read when a session opens, and again
  /// when the server has refused the token with a 401; empty: none.
  std::string token_file;
  /// `http://host:port` or `socks5h://host:port`: a proxy to connect through,
  /// with a tunnel in any case (RFC 9110, 9.3.6). Empty: none; the environment
  /// is not asked.
  std::string proxy;
  /// For the proxy, together with `secrets["proxy_password"]`; empty: none.
  std::string proxy_username;
  /// Redirects that a request follows, at most. 0 to 20. Only those to the
  /// session's own scheme, host and port are followed; any other is a reply.
  uint64_t redirects = 0;
  /// Requests that run at once on one session; further ones wait. 1 to 1000.
  uint64_t max_requests = 16;
  /// Connections that one session has at most, idle ones included. 1 to 100.
  /// With HTTP/1.1 no more requests than that are under way at once; with
  /// HTTP/2 one connection carries many.
  uint64_t max_connections = 4;
  /// Asked for tokens in place of `token_file` after a 401. No setting.
  std::optional<http_token_source> token_source = std::nullopt;

  /// Reads the settings under `tieline.http` from a CAF config.
  /// @returns an `errc::invalid_setting` that names a setting that is out of
  ///          range, of the wrong type or unknown.
  static caf::expected<http_options> load(const caf::settings& config);

  /// Returns an `errc::invalid_setting` that names a number or text that is
  /// out of range, or an empty error.
  caf::error check() const;

  /// Declares the settings, with their help texts, to a host's
  /// `actor_system_config::custom_options_`.
  static void add_options(caf::config_option_set& options);
};

/// Spawns a factory of HTTP sessions (RFC 9110, 9112, 9113), on libcurl without
/// blocking: no thread per session or request, and none of CAF's is ever kept
/// waiting. A session is one origin (scheme, host, port) with its connections,
/// which are kept and used again.
///
/// Opening: `params.port` is 443 unless set, 80 with the scheme `http`. Any
/// answer to the HEAD request for `open_path` says that the host is there, but
/// a 401 where we have said who asks is `errc::auth_failed`. Of the params,
/// `username` and `password` are for `auth` basic, `secrets["token"]` is the
/// bearer token, `secrets["client_key"]` (PEM text) goes before
/// `client_key_file`, `secrets["passphrase"]` decrypts either. A file that
/// cannot be read, like any extra or secret of another name, is
/// `errc::invalid_params`. A certificate of the server that is not good is
/// `errc::certificate_invalid`, and ours that the server says to be bad
/// `errc::auth_failed`. (Some servers, nginx among them, say that with a
/// status of 400 instead.)
///
/// With `extras["credential"]` username and secrets are those of that
/// credential, read at each opening; see @ref credentials. Its token is read
/// again when the server has refused the token with a 401, unless there is a
/// token source or `token_file`.
///
/// Executing, by attributes of the request: `path` is the origin-form of the
/// target, e.g. `/a?b=c` (RFC 9112, 3.2.1), `method` is GET unless given, or
/// POST if there is a body, `header.<name>` are header fields; the body is the
/// content. Without `path` and `method` the body is `METHOD /path`, and what
/// comes after one more white space is the content; `/path` alone is a GET. The
/// header fields that frame a message, and `host`, cannot be set. Anything
/// else is `errc::invalid_request`. The reply has the HTTP status, whatever it
/// is, the content as output, and the attributes `http_version` (`1.1`, `2`)
/// and `header.<name>`, in lower case: fields that came several times are
/// joined by `, `, those of `set-cookie` by a newline. A header of more than
/// 256 KiB is `errc::protocol_error`.
///
/// With `auth` bearer, a request that is answered 401 is sent once more if the
/// token source or file has another token by now; all that are answered 401 at
/// once share one look. A request is also sent once more if its connection was
/// used before and the server closed it before it sent any of the answer, but
/// only if its method is idempotent (RFC 9110, 9.2.2): for all others that is
/// `errc::connection_lost`. (So are those that a HTTP/2 server refuses as it
/// ends a connection, RFC 9113, 6.8, since libcurl does not tell them apart.) A
/// request that times out, exceeds its limit (zero:
/// no limit) or loses its sink costs its HTTP/1 connection or HTTP/2 stream,
/// not the session.
///
/// Losing: a connection that ends while it is idle is no loss; the next request
/// makes another. A request that cannot get one has that error, and the session
/// ends with `errc::connection_lost` unless other requests are under way on
/// connections of their own. So it does if a probe is not answered within
/// `response_timeout`. The host's name is looked up once per session, when it
/// opens.
///
/// The factory ends on an exit message or with its last handle; sessions that
/// it made live on, and what they share ends with the last of them.
/// @param known what params may name; none: `tieline.credential.<name>` of the
///        system's config
/// @throws std::invalid_argument if an option is out of range, or the config of
///         a credential is wrong.
/// @throws std::runtime_error if libcurl does not use OpenSSL.
factory_actor
spawn_http_factory(caf::actor_system& sys, http_options options = {},
                   std::optional<credentials> known = std::nullopt);

} // namespace tieline
