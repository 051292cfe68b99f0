#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/options/configurable.hpp"
#include "tieline/transports/credentials/credentials.hpp"

#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tieline {

/// How HTTP sessions authenticate.
enum class http_auth : uint8_t {
  /// `bearer` if there is a token or a token file; else `basic` if there is a
  /// username; else `bearer` if there is a token source; else `none`.
  automatic,
  /// Username and password with every request (RFC 7617).
  basic,
  /// A token with every request (RFC 6750).
  bearer,
  none,
  /// Username and password, of which a hash is sent to who asks for it (RFC
  /// 7616). The first request of a session is sent twice.
  digest,
};

template <>
struct names_of<http_auth> {
  static constexpr std::string_view values[] = {"auto", "basic", "bearer",
                                                "none", "digest"};
};

/// The version of HTTP.
enum class http_version : uint8_t {
  /// HTTP/2 if a TLS server offers it (RFC 7301), else HTTP/1.1.
  negotiate,
  http_1_1,
  /// Only HTTP/2, over TLS. (Without TLS, libcurl 7.88 cannot use a connection
  /// twice.) If the server does not speak HTTP/2, the open fails with
  /// `errc::no_common_algorithm`, unless `open_path` is empty.
  http_2,
};

template <>
struct names_of<http_version> {
  static constexpr std::string_view values[] = {"negotiate", "1.1", "2"};
};

/// Supplies bearer tokens. A session requests a token when it opens without
/// one, and again when the server refuses a token with status 401.
using http_token_source = caf::typed_actor<
  // Returns a valid token for the connection.
  caf::result<secret>(caf::get_atom, connection_key)>;

/// The options of HTTP sessions. Each but the last is a setting
/// `tieline.http.<name>` of a CAF config, with dashes for underscores, and can
/// be set for one connection as `extras["<name>"]` of its params.
struct http_options : configurable<http_options> {
  /// `https` or `http`.
  std::string scheme = "https";
  /// The path of the HEAD request of an open and of a probe. It begins with
  /// `/`. Empty: they make a connection, including TLS, and close it again.
  std::string open_path = "/";
  /// How long resolving the host name may take, and how long each new
  /// connection may take, including TLS. All times here are 1 ms to 1 h,
  /// written `500ms`, `10s`, `2min`.
  caf::timespan connect_timeout = std::chrono::seconds{10};
  /// How long the answer to the HEAD request of an open or a probe may take,
  /// and how long a token source or token file may take.
  caf::timespan response_timeout = std::chrono::seconds{30};
  tieline::http_version http_version = tieline::http_version::negotiate;
  tieline::http_auth auth = http_auth::automatic;
  /// Whether the certificate of the server has to be valid for its host name.
  /// If not, each session says so in CAF's log.
  bool verify = true;
  /// Whether the TLS of old devices is taken: keys of 1024 bits, SHA-1, and
  /// servers without secure renegotiation (RFC 5746). Such TLS can be broken.
  bool tls_legacy = false;
  /// Path of a PEM file with the certificates to trust. Empty: those that the
  /// system trusts. In all paths here a leading `~/` is the home folder of the
  /// user.
  std::string ca_file;
  /// Path of a PEM file with the client certificate and its chain. Empty: none.
  std::string client_cert_file;
  /// Path of a PEM file with the key of the client certificate. Empty: the key
  /// is in `client_cert_file`.
  std::string client_key_file;
  /// Path of a file with a bearer token. It is read when a session opens, and
  /// again when the server refuses the token with status 401. Empty: none.
  std::string token_file;
  /// The proxy, `http://host:port` or `socks5h://host:port`, always used as a
  /// tunnel (RFC 9110, 9.3.6). Empty: none. Environment variables are ignored.
  std::string proxy;
  /// The user name for the proxy; its password is `secrets["proxy_password"]`.
  /// Empty: none.
  std::string proxy_username;
  /// The path of a RESTCONF API (RFC 8040, 3.1). Requests below it get the
  /// media types of RESTCONF by their content, if they name none. Empty: none
  /// do.
  std::string restconf_root = "/restconf";
  /// How many redirects a request follows at most. 0 to 20. Only redirects to
  /// the scheme, host and port of the session are followed. Any other redirect
  /// is returned as the reply.
  uint64_t redirects = 0;
  /// How many requests run at once on one session. Further requests wait. 1 to
  /// 1000.
  uint64_t max_requests = 16;
  /// How many connections one session has at most, idle ones included. 1 to
  /// 100. With HTTP/1.1 each carries one request at a time, with HTTP/2 many.
  uint64_t max_connections = 4;
  /// Supplies tokens in place of `token_file` after a 401. This is not a
  /// setting.
  std::optional<http_token_source> token_source = std::nullopt;

  static const option_table<http_options>& table();
};

extern template struct configurable<http_options>;

/// Returns whether an extra is a header field for each request of a session
/// that does not have it itself: `header.<name>`.
bool is_header_extra(std::string_view name);

/// Returns what is wrong with such an extra; empty if nothing is.
std::string check_header_extra(std::string_view name, std::string_view value);

/// Spawns a factory of HTTP sessions (RFC 9110, 9112, 9113), on libcurl without
/// blocking: no thread per session or request, and none of CAF's is ever kept
/// waiting. A session is one origin (scheme, host, port) with its connections,
/// which are kept and used again.
///
/// Opening: the default port is 443, or 80 with the scheme `http`. Any answer
/// to the HEAD request for `open_path` shows that the host is there; only a 401
/// to a request with authentication is `errc::auth_failed`.
///
/// `username` and `password` serve `auth` basic, and `secrets["token"]` is the
/// bearer token. `secrets["client_key"]` (PEM text) takes precedence over
/// `client_key_file`, and `secrets["passphrase"]` decrypts either. A file that
/// cannot be read is `errc::invalid_params`; so is an extra or a secret of any
/// other name than those of the options, of secrets, and `header.<name>`. An
/// invalid certificate of the server is `errc::certificate_invalid`. If the
/// server rejects the client certificate, that is `errc::auth_failed`. (Some
/// servers, for example nginx, answer status 400 instead.)
///
/// With `extras["credential"]`, username and secrets come from that credential
/// and are read at each opening; see @ref credentials. Its token is read again
/// when the server refuses it with status 401, unless there is a token source
/// or a `token_file`.
///
/// Executing: the attribute `path` is the origin-form of the target, e.g.
/// `/a?b=c` (RFC 9112, 3.2.1). `method` is the method; the default is POST if
/// there is a body, else GET. `header.<name>` are header fields, except `host`
/// and the fields that frame a message, which cannot be set. The body is the
/// content. Without `path` and `method` the body is `METHOD /path`, optionally
/// followed by white space and the content; `/path` alone is a GET. Anything
/// else is `errc::invalid_request`.
///
/// The reply has the HTTP status, whatever it is, the content as output, and
/// the attributes `http_version` (`1.1`, `2`) and `header.<name>` in lower
/// case. Repeated fields are joined by `, `, those of `set-cookie` by a
/// newline. A header of more than 256 KiB is `errc::protocol_error`.
///
/// With `auth` bearer, a request that is answered 401 is sent once more if the
/// token source or file has a different token by then; requests that are
/// answered 401 at the same time share one look-up. A request with an
/// idempotent method (RFC 9110, 9.2.2) is also sent once more if the server
/// closed a reused connection before it sent any part of the answer. With any
/// other method that is `errc::connection_lost`. (The same holds for requests
/// that an HTTP/2 server refuses when it ends a connection, RFC 9113, 6.8,
/// because libcurl does not tell the two apart.) A request that times out,
/// exceeds its output limit (zero: no limit) or loses its sink costs its HTTP/1
/// connection or HTTP/2 stream, not the session.
///
/// Losing: a connection that ends while it is idle is no loss; the next request
/// makes a new one. If a request cannot get a connection, it fails with that
/// error, and the session ends with `errc::connection_lost` unless other
/// requests run on their own connections. The session also ends if a probe is
/// not answered within `response_timeout`. The host name is resolved once per
/// session, when it opens.
///
/// The factory ends on an exit message or with its last handle. Its sessions
/// live on, and the threads that they share end with the last of them.
/// @param options none: those of the system's config, `tieline.http.<name>`
/// @param known the credentials that params may name; none: those of the
///        system's config, `tieline.credential.<name>`
/// @throws std::invalid_argument if an option or the config of a credential is
///         wrong; @ref check_settings tells before.
/// @throws std::runtime_error if libcurl does not use OpenSSL.
factory_actor
spawn_http_factory(caf::actor_system& sys,
                   std::optional<http_options> options = std::nullopt,
                   std::optional<credentials> known = std::nullopt);

} // namespace tieline
