#include "tieline/transports/http/diagnosis.hpp"

#include "tieline/transports/io/diagnosis.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <string_view>

namespace tieline::http {

namespace {

template <size_t N>
bool says_any(const std::string& text, const std::string_view (&parts)[N]) {
  return std::any_of(std::begin(parts), std::end(parts), [&](auto part) {
    return text.find(part) != std::string::npos;
  });
}

// Alerts of a server about the certificate that we have shown, or have not
// (RFC 8446, 6.2), as OpenSSL names them. With TLS 1.3 they may come at any
// time after what the client takes for the end of the handshake.
constexpr std::string_view about_us[] = {
  "alert bad certificate",      "alert unsupported certificate",
  "alert certificate revoked",  "alert certificate expired",
  "alert certificate unknown",  "alert unknown ca",
  "alert access denied",        "alert certificate required",
  "peer did not return a cert",
};

constexpr std::string_view nothing_common[] = {
  "alert handshake failure", "alert protocol version",
  "unsupported protocol",    "no protocols available",
  "no ciphers available",    "alert insufficient security",
  "no suitable key share",   "alert no application protocol",
  "unknown cipher returned", "wrong cipher returned",
};

constexpr std::string_view cut_off[] = {
  "SSL_ERROR_SYSCALL",
  "Connection reset by peer",
  "unexpected eof",
  "Broken pipe",
};

errc diagnose_handshake(const std::string& text) {
  if (says_any(text, about_us))
    return errc::auth_failed;
  if (says_any(text, nothing_common))
    return errc::no_common_algorithm;
  if (says_any(text, cut_off))
    return errc::connection_lost;
  return errc::protocol_error;
}

} // namespace

diagnosis diagnose(const symptoms& x, step running) {
  auto here = running;
  if (!x.ready)
    here = x.connected && x.tls ? step::key_exchange : step::connect;
  switch (x.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {errc::resolve_failed, step::resolve};
    case CURLE_COULDNT_CONNECT:
      return {io::diagnose_connect(x.os_error), step::connect};
    case CURLE_OPERATION_TIMEDOUT:
      return {errc::timeout, here};
    case CURLE_SSL_CLIENTCERT:
      return {errc::auth_failed, step::auth};
    case CURLE_PEER_FAILED_VERIFICATION:
      // libcurl's words when the server's certificate was found good: it is the
      // server that calls ours expired, by an alert.
      if (x.text == "SSL certificate verification failed")
        return {errc::auth_failed, step::auth};
      return {errc::certificate_invalid, step::key_exchange};
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return {errc::certificate_invalid, step::key_exchange};
    case CURLE_SSL_CONNECT_ERROR: {
      auto code = diagnose_handshake(x.text);
      return {code,
              code == errc::auth_failed ? step::auth : step::key_exchange};
    }
    case CURLE_PROXY:
      return {errc::unreachable, step::connect};
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      if (says_any(x.text, about_us))
        return {errc::auth_failed, step::auth};
      if (x.text.find("chunked-encoding") != std::string::npos)
        return {errc::protocol_error, here};
      if (!x.ready && x.tunnel_status == 407)
        return {errc::auth_failed, step::connect};
      if (!x.ready && x.tunnel_status != 0)
        return {errc::unreachable, step::connect};
      return {errc::connection_lost, here};
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2_STREAM:
    case CURLE_ABORTED_BY_CALLBACK: // see exchange: not sent twice
      return {errc::connection_lost, here};
    case CURLE_HTTP2:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_TOO_MANY_REDIRECTS:
      return {errc::protocol_error, here};
    default:
      return {errc::transport_failed, here};
  }
}

} // namespace tieline::http
