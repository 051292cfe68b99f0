#include <tieline/transports/http/diagnosis.hpp>

#include <boost/test/unit_test.hpp>
#include <curl/curl.h>

#include <cerrno>

using namespace tieline;
using namespace tieline::http;

namespace {

enum class stage { dialing, tls_begun, ready };

struct row {
  int code;
  const char* text;
  stage at;
  const char* expected;
};

const row rows[] = {
  {CURLE_COULDNT_RESOLVE_HOST, "", stage::dialing, "resolve_failed resolve"},
  {CURLE_OPERATION_TIMEDOUT, "", stage::dialing, "timeout connect"},
  {CURLE_OPERATION_TIMEDOUT, "", stage::tls_begun, "timeout key exchange"},
  {CURLE_OPERATION_TIMEDOUT, "", stage::ready, "timeout execute"},
  {CURLE_PEER_FAILED_VERIFICATION, "", stage::tls_begun,
   "certificate_invalid key exchange"},
  {CURLE_SSL_CLIENTCERT, "", stage::tls_begun, "auth_failed authentication"},
  {CURLE_SSL_CONNECT_ERROR, "unsupported protocol", stage::tls_begun,
   "no_common_algorithm key exchange"},
  {CURLE_SSL_CONNECT_ERROR, "unsafe legacy renegotiation disabled",
   stage::tls_begun, "no_common_algorithm key exchange"},
  {CURLE_SSL_CONNECT_ERROR, "dh key too small", stage::tls_begun,
   "no_common_algorithm key exchange"},
  {CURLE_SSL_CONNECT_ERROR, "wrong version number", stage::tls_begun,
   "protocol_error key exchange"},
  {CURLE_SSL_CONNECT_ERROR, "unexpected eof while reading", stage::tls_begun,
   "connection_lost key exchange"},
  {CURLE_RECV_ERROR, "", stage::ready, "connection_lost execute"},
  {CURLE_SEND_ERROR, "", stage::ready, "connection_lost execute"},
  {CURLE_GOT_NOTHING, "", stage::ready, "connection_lost execute"},
  {CURLE_PARTIAL_FILE, "", stage::ready, "connection_lost execute"},
  {CURLE_HTTP2_STREAM, "", stage::ready, "connection_lost execute"},
  {CURLE_HTTP2, "", stage::ready, "protocol_error execute"},
  {CURLE_UNSUPPORTED_PROTOCOL, "", stage::ready, "protocol_error execute"},
  {CURLE_WEIRD_SERVER_REPLY, "", stage::ready, "protocol_error execute"},
  {curle_too_large, "", stage::ready, "protocol_error execute"},
  {CURLE_PROXY, "", stage::dialing, "unreachable connect"},
  {CURLE_OUT_OF_MEMORY, "", stage::ready, "transport_failed execute"},
};

symptoms symptoms_of(int code, stage at, std::string text = "") {
  symptoms result;
  result.code = code;
  result.text = std::move(text);
  result.tls_begun = at != stage::dialing;
  result.ready = at == stage::ready;
  return result;
}

std::string told(const symptoms& x) {
  auto [code, at] = diagnose(x, step::execute);
  return to_string(code) + ' ' + to_string(at);
}

} // namespace

BOOST_AUTO_TEST_SUITE(diagnosis_test)

BOOST_AUTO_TEST_CASE(every_failure_has_its_code_and_step) {
  for (const auto& x : rows)
    BOOST_TEST_CONTEXT(x.code << ' ' << x.text)
  BOOST_TEST(told(symptoms_of(x.code, x.at, x.text)) == x.expected);
}

BOOST_AUTO_TEST_CASE(a_failed_connect_says_why) {
  const std::pair<int, const char*> causes[] = {
    {ECONNREFUSED, "refused connect"},
    {EHOSTUNREACH, "unreachable connect"},
    {ETIMEDOUT, "timeout connect"},
    {EMFILE, "transport_failed connect"},
  };
  for (const auto& [code, expected] : causes) {
    auto x = symptoms_of(CURLE_COULDNT_CONNECT, stage::dialing);
    x.os_error = code;
    BOOST_TEST(told(x) == expected);
  }
}

BOOST_AUTO_TEST_CASE(an_alert_of_the_peer_is_told_by_its_number) {
  struct {
    int code;
    int alert;
    const char* expected;
  } const alerts[] = {
    {CURLE_SSL_CONNECT_ERROR, 42, "auth_failed authentication"},
    {CURLE_SSL_CONNECT_ERROR, 48, "auth_failed authentication"},
    {CURLE_PEER_FAILED_VERIFICATION, 45, "auth_failed authentication"},
    {CURLE_RECV_ERROR, 116, "auth_failed authentication"},
    {CURLE_SEND_ERROR, 116, "auth_failed authentication"},
    {CURLE_SSL_CONNECT_ERROR, 40, "no_common_algorithm key exchange"},
    {CURLE_SSL_CONNECT_ERROR, 70, "no_common_algorithm key exchange"},
    {CURLE_SSL_CONNECT_ERROR, 80, "protocol_error key exchange"},
  };
  for (const auto& [code, alert, expected] : alerts)
    BOOST_TEST_CONTEXT(code << ' ' << alert) {
      auto x = symptoms_of(code, stage::tls_begun);
      x.alert = alert;
      BOOST_TEST(told(x) == expected);
    }
}

BOOST_AUTO_TEST_CASE(a_handshake_that_the_system_cuts_off_is_a_loss) {
  auto x = symptoms_of(CURLE_SSL_CONNECT_ERROR, stage::tls_begun);
  x.os_error = ECONNRESET;
  BOOST_TEST(told(x) == "connection_lost key exchange");
}

BOOST_AUTO_TEST_CASE(chunks_that_cannot_be_read_are_no_loss) {
  auto x = symptoms_of(CURLE_RECV_ERROR, stage::ready);
  x.chunked = true;
  BOOST_TEST(told(x) == "protocol_error execute");
  x.os_error = ECONNRESET;
  BOOST_TEST(told(x) == "connection_lost execute");
  x.os_error = 0;
  x.text = "OpenSSL SSL_read: unexpected eof while reading";
  BOOST_TEST(told(x) == "connection_lost execute");
}

BOOST_AUTO_TEST_CASE(what_a_proxy_refuses_is_told_apart) {
  // libcurl has had several codes for it.
  for (auto code : {CURLE_RECV_ERROR, CURLE_COULDNT_CONNECT, CURLE_PROXY})
    for (auto [status, expected] : {std::pair{407L, "auth_failed connect"},
                                    std::pair{502L, "unreachable connect"}})
      BOOST_TEST_CONTEXT(code << ' ' << status) {
        auto x = symptoms_of(code, stage::dialing);
        x.tunnel_status = status;
        BOOST_TEST(told(x) == expected);
      }
  BOOST_TEST(told(symptoms_of(CURLE_RECV_ERROR, stage::dialing))
             == "connection_lost connect");
}

BOOST_AUTO_TEST_SUITE_END()
