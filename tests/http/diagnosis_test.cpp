#include <tieline/transports/http/diagnosis.hpp>

#include <boost/test/unit_test.hpp>
#include <curl/curl.h>

#include <cerrno>

using namespace tieline;
using namespace tieline::http;

namespace {

enum class stage { dialing, connected, ready };

struct row {
  int code;
  const char* text;
  stage at;
  const char* expected;
};

const row rows[] = {
  {CURLE_COULDNT_RESOLVE_HOST, "", stage::dialing, "resolve_failed resolve"},
  {CURLE_OPERATION_TIMEDOUT, "", stage::dialing, "timeout connect"},
  {CURLE_OPERATION_TIMEDOUT, "", stage::connected, "timeout key exchange"},
  {CURLE_OPERATION_TIMEDOUT, "", stage::ready, "timeout execute"},
  {CURLE_PEER_FAILED_VERIFICATION, "SSL certificate problem: x",
   stage::connected, "certificate_invalid key exchange"},
  {CURLE_PEER_FAILED_VERIFICATION, "SSL certificate verification failed",
   stage::connected, "auth_failed authentication"},
  {CURLE_SSL_CLIENTCERT, "", stage::connected, "auth_failed authentication"},
  {CURLE_SSL_CONNECT_ERROR, "sslv3 alert bad certificate", stage::connected,
   "auth_failed authentication"},
  {CURLE_SSL_CONNECT_ERROR, "tlsv1 alert protocol version", stage::connected,
   "no_common_algorithm key exchange"},
  {CURLE_SSL_CONNECT_ERROR, "wrong version number", stage::connected,
   "protocol_error key exchange"},
  {CURLE_SSL_CONNECT_ERROR, "unexpected eof while reading", stage::connected,
   "connection_lost key exchange"},
  {CURLE_RECV_ERROR, "tlsv13 alert certificate required", stage::ready,
   "auth_failed authentication"},
  {CURLE_RECV_ERROR, "Connection reset by peer", stage::ready,
   "connection_lost execute"},
  {CURLE_SEND_ERROR, "", stage::ready, "connection_lost execute"},
  {CURLE_GOT_NOTHING, "", stage::ready, "connection_lost execute"},
  {CURLE_PARTIAL_FILE, "", stage::ready, "connection_lost execute"},
  {CURLE_HTTP2_STREAM, "", stage::ready, "connection_lost execute"},
  {CURLE_HTTP2, "", stage::ready, "protocol_error execute"},
  {CURLE_UNSUPPORTED_PROTOCOL, "", stage::ready, "protocol_error execute"},
  {CURLE_PROXY, "", stage::dialing, "unreachable connect"},
  {CURLE_OUT_OF_MEMORY, "", stage::ready, "transport_failed execute"},
};

std::string told(const symptoms& x) {
  auto [code, at] = diagnose(x, step::execute);
  return to_string(code) + ' ' + to_string(at);
}

} // namespace

BOOST_AUTO_TEST_SUITE(diagnosis_test)

BOOST_AUTO_TEST_CASE(every_failure_has_its_code_and_step) {
  for (const auto& x : rows)
    BOOST_TEST_CONTEXT(x.code << ' ' << x.text)
  BOOST_TEST(told({x.code, x.text, 0, x.at != stage::dialing,
                   x.at == stage::ready, true, 0})
             == x.expected);
}

BOOST_AUTO_TEST_CASE(a_failed_connect_says_why) {
  const std::pair<int, const char*> causes[] = {
    {ECONNREFUSED, "refused connect"},
    {EHOSTUNREACH, "unreachable connect"},
    {ETIMEDOUT, "timeout connect"},
    {EMFILE, "transport_failed connect"},
  };
  for (const auto& [code, expected] : causes)
    BOOST_TEST(told({CURLE_COULDNT_CONNECT, "", code, false, false, false, 0})
               == expected);
}

BOOST_AUTO_TEST_CASE(what_a_proxy_refuses_is_told_apart) {
  auto answered = [](long status) {
    return told({CURLE_RECV_ERROR, "", 0, true, false, false, status});
  };
  BOOST_TEST(answered(407) == "auth_failed connect");
  BOOST_TEST(answered(502) == "unreachable connect");
  BOOST_TEST(answered(0) == "connection_lost connect");
}

BOOST_AUTO_TEST_SUITE_END()
