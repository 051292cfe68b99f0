#include "ssh/ssh_fixture.hpp"
#include "support/leak_check.hpp"
#include "support/ssh_agent.hpp"

#include <boost/test/unit_test.hpp>

#include <future>
#include <string>

using namespace tieline;
using namespace tieline::test;

BOOST_AUTO_TEST_SUITE(agent_test)

BOOST_AUTO_TEST_CASE(the_agents_second_key_logs_in) {
  ssh_fixture fixture;
  ssh_agent agent;
  agent.add(make_key(fixture.dir, "stranger", "ecdsa"));
  agent.add(fixture.key);
  auto params = fixture.params();
  params.extras["agent_socket"] = agent.socket();
  ssh_client client;
  auto session = client.open(params);
  BOOST_TEST(brief(session) == "ok");
}

BOOST_AUTO_TEST_CASE(an_agent_that_never_answers_times_out) {
  ssh_fixture fixture;
  ssh_agent agent;
  agent.add(fixture.key);
  ssh_client client;
  auto params = fixture.params();
  params.extras["agent_socket"] = agent.socket();
  // What all sessions share has come into being after the first.
  BOOST_TEST(brief(client.close(required(client.open(params)))) == "ok");
  broken_agent mute{broken_agent::fault::mute, agent};
  params.extras["agent_socket"] = mute.socket();
  params.extras["auth_timeout"] = "300ms";
  leak_check leaks{&client.system()};
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(brief(client.open(params)) == "timeout (authentication)");
  BOOST_TEST(leaks.leaked() == "");
}

BOOST_AUTO_TEST_CASE(a_mute_agent_delays_its_own_session_only) {
  ssh_fixture fixture;
  ssh_agent agent;
  broken_agent mute{broken_agent::fault::mute, agent};
  ssh_client client;
  auto stuck = fixture.params();
  stuck.extras["agent_socket"] = mute.socket();
  auto waiting = client.make();
  auto answer = client.start_open(waiting, stuck);
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(brief(client.open(fixture.with_key())) == "ok");
  auto ended = transport_client::end_of(waiting);
  caf::anon_send_exit(waiting, caf::exit_reason::user_shutdown);
  BOOST_TEST((ended.wait_for(hang_limit) == std::future_status::ready));
  BOOST_TEST(brief(take<session_traits>(std::move(answer))) != "ok");
}

BOOST_AUTO_TEST_CASE(an_agent_that_dies_before_signing_is_a_failed_login) {
  ssh_fixture fixture;
  ssh_agent agent;
  agent.add(fixture.key);
  broken_agent dying{broken_agent::fault::dies_before_signing, agent};
  auto params = fixture.params();
  params.extras["agent_socket"] = dying.socket();
  ssh_client client;
  BOOST_TEST(brief(client.open(params)) == "auth_failed (authentication)");
}

BOOST_AUTO_TEST_CASE(an_agent_that_is_not_there_leaves_the_password) {
  ssh_fixture fixture;
  auto params = fixture.with_password();
  params.extras["agent_socket"] = fixture.dir / "no-agent";
  ssh_client client;
  BOOST_TEST(brief(client.open(params)) == "ok");
}

BOOST_AUTO_TEST_SUITE_END()
