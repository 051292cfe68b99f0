#include "ssh/ssh_manager.hpp"
#include "support/far_network.hpp"
#include "support/own_network.hpp"
#include "support/text.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

BOOST_TEST_GLOBAL_FIXTURE(own_network);

const connection_key bastion_key{"bastion", "ssh"};

openssh_options there(const far_network& far, std::string address,
                      std::map<std::string, std::string> config = {}) {
  openssh_options result;
  result.address = std::move(address);
  result.wrapper = far.wrapper();
  result.config = std::move(config);
  return result;
}

/// A server that can be reached from the bastion only, which runs nothing but
/// forwards.
struct fixture : ssh_manager {
  explicit fixture(std::map<std::string, std::string> config
                   = {{"MaxSessions", "0"}},
                   const settings& how = brisk())
    : ssh_manager(how),
      bastion(there(far, field_there, std::move(config))),
      inside(there(far, "127.0.0.1")) {
    // nop
  }

  far_network far;
  ssh_fixture bastion;
  ssh_fixture inside;

  hop first_hop(std::map<std::string, std::string> extras = {}) {
    hop result{bastion_key, bastion.with_key()};
    extras.merge(result.params.extras);
    result.params.extras = std::move(extras);
    return result;
  }

  /// Returns params of the server behind these hops.
  connection_params behind(std::vector<hop> via,
                           std::map<std::string, std::string> extras = {}) {
    auto result = inside.with_key();
    extras.merge(result.extras);
    result.extras = std::move(extras);
    result.via = std::move(via);
    return result;
  }

  connection_params behind() {
    return behind({first_hop()});
  }

  static size_t logins(const ssh_fixture& at) {
    return test::count(at.server.log(), "Accepted publickey");
  }

  connection_status status_of(const connection_key& key) {
    return required(query<std::optional<connection_status>>(status_atom_v, key))
      .value();
  }

  std::vector<connection_actor> open_many(int count,
                                          const connection_params& params) {
    std::vector<connection_actor> result;
    for (auto& x : open_all(items(count, params), 60s)) {
      BOOST_TEST_REQUIRE(brief(x.error) == "ok");
      result.push_back(x.connection.value());
    }
    return result;
  }

  void check_works(const connection_actor& connection) {
    auto answer = execute(connection, "echo here");
    BOOST_TEST_REQUIRE(brief(answer) == "ok");
    BOOST_TEST(answer->output == "here\n");
  }

  /// Opens key 0 and returns the error.
  caf::error refused(const connection_params& params) {
    auto got = open(params);
    BOOST_TEST_REQUIRE(!got);
    BOOST_TEST_MESSAGE(describe(got.error()));
    return got.error();
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(jump_test)

BOOST_FIXTURE_TEST_CASE(many_hosts_share_one_login_at_the_bastion, fixture) {
  constexpr int count = 500;
  auto all = open_many(count, behind());
  for (auto& x : all)
    check_works(x);
  BOOST_TEST(logins(bastion) == 1u);
  BOOST_TEST(logins(inside) == size_t{count});
  BOOST_TEST((status_of(bastion_key).state == connection_state::open));
  BOOST_TEST(status_of(bastion_key).attempts == 1u);
  // It can be reached in no other way.
  auto direct = behind();
  direct.via.clear();
  BOOST_TEST(brief(open(direct)) == "refused (connect)");
}

BOOST_FIXTURE_TEST_CASE(jump_hosts_are_given_as_in_a_file, fixture) {
  auto config = bastion.dir.write("config", "Host *\n  IdentityFile "
                                              + bastion.key.path + '\n');
  auto known = bastion.dir.write("known", bastion.server.known_hosts()
                                            + inside.server.known_hosts());
  auto params = inside.with_key();
  params.extras.erase("known_hosts");
  params.extras["config-file"] = config;
  params.extras["known-hosts"] = known;
  params.extras["proxy-jump"] = bastion.server.login() + '@'
                                + bastion.server.address() + ':'
                                + std::to_string(bastion.server.port());
  check_works(required(open(params)));
  BOOST_TEST(logins(bastion) == 1u);
  for (const auto* wrong : {"a:b", "@", "bastion,,other"}) {
    params.extras["proxy-jump"] = wrong;
    auto error = refused(params);
    BOOST_TEST(brief(error) == "invalid_params (open)");
    BOOST_TEST(contains(failure_of(error).cause, "proxy-jump"));
  }
  // What is given is not asked of files.
  params.extras["proxy-jump"] = "none";
  params.extras["config-file"]
    = bastion.dir.write("jumping", "Host *\n  ProxyJump bastion\n");
  BOOST_TEST(brief(open(params)) == "refused (connect)");
}

BOOST_FIXTURE_TEST_CASE(much_goes_through_both_ways, fixture) {
  auto connection = required(open(behind()));
  std::string much(8'000'000, 'x');
  for (size_t i = 0; i < much.size(); i += 97)
    much[i] = static_cast<char>('a' + i % 26);
  auto echo = command("cat");
  echo.attributes["stdin"] = much;
  echo.timeout = 60s;
  auto sum = command("md5sum");
  sum.attributes["stdin"] = much;
  auto first = start(connection, "head -c 20000000 /dev/zero | wc -c");
  auto second = manager_client::start(connection, echo);
  auto third = manager_client::start(connection, sum);
  BOOST_TEST(required(take<reply>(std::move(first))).output == "20000000\n");
  BOOST_TEST((required(take<reply>(std::move(second))).output == much));
  BOOST_TEST(brief(take<reply>(std::move(third))) == "ok");
}

BOOST_FIXTURE_TEST_CASE(hops_are_a_chain, fixture) {
  ssh_fixture second{there(far, "127.0.0.1", {{"MaxSessions", "0"}})};
  hop next{{"second", "ssh"}, second.with_key()};
  auto all = open_many(10, behind({first_hop(), next}));
  for (auto& x : all)
    check_works(x);
  BOOST_TEST(logins(bastion) == 1u);
  BOOST_TEST(logins(second) == 1u);
  BOOST_TEST(logins(inside) == 10u);
  auto told = describe(explain());
  BOOST_TEST(contains(told, "via ssh://bastion: open\n"), told);
  BOOST_TEST(contains(told, "via ssh://second: open\n"), told);
  BOOST_TEST(told.find("ssh://bastion") < told.find("ssh://second"));
}

BOOST_FIXTURE_TEST_CASE(a_bastion_that_dies_is_opened_once_more_for_all,
                        fixture) {
  constexpr int count = 20;
  auto all = open_many(count, behind({first_hop()}, {{"keep_open", "true"}}));
  std::vector<decltype(start(all[0], ""))> running;
  for (auto& x : all)
    running.push_back(start(x, "sleep 600"));
  BOOST_TEST(eventually([&] {
    return inside.server.session_processes("sleep").size() == size_t{count};
  }));
  bastion.server.signal_sessions(SIGKILL);
  for (auto& x : running) {
    auto answer = take<reply>(std::move(x));
    BOOST_TEST(brief(answer) == "connection_lost (jump)");
    auto why = failure_of(answer.error());
    BOOST_TEST(contains(why.cause, "ssh://bastion: "), why.cause);
  }
  for (auto& x : all)
    check_works(x);
  BOOST_TEST(logins(bastion) == 2u);
  BOOST_TEST(logins(inside) == size_t{2 * count});
  BOOST_TEST(status_of(bastion_key).attempts == 2u);
}

BOOST_FIXTURE_TEST_CASE(a_hop_with_another_host_key_is_not_used, fixture) {
  auto via = first_hop();
  via.params.extras["known_hosts"] = bastion.dir.write(
    "wrong", known_hosts_line(bastion.server.address(), bastion.server.port(),
                              inside.key));
  auto outcomes = open_all(items(5, behind({via})), 60s);
  for (const auto& x : outcomes) {
    BOOST_TEST(brief(x.error) == "host_key_changed (jump)");
    auto cause = failure_of(x.error).cause;
    BOOST_TEST(contains(cause, "ssh://bastion: "), cause);
  }
  BOOST_TEST(status_of(bastion_key).attempts == 1u);
  BOOST_TEST(logins(bastion) == 0u);
  BOOST_TEST(logins(inside) == 0u);
  // It is no refusal of the host behind it, which may be tried again.
  BOOST_TEST(!!open(behind()));
}

BOOST_FIXTURE_TEST_CASE(a_hop_that_refuses_the_login_costs_no_other_credential,
                        fixture) {
  auto via = first_hop();
  via.params.username = "nobody-here";
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(brief(refused(behind({via}))) == "auth_failed (jump)");
  auto told = explain();
  BOOST_TEST(told.admission.credential_failures == 0u);
  BOOST_TEST(told.admission.breaker_failures == 0u);
  BOOST_TEST(status_of(bastion_key).attempts == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_hop_in_a_black_hole_is_named, fixture) {
  auto via = first_hop({{"connect_timeout", "200ms"}, {"open_retries", "0"}});
  via.params.hostname = dropping_address;
  auto why = refused(behind({via}, {{"open_retries", "0"}}));
  BOOST_TEST(brief(why) == "timeout (jump)");
  BOOST_TEST(contains(failure_of(why).cause, "ssh://bastion: "));
}

BOOST_FIXTURE_TEST_CASE(who_waits_for_a_hop_hears_of_it, fixture) {
  auto via = first_hop({{"connect_timeout", "1h"}, {"open_timeout", "1h"}});
  via.params.hostname = dropping_address;
  auto waiting = start_open(behind({via}), 1s);
  BOOST_TEST(
    eventually([&] { return explain().what == waits_for::jump_host; }));
  auto told = describe(explain());
  BOOST_TEST(contains(told, "via ssh://bastion: opening"), told);
  auto got = take<std::optional<connection_actor>>(std::move(waiting));
  BOOST_TEST_REQUIRE(!got);
  BOOST_TEST(brief(got.error()) == "timeout (jump)");
}

BOOST_AUTO_TEST_CASE(a_hop_that_forwards_nothing_says_so_at_once) {
  fixture x{{{"AllowTcpForwarding", "no"}}};
  auto why = x.refused(x.behind());
  BOOST_TEST(brief(why) == "channel_refused (jump)");
  BOOST_TEST(contains(failure_of(why).cause, "administratively prohibited"));
  // It is up all the same.
  auto hop = required(
    x.query<std::optional<connection_actor>>(caf::get_atom_v, bastion_key));
  x.check_works(hop.value());
}

BOOST_AUTO_TEST_CASE(a_forward_that_is_refused_does_no_harm_to_others) {
  fixture x{{{"PermitOpen", "127.0.0.1:1"}}};
  auto forbidden = x.refused(x.behind());
  BOOST_TEST(brief(forbidden) == "channel_refused (jump)");
  auto closed = x.behind({x.first_hop()}, {{"open_retries", "0"}});
  closed.port = 1;
  auto why = x.refused(closed);
  BOOST_TEST(brief(why) == "unreachable (connect)");
  BOOST_TEST(contains(failure_of(why).cause, "ssh://bastion: "));
  BOOST_TEST(x.status_of(bastion_key).attempts == 1u);
  BOOST_TEST(x.explain().admission.breaker_failures == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_hop_stays_for_those_behind_it_and_no_longer,
                        fixture) {
  event_log events{*this};
  auto evicted = [&] { return events.count(event_kind::evicted); };
  auto via = first_hop({{"idle_timeout", "100ms"}});
  auto connection = required(open(behind({via})));
  // Many times as long.
  auto answer = execute(connection, "sleep 1");
  BOOST_TEST(brief(answer) == "ok");
  check_works(connection);
  BOOST_TEST(evicted() == 0u);
  BOOST_TEST(required(query<bool>(caf::close_atom_v, key_of(0))));
  BOOST_TEST(eventually([&] { return evicted() == 1u; }));
  BOOST_TEST((status_of(bastion_key).state == connection_state::closed));
  BOOST_TEST(logins(bastion) == 1u);
  // The next one opens it again.
  check_works(required(open(behind({via}))));
  BOOST_TEST(logins(bastion) == 2u);
}

BOOST_AUTO_TEST_CASE(one_place_to_open_is_enough) {
  auto how = brisk();
  how.max_opening = 1;
  fixture x{{}, how};
  for (auto& connection : x.open_many(5, x.behind()))
    x.check_works(connection);
  BOOST_TEST(fixture::logins(x.bastion) == 1u);
}

BOOST_FIXTURE_TEST_CASE(newer_params_of_a_hop_leave_what_goes_through_alone,
                        fixture) {
  auto old = required(open(behind()));
  auto other = behind({first_hop({{"max_channels", "3"}})});
  auto fresh = required(manager_client::open(key_of(1), other));
  check_works(old);
  check_works(fresh);
  BOOST_TEST(logins(bastion) == 2u);
}

BOOST_FIXTURE_TEST_CASE(a_way_that_makes_no_sense_is_an_error, fixture) {
  auto own = first_hop();
  own.key = key_of(0);
  auto circle = refused(behind({own}));
  BOOST_TEST(brief(circle) == "invalid_params (open)");
  BOOST_TEST(contains(failure_of(circle).cause, "is on the way to itself"));
  auto twice = refused(behind({first_hop(), first_hop()}));
  BOOST_TEST(brief(twice) == "invalid_params (open)");
  hop unknown{{"x", "no-such-plugin"}, bastion.with_key()};
  BOOST_TEST(brief(refused(behind({unknown}))) == "factory_not_set (jump)");
}

BOOST_AUTO_TEST_SUITE_END()
