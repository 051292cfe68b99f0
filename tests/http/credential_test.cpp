#include "http/http_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tieline;
using namespace tieline::test;

namespace {

struct fixture {
  connection_params named(const std::string& name,
                          const std::string& open_path) const {
    auto result = plain_params(server.plain());
    result.extras["open_path"] = open_path;
    result.extras["credential"] = name;
    return result;
  }

  transport_client client() const {
    return transport_client{[this](caf::actor_system& sys) {
      return spawn_http_factory(sys, {}, known);
    }};
  }

  nginx_server server;
  temp_dir dir;
  credentials known;
};

} // namespace

BOOST_AUTO_TEST_SUITE(credential_test)

BOOST_FIXTURE_TEST_SUITE(sessions, fixture)

BOOST_AUTO_TEST_CASE(its_password_is_sent_with_every_request) {
  known.set("core",
            {"admin", {{"password", {dir.write("password", "sesame\n"), ""}}}});
  auto with = client();
  auto session = required(with.open(named("core", "/basic-file")));
  BOOST_TEST(required(with.execute(session, ask("/basic-file"))).output
             == "welcome\n");
}

BOOST_AUTO_TEST_CASE(its_token_is_read_again_when_it_was_refused) {
  auto file = dir.write("token", "first\n");
  known.set("core", {"", {{"token", {file, ""}}}});
  auto with = client();
  server.let_in("first");
  auto session = required(with.open(named("core", "/token")));
  server.let_in("first", false);
  server.let_in("second");
  BOOST_TEST(required(with.execute(session, ask("/token"))).status == 401);
  write_file(file, "second\n");
  BOOST_TEST(required(with.execute(session, ask("/token"))).status == 200);
}

BOOST_AUTO_TEST_CASE(one_that_cannot_be_read_is_an_error_of_the_params) {
  known.set("core", {"", {{"token", {"/no/such/file", ""}}}});
  auto opened = client().open(named("core", "/"));
  BOOST_TEST(brief(opened) == "invalid_params (open)");
  BOOST_TEST(cause_of(opened)
             == "extras.credential: tieline.credential.core.token-file: "
                "/no/such/file cannot be read: No such file or directory");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
