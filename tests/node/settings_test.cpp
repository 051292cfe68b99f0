#include "node/node_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace tieline;
using namespace std::chrono_literals;

namespace {

caf::expected<node_settings> loaded(const std::string& text) {
  std::istringstream in{"tieline { node {" + text + "} }"};
  auto config = caf::actor_system_config::parse_config(in);
  BOOST_REQUIRE(config);
  return node_settings::load(*config);
}

} // namespace

BOOST_AUTO_TEST_SUITE(settings_test)

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  init();
  struct row {
    const char* text;
    const char* error;
  };
  const row rows[] = {
    {"port = 65536", "port: must be 0 to 65535, not '65536'"},
    {"connection-timeout = 19s", "connection-timeout: 19s is less than twice"},
    {"key = \"k\"", "certificate: TLS needs"},
    {"certificate = \"c\"", "key: TLS needs"},
    {"certificate = \"c\"\nkey = \"k\"", "ca-file: TLS needs"},
    {"certificate = \"c\"\nkey = \"k\"\nca-file = \"a\"\nplain-text = true",
     "plain-text: contradicts"},
  };
  for (const auto& [text, error] : rows) {
    BOOST_TEST_CONTEXT(text) {
      auto got = loaded(text);
      BOOST_REQUIRE(!got);
      BOOST_CHECK_EQUAL(code_of(got.error()), errc::invalid_setting);
      auto begin = std::string{"tieline.node."} + error;
      BOOST_CHECK_EQUAL(failure_of(got.error()).cause.substr(0, begin.size()),
                        begin);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
