#include "http/http_fixture.hpp"
#include "http/wire_server.hpp"
#include "support/loopback_ports.hpp"
#include "support/manager_client.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

#include <tieline/lab/lab.hpp>
#include <tieline/transports/http/restconf.hpp>

#include <boost/test/unit_test.hpp>
#include <openssl/evp.h>

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <vector>

// What servers answer beside what was hoped for: nothing of it is told as
// success, or as somebody else's fault.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

using answers = std::function<std::string(const std::string& request)>;

/// Answers each request by its header.
wire_server::handler each(answers how) {
  return [how](wire& peer, int) {
    for (;;) {
      auto request = peer.request();
      if (request.empty() || !peer.say(how(request)))
        return;
    }
  };
}

bool begins(const std::string& text, const std::string& with) {
  return text.rfind(with, 0) == 0;
}

std::string md5(const std::string& text) {
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), sum, &size, EVP_md5(), nullptr);
  std::string result;
  for (unsigned int i = 0; i < size; ++i)
    for (auto digit : {sum[i] / 16, sum[i] % 16})
      result += "0123456789abcdef"[digit];
  return result;
}

/// A server of Digest (RFC 2617, 3.2.2, without qop) that knows lab:lab.
std::string digest_answer(const std::string& request) {
  auto method = request.substr(0, request.find(' '));
  auto rest = request.substr(method.size() + 1);
  auto path = rest.substr(0, rest.find(' '));
  auto expected = md5(md5("lab:r:lab") + ":n:" + md5(method + ':' + path));
  if (contains(request, "response=\"" + expected + "\""))
    return answer(method == "HEAD" ? "" : method + " let in");
  auto asked = answer("who are you?", "401 Unauthorized",
                      "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n");
  return method == "HEAD" ? asked.substr(0, asked.find("\r\n\r\n") + 4) : asked;
}

connection_params with_login(connection_params params) {
  params.username = "lab";
  params.password = secret{"lab"};
  return params;
}

struct fixture {
  http_client client;

  reply get(const wire_server& server) {
    auto session = required(client.open(plain_params(server.port())));
    return required(client.execute(session, ask("/x")));
  }

  std::string outcome_of(const wire_server& server) {
    auto session = required(client.open(plain_params(server.port())));
    auto got = client.execute(session, ask("/x"));
    BOOST_TEST_INFO(cause_of(got));
    return brief(got);
  }
};

/// openssl's own server, which can be another one at the same port.
struct tls_server {
  void start(const certificate& shown, uint16_t port) {
    process.kill_all();
    process = child_process{{"openssl", "s_server", "-accept",
                             "127.0.0.1:" + std::to_string(port), "-cert",
                             shown.file, "-key", shown.key, "-www"},
                            dir.write("log", "")};
    auto is_up = [&] {
      return !process.running() || contains(read_file(dir / "log"), "ACCEPT");
    };
    BOOST_TEST_REQUIRE(eventually(is_up));
    BOOST_TEST_REQUIRE(process.running());
  }

  temp_dir dir;
  child_process process;
};

lab::options one_device() {
  lab::options result;
  result.restconf.enabled = true;
  return result;
}

struct managed : manager_client<http_client> {
  managed() : manager_client("http", brisk()) {
    // nop
  }

  caf::expected<connection_actor> open(const std::string& host,
                                       const connection_params& params) {
    return manager_client::open({host, "http"}, params);
  }

  connection_params params() const {
    auto result = with_login(plain_params(device.restconf_port()));
    result.hostname = device.address();
    return result;
  }

  lab::server devices{one_device()};
  lab::device device = devices.at(0);
};

} // namespace

BOOST_AUTO_TEST_SUITE(answer_test)

BOOST_FIXTURE_TEST_SUITE(alone, fixture)

BOOST_AUTO_TEST_CASE(a_redirect_says_where_it_leads) {
  wire_server server{each([](const std::string& request) {
    return begins(request, "HEAD")
             ? answer("")
             : answer("", "302 Found", "Location: /login\r\n");
  })};
  auto got = get(server);
  BOOST_TEST(got.status == 302);
  BOOST_TEST(got.attributes["note"] == "it leads to /login");
  auto params = plain_params(server.port());
  params.extras["redirects"] = "3";
  auto session = required(client.open(params));
  got = required(client.execute(session, ask("/x")));
  BOOST_TEST(got.status == 302);
  BOOST_TEST(got.attributes["note"] == "it leads to /login, after 3 redirects");
}

BOOST_AUTO_TEST_CASE(a_401_says_what_is_offered) {
  wire_server server{each([](const std::string& request) {
    return begins(request, "HEAD")
             ? answer("")
             : answer("", "401 Unauthorized",
                      "WWW-Authenticate: Digest realm=\"a\", nonce=\"b\"\r\n"
                      "WWW-Authenticate: Negotiate\r\n");
  })};
  BOOST_TEST(get(server).attributes["note"] == "it offers Digest, Negotiate");
}

BOOST_AUTO_TEST_CASE(a_length_that_is_none_is_an_error) {
  for (const auto* length :
       {"99999999999999999999", "18446744073709551615", "9223372036854775808",
        "-1", "+4", "0x4", "4 4", "4, 5", "4\r\nContent-Length: 5", "four", "",
        "4,", ", "}) {
    BOOST_TEST_CONTEXT(length) {
      wire_server server{[&](wire& peer, int) {
        while (!peer.request().empty()) {
          auto head = "HTTP/1.1 200 OK\r\nContent-Length: "
                      + std::string{length} + "\r\n\r\nhalf";
          // The open's HEAD has no content.
          if (!peer.say(answer("")) || peer.request().empty()
              || !peer.say(head))
            return;
          return;
        }
      }};
      auto got = outcome_of(server);
      auto is_list = std::string{length} == "4,";
      BOOST_TEST(got == (is_list ? "ok" : "protocol_error (execute)"));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_length_that_is_said_twice_is_one) {
  wire_server server{each([](const std::string& request) {
    return begins(request, "HEAD")
             ? answer("")
             : std::string{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"
                           "Content-Length: 4\r\n\r\nwhat"};
  })};
  BOOST_TEST(get(server).output == "what");
}

BOOST_AUTO_TEST_CASE(a_digest_login_is_made) {
  wire_server server{each(digest_answer)};
  auto params = with_login(plain_params(server.port()));
  params.extras["auth"] = "digest";
  auto session = required(client.open(params));
  for (const auto* method : {"GET", "POST", "PATCH", "DELETE"}) {
    auto got = client.execute(session, ask("/x", method));
    BOOST_TEST_INFO(cause_of(got));
    BOOST_REQUIRE(got);
    BOOST_TEST(got->status == 200);
    BOOST_TEST(got->output == std::string{method} + " let in");
  }
  params.password = secret{"wrong"};
  auto refused = client.open(params);
  BOOST_TEST(brief(refused) == "auth_failed (authentication)");
  BOOST_TEST(cause_of(refused) == "401 to GET /; it offers Digest");
}

BOOST_AUTO_TEST_CASE(who_wants_another_login_says_which) {
  wire_server server{each(digest_answer)};
  auto refused = client.open(with_login(plain_params(server.port())));
  BOOST_TEST(brief(refused) == "auth_failed (authentication)");
  BOOST_TEST(cause_of(refused) == "401 to GET /; it offers Digest");
}

BOOST_AUTO_TEST_CASE(a_server_that_only_refuses_head_is_opened) {
  wire_server server{each([](const std::string& request) {
    return begins(request, "HEAD")
             ? std::string{"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: "
                           "Basic\r\nContent-Length: 0\r\n\r\n"}
             : answer(std::string(300'000, 'x'));
  })};
  auto session = required(client.open(with_login(plain_params(server.port()))));
  BOOST_TEST(required(client.execute(session, ask("/x"))).output.size()
             == 300'000u);
}

BOOST_AUTO_TEST_CASE(a_server_that_never_answers_head_is_said_to_be_that) {
  wire_server server{[](wire& peer, int) { peer.wait_for_end(); }};
  auto params = plain_params(server.port());
  params.extras["response_timeout"] = "100ms";
  params.extras["connect_timeout"] = "100ms";
  auto failed = client.open(params);
  BOOST_TEST(brief(failed) == "timeout (response)");
  BOOST_TEST(contains(cause_of(failed), "some servers never answer HEAD"),
             cause_of(failed));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_decoded_is_kept_as_it_is) {
  wire_server server{each([](const std::string& request) {
    return begins(request, "HEAD")
             ? answer("")
             : answer("\xff\xfe", "200 OK", "Content-Encoding: zstd\r\n");
  })};
  auto got = get(server);
  BOOST_TEST(got.output == "\xff\xfe");
  BOOST_TEST(got.attributes["header.content-encoding"] == "zstd");
  BOOST_TEST(got.attributes.count("decoded") == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_not_encoded_as_it_says_is_an_error) {
  wire_server server{each([](const std::string& request) {
    return begins(request, "HEAD")
             ? answer("")
             : answer("plain text", "200 OK", "Content-Encoding: gzip\r\n");
  })};
  BOOST_TEST(outcome_of(server) == "protocol_error (execute)");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(devices, managed)

BOOST_AUTO_TEST_CASE(hosts_that_refuse_head_only_stop_no_credential) {
  device.set(lab::fault::http_refuse_head);
  for (const auto* host : {"a", "b", "c", "d"})
    BOOST_TEST(brief(open(host, params())) == "ok");
  device.heal();
  BOOST_TEST(brief(open("e", params())) == "ok");
}

BOOST_AUTO_TEST_CASE(hosts_that_want_another_login_stop_no_credential) {
  wire_server server{each(digest_answer)};
  auto other = with_login(plain_params(server.port()));
  for (const auto* host : {"a", "b", "c", "d"})
    BOOST_TEST(brief(open(host, other)) == "auth_failed (authentication)");
  BOOST_TEST(brief(open("e", params())) == "ok");
}

BOOST_AUTO_TEST_CASE(hosts_that_refuse_the_password_stop_it) {
  device.set(lab::fault::http_unauthorized);
  for (const auto* host : {"a", "b", "c"})
    BOOST_TEST(brief(open(host, params())) == "auth_failed (authentication)");
  BOOST_TEST(brief(open("d", params()))
             == "credential_stopped (authentication)");
}

BOOST_AUTO_TEST_CASE(compressed_content_is_decoded_within_the_limit) {
  auto connection = required(open("a", params()));
  auto path = "/restconf/data";
  auto plain = required(execute(connection, ask(path)));
  device.set(lab::fault::http_gzip);
  auto got = required(execute(connection, ask(path)));
  BOOST_TEST(got.output == plain.output);
  BOOST_TEST(got.attributes["decoded"] == "gzip");
  BOOST_TEST(got.attributes.count("header.content-encoding") == 0u);
  BOOST_TEST(got.attributes.count("header.content-length") == 0u);
  auto limited = ask(path);
  limited.output_limit = plain.output.size() - 1;
  BOOST_TEST(brief(execute(connection, limited)) == "output_limit (execute)");
  limited.output_limit = plain.output.size();
  BOOST_TEST(brief(execute(connection, limited)) == "ok");
  test_sink sink{client.system()};
  auto streamed = ask(path);
  streamed.sink = sink.handle();
  BOOST_TEST(brief(execute(connection, streamed)) == "ok");
  BOOST_TEST(sink.output() == plain.output);
  device.set(lab::fault::http_gzip, 1);
  BOOST_TEST(brief(execute(connection, ask(path)))
             == "protocol_error (execute)");
}

// The params stay what they are: only the server is another one.
BOOST_AUTO_TEST_CASE(a_certificate_that_was_mended_is_seen_with_the_next_open) {
  authority ca;
  auto port = free_port();
  tls_server server;
  auto at = tls_params(port, ca);
  // openssl's server has no HEAD.
  at.extras["open_path"] = "";
  server.start(ca.issue("late", {"DNS:localhost", true, ""}), port);
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(brief(open("a", at)) == "certificate_invalid (key exchange)");
  server.start(ca.issue("new", {"DNS:localhost", false, ""}), port);
  BOOST_TEST(eventually([&] { return brief(open("a", at)) == "ok"; }));
}

BOOST_AUTO_TEST_CASE(a_login_page_is_no_data) {
  auto connection = required(open("a", params()));
  device.set(lab::fault::http_login);
  auto got = required(execute(connection, ask("/restconf/data")));
  BOOST_TEST(got.status == 302);
  BOOST_TEST(got.attributes["note"] == "it leads to /login");
  BOOST_TEST((code_of(restconf::check(got)) == errc::operation_failed));
}

BOOST_AUTO_TEST_CASE(an_error_with_a_good_status_is_one) {
  auto connection = required(open("a", params()));
  device.set(lab::fault::http_hidden_error);
  auto got = required(execute(connection, ask("/restconf/data")));
  BOOST_TEST(got.status == 200);
  auto why = restconf::check(got);
  BOOST_TEST((code_of(why) == errc::operation_failed));
  BOOST_TEST(failure_of(why).details["error-tag"] == "operation-failed");
  BOOST_TEST(failure_of(why).details["error-message"] == "it will not");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
