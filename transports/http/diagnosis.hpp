#pragma once

#include "tieline/messages/errc.hpp"

#include <string>

namespace tieline::http {

/// CURLE_TOO_LARGE, which libcurl has since 8.6: what the peer sent is more
/// than libcurl takes.
constexpr int curle_too_large = 100;

/// What is known of a transfer that has failed: what libcurl documents in any
/// version, and what our own callbacks have seen. Only what TLS itself finds
/// wrong is told by nothing but words.
struct symptoms {
  /// A CURLcode.
  int code = 0;
  /// In libcurl's words.
  std::string text;
  /// The errno of the socket call that failed; zero: none did.
  int os_error = 0;
  /// Whether TLS has begun: there is a connection, or a tunnel, to the host.
  bool tls_begun = false;
  /// Whether the request could be sent: TLS and tunnel were set up.
  bool ready = false;
  /// The peer's fatal alert (RFC 8446, 6); zero: none.
  int alert = 0;
  /// Whether the content comes in chunks (RFC 9112, 7.1).
  bool chunked = false;
  /// What a proxy has answered to a CONNECT; zero: nothing.
  long tunnel_status = 0;
};

struct diagnosis {
  errc code;
  step at;
};

/// Returns what is wrong; `running` is the step of what came after the
/// connection was made.
diagnosis diagnose(const symptoms& x, step running);

} // namespace tieline::http
