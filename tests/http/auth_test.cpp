#include "http/http_fixture.hpp"
#include "http/wire_server.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <boost/test/unit_test.hpp>

#include <mutex>
#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;

namespace {

struct fixture {
  nginx_server server;
  http_client client;
  temp_dir dir;

  connection_params at(const std::string& open_path) {
    auto result = plain_params(server.plain());
    result.extras["open_path"] = open_path;
    return result;
  }

  connection_params with_token(const std::string& token) {
    auto result = at("/token");
    result.secrets["token"] = secret{token};
    return result;
  }

  std::string get(const transport_actor& session, const std::string& path) {
    return required(client.execute(session, ask(path))).output;
  }
};

// Gives out one token after the other, and counts how often it was asked.
struct source {
  explicit source(std::vector<std::string> tokens)
    : shared(std::make_shared<state>()) {
    shared->tokens = std::move(tokens);
  }

  struct state {
    std::mutex mutex;
    std::vector<std::string> tokens;
    size_t asked = 0;
  };

  size_t asked() const {
    std::lock_guard guard{shared->mutex};
    return shared->asked;
  }

  http_token_source spawn(caf::actor_system& sys) const {
    return sys.spawn([shared = shared](http_token_source::pointer)
                       -> http_token_source::behavior_type {
      return {
        [shared](caf::get_atom, const connection_key&) -> caf::result<secret> {
          std::lock_guard guard{shared->mutex};
          if (shared->asked == shared->tokens.size())
            return make_error(errc::unsupported, {});
          return secret{shared->tokens[shared->asked++]};
        },
      };
    });
  }

  std::shared_ptr<state> shared;
};

// A system with a plugin that asks a source.
struct client_of_source {
  explicit client_of_source(const source& from)
    : client([this, &from](caf::actor_system& sys) {
        http_options options;
        options.token_source = asked = from.spawn(sys);
        return spawn_http_factory(sys, options);
      }) {
    // nop
  }

  ~client_of_source() {
    caf::anon_send_exit(asked, caf::exit_reason::user_shutdown);
  }

  http_token_source asked;
  transport_client client;
};

} // namespace

BOOST_AUTO_TEST_SUITE(auth_test)

BOOST_FIXTURE_TEST_SUITE(logins, fixture)

BOOST_AUTO_TEST_CASE(a_password_is_sent_with_every_request) {
  auto params = at("/basic-file");
  params.username = "admin";
  params.password = secret{"sesame"};
  auto session = required(client.open(params));
  BOOST_TEST(get(session, "/basic-file") == "welcome\n");
  BOOST_TEST(get(session, "/echo") == "GET\n/echo\n\nBasic YWRtaW46c2VzYW1l\n");
}

BOOST_AUTO_TEST_CASE(a_wrong_password_is_a_failed_login) {
  auto params = at("/basic-file");
  params.username = "admin";
  params.password = secret{"wrong"};
  auto opened = client.open(params);
  BOOST_TEST(brief(opened) == "auth_failed (authentication)");
  BOOST_TEST(describe(opened.error()).find("wrong") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_says_nothing_of_himself_gets_the_401_as_a_reply) {
  auto session = required(client.open(at("/basic-file")));
  auto answer = required(client.execute(session, ask("/basic-file")));
  BOOST_TEST(answer.status == 401);
  BOOST_TEST(answer.attributes["header.www-authenticate"]
             == "Basic realm=\"test\"");
}

BOOST_AUTO_TEST_CASE(a_401_after_the_open_is_a_reply) {
  auto params = at("/");
  params.username = "admin";
  params.password = secret{"wrong"};
  auto session = required(client.open(params));
  BOOST_TEST(required(client.execute(session, ask("/basic-file"))).status
             == 401);
}

BOOST_AUTO_TEST_CASE(a_request_may_say_itself_who_asks) {
  auto params = at("/");
  params.username = "admin";
  params.password = secret{"sesame"};
  auto session = required(client.open(params));
  auto what = ask("/echo");
  what.attributes["header.authorization"] = "Custom thing";
  BOOST_TEST(required(client.execute(session, what)).output
             == "GET\n/echo\n\nCustom thing\n");
}

BOOST_AUTO_TEST_CASE(a_token_is_sent_with_every_request) {
  server.let_in("one");
  auto session = required(client.open(with_token("one")));
  BOOST_TEST(get(session, "/token") == "welcome one\n");
}

BOOST_AUTO_TEST_CASE(a_wrong_token_is_a_failed_login) {
  auto opened = client.open(with_token("bad"));
  BOOST_TEST(brief(opened) == "auth_failed (authentication)");
}

BOOST_AUTO_TEST_CASE(a_token_file_is_read_again_after_a_401) {
  server.let_in("one");
  auto params = at("/token");
  params.extras["token_file"] = dir.write("token", "one\n");
  auto session = required(client.open(params));
  BOOST_TEST(get(session, "/token") == "welcome one\n");
  server.let_in("one", false);
  server.let_in("two");
  // Not there yet: the 401 stands, with what it says.
  auto refused = required(client.execute(session, ask("/token")));
  BOOST_TEST(refused.status == 401);
  BOOST_TEST(refused.output == "not you\n");
  dir.write("token", "two\n");
  BOOST_TEST(get(session, "/token") == "welcome two\n");
  // Also for what is not idempotent: it was refused, not done.
  server.let_in("two", false);
  server.let_in("three");
  dir.write("token", "three\n");
  BOOST_TEST(
    required(client.execute(session, ask("/token", "POST", "x"))).output
    == "welcome three\n");
}

BOOST_AUTO_TEST_CASE(a_token_that_is_out_of_date_when_opening_is_replaced) {
  server.let_in("new");
  auto params = with_token("old");
  params.extras["token_file"] = dir.write("token", "new");
  auto session = required(client.open(params));
  BOOST_TEST(get(session, "/token") == "welcome new\n");
}

BOOST_AUTO_TEST_CASE(a_token_file_that_is_no_good_is_named) {
  auto params = at("/token");
  params.extras["token_file"] = dir / "missing";
  auto opened = client.open(params);
  BOOST_TEST(brief(opened) == "invalid_params (open)");
  BOOST_TEST(cause_of(opened).find("extras.token_file: ") == 0u);
  params.extras["token_file"] = dir.write("bad", "some thing");
  opened = client.open(params);
  BOOST_TEST(brief(opened) == "invalid_params (open)");
  BOOST_TEST(cause_of(opened).find("thing") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_source_gives_the_first_token_and_the_next) {
  source tokens{{"one", "two"}};
  client_of_source with{tokens};
  server.let_in("one");
  auto session = required(with.client.open(at("/token")));
  BOOST_TEST(required(with.client.execute(session, ask("/token"))).output
             == "welcome one\n");
  server.let_in("one", false);
  server.let_in("two");
  BOOST_TEST(required(with.client.execute(session, ask("/token"))).output
             == "welcome two\n");
  BOOST_TEST(tokens.asked() == 2u);
  server.let_in("two", false);
  // It has no more.
  BOOST_TEST(required(with.client.execute(session, ask("/token"))).status
             == 401);
}

BOOST_AUTO_TEST_CASE(a_source_without_a_token_is_a_failed_login) {
  source tokens{{}};
  client_of_source with{tokens};
  BOOST_TEST(brief(with.client.open(at("/token")))
             == "auth_failed (authentication)");
}

BOOST_AUTO_TEST_CASE(many_refusals_at_once_share_one_look) {
  source tokens{{"one", "two"}};
  client_of_source with{tokens};
  server.let_in("one");
  auto session = required(with.client.open(at("/token")));
  server.let_in("one", false);
  server.let_in("two");
  std::vector<decltype(client.start_execute(session, {}))> answers;
  for (int i = 0; i < 50; ++i)
    answers.push_back(with.client.start_execute(session, ask("/token")));
  for (auto& x : answers)
    BOOST_TEST(required(take<reply>(std::move(x))).output == "welcome two\n");
  BOOST_TEST(tokens.asked() == 2u);
}

BOOST_AUTO_TEST_CASE(a_sink_gets_nothing_of_a_401_that_is_helped) {
  source tokens{{"one", "two"}};
  client_of_source with{tokens};
  server.let_in("one");
  auto session = required(with.client.open(at("/token")));
  server.let_in("one", false);
  server.let_in("two");
  test_sink sink{with.client.system()};
  auto what = ask("/token");
  what.sink = sink.handle();
  BOOST_TEST(required(with.client.execute(session, what)).status == 200);
  BOOST_TEST(sink.output() == "welcome two\n");
  server.let_in("two", false);
  BOOST_TEST(required(with.client.execute(session, what)).status == 401);
  BOOST_TEST(sink.output() == "welcome two\nnot you\n");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(redirects, fixture)

BOOST_AUTO_TEST_CASE(they_are_replies_unless_they_are_to_be_followed) {
  auto session = required(client.open(at("/")));
  auto answer = required(client.execute(session, ask("/redirect/here")));
  BOOST_TEST(answer.status == 302);
}

BOOST_AUTO_TEST_CASE(they_are_followed_on_the_same_host_only) {
  auto params = tls_params(server.tls(), server.ca());
  params.extras["redirects"] = "3";
  params.username = "admin";
  params.password = secret{"sesame"};
  auto session = required(client.open(params));
  BOOST_TEST(get(session, "/redirect/here")
             == "GET\n/echo/there\n\nBasic YWRtaW46c2VzYW1l\n");
  BOOST_TEST(
    required(client.execute(session, ask("/redirect/see", "POST", "x"))).output
    == "GET\n/echo/seen\n\nBasic YWRtaW46c2VzYW1l\n");
  // Another port, without TLS: answered as it is, and never asked.
  auto away = required(client.execute(session, ask("/redirect/away")));
  BOOST_TEST(away.status == 302);
  BOOST_TEST(server.requests().find("/echo/away") == std::string::npos);
  BOOST_TEST(required(client.execute(session, ask("/redirect/loop"))).status
             == 307);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
