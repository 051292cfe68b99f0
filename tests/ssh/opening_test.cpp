#include "ssh/ssh_manager.hpp"
#include "support/own_network.hpp"

#include <tieline/lab/lab.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

// What is told of an open that takes long, and which params are the same.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

namespace {

// For a port of our choice, and hosts that drop packets.
BOOST_TEST_GLOBAL_FIXTURE(own_network);

constexpr uint16_t well_known_port = 22;

lab::options one_device() {
  lab::options result;
  result.port = well_known_port;
  return result;
}

struct fixture {
  connection_params params() const {
    auto result = params_of(device.address(), device.port(), "lab");
    result.password = secret{"lab"};
    result.extras["host_key_policy"] = "off";
    return result;
  }

  /// Opens in vain until that step is reached, then checks what is told of it.
  void check_step(const connection_params& params, step at) {
    auto patient = hosts.start_open(params, 10min);
    BOOST_TEST(eventually([&] { return hosts.status().reached == at; }));
    auto hasty = hosts.open(params, 1ms);
    BOOST_TEST(brief(hasty) == "timeout (" + to_string(at) + ')');
    BOOST_TEST(describe(hosts.explain())
                 .find("the session to open (" + to_string(at) + ')')
               != std::string::npos);
    required(hosts.query<uint64_t>(operate_atom_v, operation::kill, selector{},
                                   caf::timespan{0}));
    auto killed = take<std::optional<connection_actor>>(std::move(patient));
    BOOST_CHECK(code_of(killed.error()) == errc::canceled);
  }

  lab::server devices{one_device()};
  lab::device device = devices.at(0);
  ssh_manager hosts;
};

struct step_case {
  const char* name;
  lab::fault fault;
  uint64_t amount;
  step at;
};

std::ostream& operator<<(std::ostream& out, const step_case& x) {
  return out << x.name;
}

const step_case step_cases[] = {
  {"a host that drops packets", lab::fault::black_hole, 0, step::connect},
  {"no banner", lab::fault::hang_before_banner, 0, step::key_exchange},
  {"no answer to a login", lab::fault::slow_login, 3'600'000, step::auth},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(opening_test, fixture)

BOOST_DATA_TEST_CASE_F(fixture, an_open_that_hangs_tells_the_step,
                       data::make(step_cases), x) {
  device.set(x.fault, x.amount);
  auto patient = params();
  patient.extras["connect_timeout"] = "1h";
  patient.extras["key_exchange_timeout"] = "1h";
  patient.extras["auth_timeout"] = "1h";
  check_step(patient, x.at);
}

BOOST_AUTO_TEST_CASE(a_transport_alone_tells_its_steps) {
  ssh_client client;
  auto params = this->params();
  std::vector<step> told;
  auto transport = caf::actor_cast<stepwise_transport_actor>(client.make());
  step_listener_actor listener = client.system().spawn(
    [&told](
      step_listener_actor::pointer) -> step_listener_actor::behavior_type {
      return {[&told](step what) { told.push_back(what); }};
    });
  auto opened = take<session_traits>(
    compat::request(client.self().ptr(), transport, hang_limit,
                    caf::open_atom_v, params, listener));
  BOOST_TEST(brief(opened) == "ok");
  caf::anon_send_exit(listener, caf::exit_reason::user_shutdown);
  client.self()->wait_for(listener);
  std::vector<step> expected{step::resolve, step::connect, step::key_exchange,
                             step::host_key, step::auth};
  BOOST_CHECK(told == expected);
  BOOST_TEST(brief(client.close(transport)) == "ok");
}

BOOST_AUTO_TEST_CASE(params_that_mean_the_same_have_one_session) {
  auto first = required(hosts.open(params()));
  auto before = hosts.counters();
  std::vector<connection_params> same(7, params());
  same[0].port.reset();
  same[1].extras["connect_timeout"] = "10s";
  same[2].extras["keepalive-interval"] = "30000ms";
  same[3].extras["keepalive_interval"] = "30s";
  same[4].extras["private_key_file"] = "";
  same[5].secrets["passphrase"] = secret{};
  same[6].extras.erase("host_key_policy");
  same[6].extras["host-key-policy"] = "off";
  for (const auto& x : same)
    BOOST_CHECK(required(hosts.open(x)) == first);
  BOOST_CHECK(hosts.counters() == before);
  BOOST_TEST(device.count().accepted == 1u);
  BOOST_TEST(hosts.status().epoch == 1u);
}

BOOST_AUTO_TEST_CASE(the_breaker_sees_one_host_in_all_spellings) {
  device.set(lab::fault::refuse);
  auto with_port = params();
  with_port.extras["open_retries"] = "0";
  with_port.extras["breaker_failures"] = "2";
  auto without_port = with_port;
  without_port.port.reset();
  BOOST_TEST(brief(hosts.open(with_port)) == "refused (connect)");
  auto other_key = [&](const connection_params& x) {
    return hosts.query<std::optional<connection_actor>>(caf::open_atom_v,
                                                        ssh_manager::key_of(1),
                                                        x, caf::timespan{0});
  };
  BOOST_TEST(brief(other_key(without_port)) == "refused (connect)");
  BOOST_CHECK(code_of(other_key(with_port).error()) == errc::circuit_open);
  BOOST_CHECK(code_of(other_key(without_port).error()) == errc::circuit_open);
}

BOOST_AUTO_TEST_SUITE_END()
