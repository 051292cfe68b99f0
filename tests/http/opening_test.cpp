#include "http/http_fixture.hpp"
#include "support/fault_listener.hpp"
#include "support/manager_client.hpp"

#include <tieline/lab/lab.hpp>
#include <tieline/messages/options/canonical_params.hpp>

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <vector>

// What is told of an open that takes long, and which params are the same.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

const connection_key key{"r1", "http"};

lab::options one_device() {
  lab::options result;
  result.restconf.enabled = true;
  return result;
}

struct fixture : manager_client<http_client> {
  fixture() : manager_client("http") {
    // nop
  }

  step reached() {
    auto status
      = required(query<std::optional<connection_status>>(status_atom_v, key));
    return status ? status->reached : step::none;
  }

  connection_params params() const {
    auto result = plain_params(device.restconf_port());
    result.hostname = device.address();
    result.username = "lab";
    result.password = secret{"lab"};
    return result;
  }

  lab::server devices{one_device()};
  lab::device device = devices.at(0);
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(opening_test, fixture)

BOOST_AUTO_TEST_CASE(a_server_that_does_not_answer_is_told_as_such) {
  device.set(lab::fault::http_silence);
  auto patient = params();
  patient.extras["open_path"] = "/";
  patient.extras["response_timeout"] = "1h";
  auto pending = start_open(key, patient, 10min);
  BOOST_TEST(eventually([&] { return reached() == step::response; }));
  BOOST_TEST(brief(open(key, patient, 1ms)) == "timeout (response)");
  required(query<uint64_t>(operate_atom_v, operation::kill, selector{},
                           caf::timespan{0}));
  auto killed = take<std::optional<connection_actor>>(std::move(pending));
  BOOST_CHECK(code_of(killed.error()) == errc::canceled);
}

BOOST_AUTO_TEST_CASE(a_handshake_that_hangs_is_told_as_such) {
  fault_listener silent{{}};
  auto patient = params();
  patient.port = silent.port();
  patient.extras["scheme"] = "https";
  patient.extras["connect_timeout"] = "1h";
  auto pending = start_open(key, patient, 10min);
  BOOST_TEST(eventually([&] { return reached() == step::key_exchange; }));
  BOOST_TEST(brief(open(key, patient, 1ms)) == "timeout (key exchange)");
  required(query<uint64_t>(operate_atom_v, operation::kill, selector{},
                           caf::timespan{0}));
  auto killed = take<std::optional<connection_actor>>(std::move(pending));
  BOOST_CHECK(code_of(killed.error()) == errc::canceled);
}

BOOST_AUTO_TEST_CASE(params_that_mean_the_same_have_one_session) {
  auto first = required(open(key, params()));
  std::vector<connection_params> same(6, params());
  same[0].extras["connect_timeout"] = "10s";
  same[1].extras["connect-timeout"] = "10000ms";
  same[2].extras["verify"] = "true";
  same[3].extras["proxy"] = "";
  same[4].extras["auth"] = "auto";
  same[5].secrets["token"] = secret{};
  for (const auto& x : same)
    BOOST_CHECK(required(open(key, x)) == first);
  auto counted = required(query<std::optional<connection_counters>>(
    counters_atom_v, std::string{"http"}));
  BOOST_TEST(counted.value().open_calls == 1u);
  BOOST_TEST(counted.value().create_calls == 1u);
}

BOOST_AUTO_TEST_CASE(the_default_port_is_that_of_the_scheme) {
  auto traits = required(take<plugin_traits>(
    compat::request(client.self().ptr(),
                    caf::actor_cast<described_factory_actor>(client.factory()),
                    hang_limit, traits_atom_v)));
  connection_params params;
  params.hostname = "r1";
  BOOST_TEST(canonical(params, traits).port.value() == 443);
  params.extras["scheme"] = "http";
  BOOST_TEST(canonical(params, traits).port.value() == 80);
}

BOOST_AUTO_TEST_SUITE_END()
