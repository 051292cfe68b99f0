#include "http/http_fixture.hpp"
#include "support/test_sink.hpp"
#include "support/text.hpp"

#include <tieline/lab/lab.hpp>
#include <tieline/transports/http/restconf.hpp>
#include <tieline/transports/http/sse_sink.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tieline;
using namespace tieline::test;

namespace {

const std::string system_path = restconf::path_of({{"ietf-system:system"}});

std::string system_with(const std::string& name) {
  return "<system xmlns=\"urn:ietf:params:xml:ns:yang:ietf-system\">"
         "<hostname>"
         + name + "</hostname></system>";
}

struct fixture {
  lab::server devices{[] {
    lab::options result;
    result.devices = 1;
    result.restconf.enabled = true;
    result.restconf.token = "first";
    return result;
  }()};
  lab::device device = devices.at(0);
  http_client client;
  transport_actor session = must_open(with_password());
  restconf::api api{root(), restconf::format::xml};

  connection_params with_password() const {
    auto result = plain_params(device.restconf_port());
    result.hostname = device.address();
    result.username = "lab";
    result.password = secret{"lab"};
    return result;
  }

  transport_actor must_open(const connection_params& params) {
    auto result = client.open(params);
    BOOST_REQUIRE(result);
    return *result;
  }

  reply run(request what) {
    auto result = client.execute(session, std::move(what));
    BOOST_REQUIRE(result);
    return *result;
  }

  std::string root() {
    auto result = restconf::read_root(run(restconf::discover()));
    BOOST_REQUIRE(result);
    return *result;
  }

  errc outcome_of(request what) {
    return code_of(restconf::check(run(std::move(what))));
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(restconf_device_test)

BOOST_FIXTURE_TEST_SUITE(devices, fixture)

BOOST_AUTO_TEST_CASE(data_is_read_merged_replaced_and_removed) {
  BOOST_TEST(contains(run(api.get(system_path)).output, "<location>rack 1<"));
  BOOST_TEST(
    (outcome_of(api.patch(system_path, system_with("merged"))) == errc::none));
  BOOST_TEST(contains(device.config(lab::netconf::store::running),
                      "<hostname>merged</hostname><location>rack 1<"));
  BOOST_TEST(
    (outcome_of(api.put(system_path, system_with("replaced"))) == errc::none));
  BOOST_TEST(!contains(device.config(lab::netconf::store::running), "rack 1"));
  BOOST_TEST((outcome_of(api.remove(system_path)) == errc::none));
  BOOST_TEST(!contains(device.config(lab::netconf::store::running), "<system"));
}

BOOST_AUTO_TEST_CASE(an_error_has_its_fields) {
  auto refused = restconf::check(
    run(api.get(restconf::path_of({{"ietf-system:nothing"}}))));
  BOOST_TEST((code_of(refused) == errc::operation_failed));
  BOOST_TEST(failure_of(refused).details["status"] == "404");
  BOOST_TEST(failure_of(refused).details["error-tag"] == "invalid-value");
}

BOOST_AUTO_TEST_CASE(events_come_one_by_one) {
  test_sink events{client.system()};
  auto what = restconf::subscribe("/streams/NETCONF");
  what.sink = spawn_sse_sink(client.system(), events.handle());
  auto answer = client.start_execute(session, std::move(what));
  BOOST_TEST(eventually([&] { return device.restconf_status().streams == 1; }));
  device.notify("<seen xmlns=\"urn:test\">a</seen>");
  device.notify("<seen xmlns=\"urn:test\">b</seen>");
  BOOST_TEST(eventually([&] { return events.count() == 2; }));
  auto all = events.output();
  BOOST_TEST(all.find(">a</seen>") < all.find(">b</seen>"));
  events.end();
  auto end = take<reply>(std::move(answer));
  BOOST_REQUIRE(!end);
  BOOST_TEST((code_of(end.error()) == errc::canceled));
  BOOST_TEST(eventually([&] { return device.restconf_status().streams == 0; }));
}

BOOST_AUTO_TEST_CASE(a_token_that_is_rotated_is_read_anew) {
  temp_dir dir;
  auto params = plain_params(device.restconf_port());
  params.hostname = device.address();
  params.extras["token_file"] = dir.write("token", "first");
  session = must_open(params);
  BOOST_TEST((outcome_of(api.get(system_path)) == errc::none));
  device.rotate_token("second");
  dir.write("token", "second");
  BOOST_TEST((outcome_of(api.get(system_path)) == errc::none));
  BOOST_TEST(device.restconf_status().unauthorized == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
