#include "http/http_fixture.hpp"
#include "support/loopback_ports.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tieline;
using namespace tieline::test;

namespace {

const std::string bad_certificate = "certificate_invalid (key exchange)";

struct fixture {
  nginx_server server;
  http_client client;

  connection_params to(uint16_t port) {
    return tls_params(port, server.ca());
  }

  connection_params with(const certificate& shown) {
    auto result = to(server.mutual());
    result.extras["client_cert_file"] = shown.file;
    result.extras["client_key_file"] = shown.key;
    return result;
  }

  std::string outcome_of(const connection_params& params) {
    auto opened = client.open(params);
    BOOST_TEST_INFO(cause_of(opened));
    return brief(opened);
  }
};

// openssl's own server: unlike nginx it tells of a bad certificate by an alert.
struct strict_server {
  strict_server(authority& ca, const std::string& version) {
    auto shown = ca.issue("strict");
    for (int attempt = 0; attempt < 10; ++attempt) {
      port = free_port();
      process = child_process{
        {"openssl", "s_server", "-accept", "127.0.0.1:" + std::to_string(port),
         "-cert", shown.file, "-key", shown.key, "-CAfile", ca.file(),
         "-Verify", "2", "-verify_return_error", "-www", "-naccept", "100",
         version},
        dir.write("log", "")};
      auto log = [this] { return read_file(dir / "log"); };
      eventually([&] {
        return !process.running() || log().find("ACCEPT") != std::string::npos;
      });
      if (process.running())
        return;
    }
    throw std::runtime_error("openssl s_server: " + read_file(dir / "log"));
  }

  temp_dir dir;
  child_process process;
  uint16_t port = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(tls_test)

BOOST_FIXTURE_TEST_SUITE(servers, fixture)

BOOST_AUTO_TEST_CASE(a_good_certificate_is_good_for_its_names) {
  BOOST_TEST(outcome_of(to(server.tls())) == "ok");
  auto by_address = to(server.tls());
  by_address.hostname = "127.0.0.1";
  BOOST_TEST(outcome_of(by_address) == "ok");
}

BOOST_AUTO_TEST_CASE(a_certificate_of_somebody_else_is_no_good) {
  auto opened = client.open(to(server.misnamed()));
  BOOST_TEST(brief(opened) == bad_certificate);
  BOOST_TEST(cause_of(opened).find("localhost") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_certificate_that_has_expired_is_no_good) {
  auto opened = client.open(to(server.expired()));
  BOOST_TEST(brief(opened) == bad_certificate);
  BOOST_TEST(cause_of(opened).find("expired") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_certificate_of_an_unknown_authority_is_no_good) {
  authority other;
  BOOST_TEST(outcome_of(tls_params(server.tls(), other)) == bad_certificate);
  // The system trusts no test.
  auto params = to(server.tls());
  params.extras.erase("ca_file");
  BOOST_TEST(outcome_of(params) == bad_certificate);
}

BOOST_AUTO_TEST_CASE(any_certificate_will_do_if_it_is_not_checked) {
  for (auto port : {server.tls(), server.misnamed(), server.expired()}) {
    auto params = to(port);
    params.extras.erase("ca_file");
    params.extras["verify"] = "false";
    BOOST_TEST(outcome_of(params) == "ok");
  }
}

BOOST_AUTO_TEST_CASE(a_server_without_tls_does_not_speak_it) {
  BOOST_TEST(outcome_of(to(server.plain())) == "protocol_error (key exchange)");
}

BOOST_AUTO_TEST_CASE(a_server_with_tls_answers_plain_http_with_an_error) {
  // nginx does so, by a status; and any status says that it is there.
  auto params = plain_params(server.tls_1());
  auto session = required(client.open(params));
  BOOST_TEST(required(client.execute(session, ask("/"))).status == 400);
}

BOOST_AUTO_TEST_CASE(files_that_are_no_good_are_named) {
  temp_dir dir;
  auto shown = server.ca().issue("client");
  auto other = server.ca().issue("other");
  auto cause = [this](const connection_params& params) {
    auto opened = client.open(params);
    BOOST_TEST(brief(opened) == "invalid_params (open)");
    auto text = cause_of(opened);
    return text.substr(0, text.find(':'));
  };
  auto params = to(server.tls());
  params.extras["ca_file"] = dir / "missing";
  BOOST_TEST(cause(params) == "extras.ca_file");
  params.extras["ca_file"] = dir.write("empty", "nothing\n");
  BOOST_TEST(cause(params) == "extras.ca_file");
  params = with(shown);
  params.extras["client_cert_file"] = dir / "missing";
  BOOST_TEST(cause(params) == "extras.client_cert_file");
  params = with(shown);
  params.extras["client_key_file"] = other.key;
  BOOST_TEST(cause(params) == "extras.client_key_file");
  params = with(shown);
  params.secrets["client_key"] = secret{"no key"};
  BOOST_TEST(cause(params) == "secrets.client_key");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(clients, fixture)

BOOST_AUTO_TEST_CASE(a_client_certificate_is_shown) {
  auto shown = server.ca().issue("client");
  auto session = required(client.open(with(shown)));
  BOOST_TEST(required(client.execute(session, ask("/"))).output == "hello\n");
}

BOOST_AUTO_TEST_CASE(its_key_may_come_as_text_and_encrypted) {
  auto shown = server.ca().issue("client", {"DNS:me", false, "open sesame"});
  auto params = with(shown);
  params.extras.erase("client_key_file");
  params.secrets["client_key"] = secret{read_file(shown.key)};
  auto opened = client.open(params);
  BOOST_TEST(brief(opened) == "invalid_params (open)");
  params.secrets["passphrase"] = secret{"wrong"};
  BOOST_TEST(outcome_of(params) == "invalid_params (open)");
  params.secrets["passphrase"] = secret{"open sesame"};
  auto session = required(client.open(params));
  BOOST_TEST(required(client.execute(session, ask("/"))).status == 200);
}

BOOST_AUTO_TEST_CASE(nginx_tells_of_a_bad_one_by_a_status) {
  auto expired = server.ca().issue("late", {"DNS:me", true, ""});
  for (const auto& params : {with(expired), to(server.mutual())}) {
    auto session = required(client.open(params));
    BOOST_TEST(required(client.execute(session, ask("/"))).status == 400);
  }
}

BOOST_AUTO_TEST_CASE(an_alert_about_it_is_a_failed_login) {
  auto good = server.ca().issue("client");
  auto expired = server.ca().issue("late", {"DNS:me", true, ""});
  const std::string failed = "auth_failed (authentication)";
  // Without a certificate TLS 1.2 has only an alert that says nothing.
  const std::pair<const char*, std::string> versions[]
    = {{"-tls1_3", failed}, {"-tls1_2", "no_common_algorithm (key exchange)"}};
  for (const auto& [version, without] : versions)
    BOOST_TEST_CONTEXT(version) {
      strict_server strict{server.ca(), version};
      auto outcome = [&, port = strict.port](connection_params params) {
        params.port = port;
        // It has no HEAD. With TLS 1.3 the alert comes after the handshake.
        params.extras["open_path"] = "";
        auto opened = client.open(params);
        if (!opened)
          return brief(opened);
        return brief(client.execute(*opened, ask("/")));
      };
      BOOST_TEST(outcome(with(good)) == "ok");
      BOOST_TEST(outcome(with(expired)) == failed);
      BOOST_TEST(outcome(to(0)) == without);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
