#include "http/http_fixture.hpp"
#include "http/wire_server.hpp"
#include "support/loopback_ports.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstdlib>
#include <string>

using namespace tieline;
using namespace tieline::test;

namespace {

// Answers CONNECT as it is told to; opens a tunnel if that is a 200.
struct proxy {
  explicit proxy(std::string status, std::string login = {})
    : server([this, status = std::move(status),
              login = std::move(login)](wire& peer, int) {
        auto header = peer.request();
        if (header.rfind("CONNECT 127.0.0.1:", 0) != 0)
          return;
        ++connects;
        auto port = static_cast<uint16_t>(std::atoi(header.c_str() + 18));
        if (!login.empty()
            && header.find("Proxy-Authorization: " + login + "\r\n")
                 == std::string::npos) {
          peer.say(answer("", "407 Proxy Authentication Required"));
          return;
        }
        peer.say("HTTP/1.1 " + status + "\r\n\r\n");
        if (status == "200 OK")
          peer.relay_to(port);
      }) {
    // nop
  }

  std::atomic<int> connects{0};
  wire_server server;
};

struct fixture {
  nginx_server server;
  http_client client;

  static connection_params by(const proxy& x, connection_params params) {
    params.hostname = "127.0.0.1";
    params.extras["proxy"] = "http://127.0.0.1:"
                             + std::to_string(x.server.port());
    return params;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(proxy_test)

BOOST_FIXTURE_TEST_SUITE(proxies, fixture)

BOOST_AUTO_TEST_CASE(a_tunnel_is_opened_once_and_used_again) {
  for (const auto& params :
       {plain_params(server.plain()), tls_params(server.tls(), server.ca())}) {
    proxy through{"200 OK"};
    auto session = required(client.open(by(through, params)));
    for (int i = 0; i < 3; ++i) {
      auto answer = required(client.execute(session, ask("/echo")));
      BOOST_TEST(answer.output == "GET\n/echo\n\n\n");
    }
    BOOST_TEST(through.connects == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_proxy_may_want_to_know_who_asks) {
  // me:secret
  proxy through{"200 OK", "Basic bWU6c2VjcmV0"};
  auto params = by(through, plain_params(server.plain()));
  BOOST_TEST(brief(client.open(params)) == "auth_failed (connect)");
  params.extras["proxy_username"] = "me";
  params.secrets["proxy_password"] = secret{"secret"};
  auto session = required(client.open(params));
  // The proxy's business is not the server's.
  BOOST_TEST(required(client.execute(session, ask("/echo"))).output
             == "GET\n/echo\n\n\n");
}

BOOST_AUTO_TEST_CASE(a_proxy_that_cannot_connect_is_an_unreachable_host) {
  proxy through{"502 Bad Gateway"};
  auto opened = client.open(by(through, plain_params(server.plain())));
  BOOST_TEST(brief(opened) == "unreachable (connect)");
  BOOST_TEST(cause_of(opened).find("502") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_proxy_that_is_not_there_refuses) {
  refused_port nobody;
  auto params = plain_params(server.plain());
  params.extras["proxy"] = "http://localhost:" + std::to_string(nobody.port());
  BOOST_TEST(brief(client.open(params)) == "refused (connect)");
  params.extras["proxy"] = "http://no-such-host.invalid:1";
  BOOST_TEST(brief(client.open(params)) == "resolve_failed (resolve)");
}

BOOST_AUTO_TEST_CASE(the_environment_is_not_asked) {
  refused_port nobody;
  auto url = "http://127.0.0.1:" + std::to_string(nobody.port());
  for (const auto* name : {"http_proxy", "https_proxy", "all_proxy"})
    setenv(name, url.c_str(), 1);
  BOOST_TEST(brief(client.open(plain_params(server.plain()))) == "ok");
  for (const auto* name : {"http_proxy", "https_proxy", "all_proxy"})
    unsetenv(name);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
