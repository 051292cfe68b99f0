#define BOOST_TEST_MODULE settings
#include "managed.hpp"

#include "tieline/actors/settings.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/included/unit_test.hpp>

#include <sstream>

using namespace tieline;
using namespace std::chrono_literals;

namespace {

struct bad_row {
  const char* config;
  const char* names;
};

std::ostream& operator<<(std::ostream& out, const bad_row& x) {
  return out << x.config;
}

const bad_row bad_rows[] = {
  {"tieline { open-timeout = 0s }", "tieline.open-timeout"},
  {"tieline { open-timeout = 2h }", "tieline.open-timeout"},
  {"tieline { open-timeout = \"soon\" }", "tieline.open-timeout"},
  {"tieline { execute-timeout = 25h }", "tieline.execute-timeout"},
  {"tieline { close-timeout = 11min }", "tieline.close-timeout"},
  {"tieline { shutdown-timeout = -1s }", "tieline.shutdown-timeout"},
  {"tieline { output-limit = 0 }", "tieline.output-limit"},
  {"tieline { opne-timeout = 1s }", "tieline.opne-timeout"},
  {"tieline = 3", "tieline"},
};

caf::settings parsed(const std::string& text) {
  std::istringstream in{text};
  auto config = caf::actor_system_config::parse_config(in);
  BOOST_REQUIRE(config);
  return std::move(*config);
}

} // namespace

BOOST_AUTO_TEST_CASE(without_a_config_there_are_defaults) {
  auto got = settings::load({});
  BOOST_REQUIRE(got);
  BOOST_CHECK(got->open_timeout == 30s);
  BOOST_CHECK(got->close_timeout == 5s);
}

BOOST_AUTO_TEST_CASE(settings_are_read_from_a_config) {
  auto got = settings::load(parsed("tieline { open-timeout = 2s\n"
                                   "execute-timeout = 1min\n"
                                   "close-timeout = 100ms\n"
                                   "shutdown-timeout = 10s\n"
                                   "output-limit = 1024 }"));
  BOOST_REQUIRE(got);
  BOOST_CHECK(got->open_timeout == 2s);
  BOOST_CHECK(got->execute_timeout == 1min);
  BOOST_CHECK(got->close_timeout == 100ms);
  BOOST_CHECK(got->shutdown_timeout == 10s);
  BOOST_CHECK_EQUAL(got->output_limit, 1024u);
}

BOOST_AUTO_TEST_CASE(the_settings_of_a_plugin_are_its_own_business) {
  BOOST_CHECK(
    settings::load(parsed("tieline { ssh = { connect-timeout = 1s } }")));
}

BOOST_DATA_TEST_CASE(a_bad_setting_is_an_error_that_names_it,
                     boost::unit_test::data::make(bad_rows), row) {
  init();
  auto got = settings::load(parsed(row.config));
  BOOST_REQUIRE(!got);
  BOOST_CHECK(got.error() == errc::invalid_setting);
  BOOST_CHECK(describe(got.error()).find(row.names) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_manager_refuses_to_start_with_a_bad_setting) {
  init();
  struct with_tieline : caf::actor_system_config {
    with_tieline() {
      settings::add_options(custom_options_);
    }
  } config;
  config.set("tieline.open-timeout", caf::timespan{0});
  caf::actor_system sys{config};
  BOOST_CHECK_THROW(spawn_manager(sys), std::invalid_argument);
  settings given;
  given.output_limit = 0;
  BOOST_CHECK_THROW(spawn_manager(sys, given), std::invalid_argument);
}
