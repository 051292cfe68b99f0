#include "node/node_fixture.hpp"

#include "tieline/actors/node/peer_access.hpp"

#include <boost/test/unit_test.hpp>

using namespace tieline;
using namespace tieline::test;

namespace {

/// A peer whose config says nothing of what others may do.
struct fixture {
  static node_settings by_default() {
    auto result = plain_links();
    result.may_operate = result.may_register = result.may_end = {};
    return result;
  }

  node_peer peer{by_default()};
  this_node node{plain_links()};
  manager_actor manager
    = connect(node.sys(), "127.0.0.1", peer.port(), plain_links()).value();

  template <class T, class... Ts>
  std::string refusal(Ts... xs) {
    auto got = node.ask<T>(manager, xs...);
    return got ? "it was done" : describe(got.error());
  }
};

std::string may_not(const std::string& role) {
  return "the request is invalid: a peer without a certificate may not " + role
         + " here: tieline.node.may-" + role + " permits it";
}

} // namespace

BOOST_AUTO_TEST_SUITE(access_test)

BOOST_AUTO_TEST_CASE(roles_are_by_the_names_in_certificates) {
  node_settings how;
  BOOST_TEST(refuse_peer(how, "", peer_role::use) == "");
  for (auto role : {peer_role::operate, peer_role::plugins, peer_role::end})
    BOOST_TEST(refuse_peer(how, "ops", role) != "");
  how.may_operate = {"ops-*", "core"};
  BOOST_TEST(refuse_peer(how, "ops-1", peer_role::operate) == "");
  BOOST_TEST(refuse_peer(how, "core", peer_role::operate) == "");
  BOOST_TEST(refuse_peer(how, "core2\n", peer_role::operate)
             == R"(the peer 'core2\n' may not operate here: )"
                "tieline.node.may-operate permits it");
  BOOST_TEST(refuse_peer(how, "", peer_role::operate) != "");
  BOOST_TEST(refuse_peer(how, "ops-1", peer_role::end) != "");
  how.may_use = {"core"};
  BOOST_TEST(refuse_peer(how, "ops-1", peer_role::use) != "");
}

BOOST_FIXTURE_TEST_CASE(a_peer_may_use_a_manager_and_no_more, fixture) {
  auto connection = node.opened(manager, "r1");
  BOOST_TEST(node.execute(connection, "show version").value().output
             == "show version");
  BOOST_CHECK(node.ask<std::vector<connection_status>>(manager, status_atom_v));
  BOOST_TEST(refusal<uint64_t>(operate_atom_v, operation::pause, selector{})
             == may_not("operate"));
  BOOST_TEST(refusal<uint64_t>(close_all_atom_v) == may_not("operate"));
  BOOST_TEST(refusal<uint64_t>(clear_credential_atom_v, std::string{"u"})
             == may_not("operate"));
  BOOST_TEST(refusal<bool>(remove_factory_atom_v, std::string{"peer"})
             == may_not("register"));
  BOOST_TEST(refusal<bool>(remove_factory_atom_v) == may_not("register"));
  BOOST_CHECK(node.execute(connection, "show version"));
  BOOST_CHECK(peer.running());
}

BOOST_AUTO_TEST_SUITE_END()
