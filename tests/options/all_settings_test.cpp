#include "support/text.hpp"

#include <tieline/tieline.hpp>

#include <caf/actor_system.hpp>
#include <caf/settings.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>

using namespace tieline;

namespace {

struct program : tieline::config {
  explicit program(const std::string& name = {},
                   const std::string& value = {}) {
    tieline::add_options(custom_options_);
    if (!name.empty())
      caf::put(content, name, value);
  }
};

struct spawning {
  std::string setting;
  std::function<factory_actor(caf::actor_system&)> spawn;
};

std::ostream& operator<<(std::ostream& out, const spawning& x) {
  return out << x.setting;
}

const spawning with_defaults[] = {
  {"tieline.ssh.max-channels",
   [](caf::actor_system& sys) { return spawn_ssh_factory(sys); }},
  {"tieline.netconf.max-depth",
   [](caf::actor_system& sys) {
     return spawn_netconf_factory(sys, spawn_ssh_factory(sys));
   }},
  {"tieline.netconf.max-depth",
   [](caf::actor_system& sys) { return spawn_netconf_factory(sys); }},
  {"tieline.ssh.max-channels",
   [](caf::actor_system& sys) { return spawn_netconf_factory(sys); }},
  {"tieline.http.max-requests",
   [](caf::actor_system& sys) { return spawn_http_factory(sys); }},
};

std::string thrown_by(const spawning& what, caf::actor_system& sys) {
  try {
    caf::anon_send_exit(what.spawn(sys), caf::exit_reason::user_shutdown);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

} // namespace

BOOST_AUTO_TEST_SUITE(all_settings_test)

BOOST_DATA_TEST_CASE(a_factory_reads_the_config_of_the_system,
                     boost::unit_test::data::make(with_defaults), what) {
  program wrong{what.setting, "none"};
  caf::actor_system refused{wrong};
  BOOST_TEST(contains(thrown_by(what, refused), what.setting));
  program right{what.setting, "20"};
  caf::actor_system accepted{right};
  BOOST_TEST(thrown_by(what, accepted) == "");
}

BOOST_AUTO_TEST_CASE(all_settings_are_declared) {
  program cfg;
  BOOST_TEST(
    !cfg.parse({"--tieline.open-timeout=2s", "--tieline.ssh.max-channels=3",
                "--tieline.netconf.max-depth=20", "--tieline.http.redirects=3",
                "--tieline.node.port=7", "--tieline.cluster.weight=2"}));
  BOOST_TEST(check_settings(content(cfg)).empty());
  auto ssh = ssh_options::load(content(cfg));
  BOOST_REQUIRE(ssh);
  BOOST_TEST(ssh->max_channels == 3U);
}

BOOST_AUTO_TEST_CASE(the_first_wrong_setting_is_an_error_to_print) {
  for (const std::string name :
       {"tieline.open-timeout", "tieline.ssh.max-channels",
        "tieline.netconf.max-depth", "tieline.http.redirects",
        "tieline.node.port", "tieline.cluster.weight", "tieline.ssh.no-such",
        "tieline.credential.core.no-such"}) {
    auto error = check_settings(content(program{name, "wrong"}));
    BOOST_TEST(to_string(code_of(error)) == "invalid_setting");
    BOOST_TEST(contains(describe(error), name));
  }
}

BOOST_AUTO_TEST_SUITE_END()
