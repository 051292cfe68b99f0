#include "node/node_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
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

BOOST_AUTO_TEST_CASE(each_is_read) {
  init();
  struct row {
    const char* name;
    const char* value;
    std::function<bool(const node_settings&)> is_set;
  };
  const std::string tls = "certificate = \"c\"\nkey = \"k\"\nca-file = \"a\"\n";
  const row rows[] = {
    {"port", "4711", [](auto& x) { return x.port == 4711; }},
    {"address", "\"::1\"", [](auto& x) { return x.address == "::1"; }},
    {"certificate", "\"c\"", [](auto& x) { return x.certificate == "c"; }},
    {"key", "\"k\"", [](auto& x) { return x.key == "k"; }},
    {"ca-file", "\"a\"", [](auto& x) { return x.ca_file == "a"; }},
    {"passphrase-file", "\"p\"",
     [](auto& x) { return x.passphrase_file == "p"; }},
    {"plain-text", "true", [](auto& x) { return x.plain_text; }},
    {"heartbeat-interval", "3s",
     [](auto& x) { return x.heartbeat_interval == 3s; }},
    {"connection-timeout", "50s",
     [](auto& x) { return x.connection_timeout == 50s; }},
    {"connect-timeout", "7s", [](auto& x) { return x.connect_timeout == 7s; }},
  };
  auto all = all_node_settings();
  BOOST_REQUIRE_EQUAL(all.size(), std::size(rows));
  for (size_t i = 0; i < all.size(); ++i) {
    const auto& x = rows[i];
    BOOST_TEST_CONTEXT(x.name) {
      BOOST_CHECK_EQUAL(all[i].name, x.name);
      auto is_plain = std::string{x.name} == "plain-text";
      std::string name = x.name;
      auto base = is_plain || tls.find(name + " =") != std::string::npos ? ""
                                                                         : tls;
      if (name == "certificate" || name == "key" || name == "ca-file") {
        auto got = loaded(tls);
        BOOST_REQUIRE(got);
        BOOST_CHECK(x.is_set(*got));
        continue;
      }
      auto got = loaded(base + name + " = " + x.value);
      BOOST_REQUIRE(got);
      BOOST_CHECK(x.is_set(*got));
      BOOST_CHECK(!got->check());
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  init();
  struct row {
    const char* text;
    const char* error;
  };
  const row rows[] = {
    {"port = 65536", "port: not a valid value"},
    {"colour = 1", "colour: no such setting"},
    {"group { x = 1 }", "group: no such setting"},
    {"heartbeat-interval = 0s", "heartbeat-interval: out of range"},
    {"connection-timeout = 0s", "connection-timeout: out of range"},
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
