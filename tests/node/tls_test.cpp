#include "node/node_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>

using namespace tieline;
using namespace tieline::test;

namespace {

struct fixture {
  authority ours;
  certificate mine = ours.issue("mine");
  certificate theirs = ours.issue("theirs");

  node_settings serving() const {
    return tls_links(theirs, ours.file());
  }

  caf::error check_password(const node_settings& serving,
                            const node_settings& using_it,
                            const std::string& expected) {
    node_peer peer{serving};
    this_node node{using_it};
    auto manager = node.manager_at(peer.port());
    connection_params params;
    params.password = secret{"sesame"};
    auto got = node.ask<maybe_connection>(manager, caf::open_atom_v,
                                          connection_key{"r1", "peer"}, params,
                                          caf::timespan{0});
    if (!got)
      return got.error();
    auto result = node.execute(**got, "password");
    BOOST_REQUIRE(result);
    BOOST_CHECK_EQUAL(result->output, expected);
    return {};
  }

  void check_refused(const node_settings& serving,
                     const node_settings& using_it) {
    node_peer peer{serving};
    this_node node{using_it};
    auto got = node.connect_to(peer.port());
    BOOST_REQUIRE(!got);
    BOOST_CHECK_EQUAL(code_of(got.error()), errc::node_lost);
    BOOST_TEST_MESSAGE(describe(got.error()));
  }
};

void check_invalid(const caf::error& error, const std::string& name) {
  BOOST_CHECK_EQUAL(code_of(error), errc::invalid_setting);
  BOOST_CHECK_EQUAL(failure_of(error).cause.rfind("tieline.node." + name, 0),
                    0u);
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls_test)

BOOST_FIXTURE_TEST_SUITE(tls_tests, fixture)

BOOST_AUTO_TEST_CASE(secrets_cross_them) {
  BOOST_CHECK(
    !check_password(serving(), tls_links(mine, ours.file()), "sesame"));
}

BOOST_AUTO_TEST_CASE(the_commands_of_the_documentation_make_certificates) {
  std::istringstream page{read_file(TIELINE_CLUSTER_PAGE)};
  std::string commands;
  auto inside = false;
  for (std::string line; std::getline(page, line);)
    if (line == "<!-- tls -->" || line == "<!-- /tls -->")
      inside = line == "<!-- tls -->";
    else if (inside && line.rfind("```", 0) != 0)
      commands += line + '\n';
  BOOST_REQUIRE(!commands.empty());
  temp_dir dir;
  run_checked({"sh", "-e", "-c", "cd " + dir.path() + "\n" + commands});
  auto how = tls_links({dir / "core.pem", dir / "core.key"}, dir / "ca.pem");
  BOOST_CHECK(!check_password(how, how, "sesame"));
}

BOOST_AUTO_TEST_CASE(secrets_stay_here_in_plain_text) {
  BOOST_CHECK(!check_password(plain_links(), plain_links(), "withheld"));
}

BOOST_AUTO_TEST_CASE(large_requests_cross_them) {
  node_peer peer{serving()};
  this_node node{tls_links(mine, ours.file())};
  auto manager = node.manager_at(peer.port());
  auto got = node.open(manager, "r1");
  BOOST_REQUIRE(got && *got);
  std::string large(4'000'000, 'x');
  auto result = node.execute(**got, large);
  BOOST_REQUIRE(result);
  BOOST_CHECK(result->output == large);
}

BOOST_AUTO_TEST_CASE(a_certificate_of_another_authority_is_refused) {
  authority others;
  check_refused(serving(), tls_links(others.issue("stranger"), others.file()));
}

BOOST_AUTO_TEST_CASE(a_server_of_another_authority_is_refused) {
  authority others;
  check_refused(tls_links(others.issue("stranger"), others.file()),
                tls_links(mine, ours.file()));
}

BOOST_AUTO_TEST_CASE(a_client_whose_certificate_alone_is_foreign_is_refused) {
  authority others;
  check_refused(serving(), tls_links(others.issue("stranger"), ours.file()));
}

BOOST_AUTO_TEST_CASE(a_client_in_plain_text_is_refused) {
  check_refused(serving(), plain_links());
}

BOOST_AUTO_TEST_CASE(a_server_in_plain_text_is_refused) {
  check_refused(plain_links(), tls_links(mine, ours.file()));
}

BOOST_AUTO_TEST_CASE(a_node_with_tls_makes_no_link_in_plain_text) {
  this_node node{tls_links(mine, ours.file())};
  auto got = connect(node.sys(), "127.0.0.1", 4711, plain_links());
  BOOST_REQUIRE(!got);
  check_invalid(got.error(), "certificate");
}

BOOST_AUTO_TEST_CASE(a_key_may_have_a_passphrase) {
  certificate_wish wish;
  wish.passphrase = "very secret";
  auto locked = ours.issue("locked", wish);
  temp_dir dir;
  auto how = tls_links(locked, ours.file());
  how.passphrase_file = dir.write("passphrase", "very secret\n");
  BOOST_CHECK(!check_password(serving(), how, "sesame"));
  how.passphrase_file = dir.write("passphrase", "wrong\n");
  caf::actor_system_config cfg;
  check_invalid(enable_nodes(cfg, how), "key");
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_used_are_named) {
  auto good = tls_links(mine, ours.file());
  auto bad = good;
  bad.certificate = "/no/such/file";
  caf::actor_system_config cfg;
  check_invalid(enable_nodes(cfg, bad), "certificate");
  bad = good;
  bad.key = theirs.key;
  check_invalid(enable_nodes(cfg, bad), "key");
  bad = good;
  bad.ca_file = mine.key;
  check_invalid(enable_nodes(cfg, bad), "ca-file");
  bad = good;
  bad.passphrase_file = "/no/such/file";
  check_invalid(enable_nodes(cfg, bad), "passphrase-file");
}

BOOST_AUTO_TEST_CASE(certificates_are_not_forgotten_between_config_and_use) {
  // The system has plain links, whatever is said later; and CAF would take
  // links with TLS but without certificates.
  this_node node{plain_links()};
  auto later = tls_links(mine, ours.file());
  auto port = publish(node.sys(), node.own_manager(), later);
  BOOST_REQUIRE(!port);
  check_invalid(port.error(), "certificate");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(plain_text_beyond_loopback_has_to_be_asked_for) {
  this_node node{plain_links()};
  auto how = plain_links();
  auto manager = node.own_manager();
  for (auto address : {"0.0.0.0", "", "::", "192.0.2.1"}) {
    how.address = address;
    auto port = publish(node.sys(), manager, how);
    BOOST_REQUIRE(!port);
    check_invalid(port.error(), "certificate");
  }
  auto there = connect(node.sys(), "192.0.2.1", 1, how);
  BOOST_REQUIRE(!there);
  check_invalid(there.error(), "certificate");
  how.address = "0.0.0.0";
  how.plain_text = true;
  BOOST_CHECK(publish(node.sys(), manager, how));
}

BOOST_AUTO_TEST_CASE(a_system_without_nodes_says_so) {
  init();
  caf::actor_system_config cfg;
  caf::actor_system sys{cfg};
  auto there = connect(sys, "127.0.0.1", 1);
  BOOST_REQUIRE(!there);
  BOOST_CHECK_EQUAL(code_of(there.error()), errc::invalid_setting);
}

BOOST_AUTO_TEST_SUITE_END()
