#pragma once

#include "tieline/messages/errc.hpp"

#include <string>

namespace tieline::http {

/// What libcurl tells of a transfer that has failed.
struct symptoms {
  /// A CURLcode.
  int code = 0;
  /// In libcurl's words.
  std::string text;
  /// The errno of the socket call that failed; zero: none did.
  int os_error = 0;
  /// Whether the host, or the proxy, has accepted the connection.
  bool connected = false;
  /// Whether the request could be sent: TLS and tunnel were set up.
  bool ready = false;
  bool tls = false;
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
