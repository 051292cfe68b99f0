#include "tieline/transports/http/diagnosis.hpp"

#include "tieline/transports/io/diagnosis.hpp"

#include <curl/curl.h>
#include <openssl/ssl.h>

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

// Of OpenSSL, about what the server has chosen.
constexpr std::string_view nothing_common[] = {
  "unsupported protocol",
  "no protocols available",
  "no ciphers available",
  "no suitable key share",
  "unknown cipher returned",
  "wrong cipher returned",
  "unsafe legacy renegotiation disabled",
  "dh key too small",
  "legacy sigalg disallowed or unsupported",
  "wrong signature type",
};

constexpr std::string_view cut_off[] = {"SSL_ERROR_SYSCALL", "unexpected eof"};

// With TLS 1.3 an alert may come at any time after what the client takes for
// the end of the handshake.
diagnosis diagnose_alert(int alert) {
  switch (alert) {
    // About the certificate that we have shown, or have not.
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case SSL_AD_CERTIFICATE_REQUIRED:
      return {errc::auth_failed, step::auth};
    case SSL_AD_HANDSHAKE_FAILURE:
    case SSL_AD_PROTOCOL_VERSION:
    case SSL_AD_INSUFFICIENT_SECURITY:
    case SSL_AD_NO_APPLICATION_PROTOCOL:
      return {errc::no_common_algorithm, step::key_exchange};
    default:
      return {errc::protocol_error, step::key_exchange};
  }
}

errc diagnose_handshake(const symptoms& x) {
  if (says_any(x.text, nothing_common))
    return errc::no_common_algorithm;
  if (x.os_error != 0 || says_any(x.text, cut_off))
    return errc::connection_lost;
  return errc::protocol_error;
}

errc diagnose_tunnel(long status) {
  return status == 407 ? errc::auth_failed : errc::unreachable;
}

} // namespace

diagnosis diagnose(const symptoms& x, step running) {
  auto here = running;
  if (!x.ready)
    here = x.tls_begun ? step::key_exchange : step::connect;
  if (!x.ready && x.tunnel_status != 0 && x.tunnel_status / 100 != 2)
    return {diagnose_tunnel(x.tunnel_status), step::connect};
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
      // libcurl says so, too, when it is the server that calls ours expired.
      if (x.alert != 0)
        return diagnose_alert(x.alert);
      return {errc::certificate_invalid, step::key_exchange};
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return {errc::certificate_invalid, step::key_exchange};
    case CURLE_SSL_CONNECT_ERROR:
      if (x.alert != 0)
        return diagnose_alert(x.alert);
      return {diagnose_handshake(x), step::key_exchange};
    case CURLE_PROXY:
      return {errc::unreachable, step::connect};
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      if (auto told = diagnose_alert(x.alert); told.code == errc::auth_failed)
        return told;
      // No failure of the connection, so it is one of its content.
      if (x.chunked && x.os_error == 0
          && x.text.find("SSL_read") == std::string::npos)
        return {errc::protocol_error, here};
      return {errc::connection_lost, here};
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2_STREAM:
    case CURLE_ABORTED_BY_CALLBACK: // by transfer::on_ready: not sent twice
      return {errc::connection_lost, here};
    case CURLE_HTTP2:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_TOO_MANY_REDIRECTS:
    case curle_too_large:
      return {errc::protocol_error, here};
    default:
      return {errc::transport_failed, here};
  }
}

} // namespace tieline::http
