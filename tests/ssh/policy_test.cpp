#include "ssh/lab_device.hpp"
#include "ssh/ssh_manager.hpp"

#include <tieline/lab/lab.hpp>

#include <caf/event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

lab::options many_devices(size_t count) {
  lab::options result;
  result.devices = count;
  result.user = ""; // any
  return result;
}

settings with_max_sessions(uint64_t count) {
  settings result;
  result.max_sessions = count;
  return result;
}

/// Opens a host and runs a command there; returns what went wrong.
std::string visit(caf::scoped_actor& self, const manager_actor& manager,
                  int number, const connection_params& params) {
  auto opened = take<std::optional<connection_actor>>(
    compat::request(self.ptr(), manager, hang_limit, caf::open_atom_v,
                    ssh_manager::key_of(number), params, caf::timespan{0}));
  if (!opened)
    return describe(opened.error()) + "; ";
  auto answer = take<reply>(compat::request(
    self.ptr(), **opened, hang_limit, execute_atom_v, command("echo hi")));
  if (!answer)
    return describe(answer.error()) + "; ";
  return answer->output == "hi\n" ? "" : answer->output + "; ";
}

/// A caller who has `count` commands run, does not care for their answers, and
/// can be killed.
caf::actor spawn_caller(caf::actor_system& sys,
                        const connection_actor& connection, int count,
                        const std::function<std::string(int)>& line) {
  std::vector<request> all;
  for (int i = 0; i < count; ++i)
    all.push_back(command(line(i)));
  return sys.spawn([connection, all](caf::event_based_actor* self) {
    for (auto& what : all)
      compat::request(self, connection, caf::infinite, execute_atom_v, what)
        .then([](const reply&) {}, [](const caf::error&) {});
  });
}

} // namespace

BOOST_AUTO_TEST_SUITE(policy_test)

BOOST_AUTO_TEST_SUITE(rotation)

BOOST_AUTO_TEST_CASE(an_open_in_flight_never_logs_in_with_the_old_params) {
  lab::server devices{many_devices(1)};
  auto device = devices.at(0);
  ssh_manager hosts;
  // No login is answered before a client hangs up.
  device.set(lab::fault::slow_login, 3'600'000);
  std::vector<decltype(hosts.start_open({}))> answers;
  uint64_t opens = 0;
  auto replace_with = [&](const connection_params& params) {
    answers.push_back(hosts.start_open(params));
    ++opens;
    BOOST_TEST(eventually([&] { return device.count().accepted == opens; }));
    BOOST_TEST(eventually([&] { return device.count().live == 1; }));
  };
  for (int i = 0; i < 10; ++i) {
    auto old = params_of_device(device, "old-" + std::to_string(i));
    if (i % 2 == 0)
      old.password = secret{"old"};
    replace_with(old);
  }
  replace_with(params_of_device(device));
  BOOST_TEST(device.count().logins_ok == 0u);
  // What is left is the newest, which may be waiting for its answer.
  device.clear(lab::fault::slow_login);
  auto connection = required(hosts.open(params_of_device(device, "newer")));
  for (auto& answer : answers)
    BOOST_TEST(brief(take<std::optional<connection_actor>>(std::move(answer)))
               == "ok");
  BOOST_TEST(required(hosts.execute(connection, "echo hi")).output == "hi\n");
  BOOST_TEST(hosts.status().epoch == opens + 1);
  BOOST_TEST(device.count().logins_rejected == 0u);
  // The newer one, and the newest before it, if it was in time.
  BOOST_TEST(device.count().logins_ok >= hosts.counters().open_calls);
  BOOST_TEST(device.count().logins_ok <= 2u);
}

BOOST_AUTO_TEST_CASE(work_in_flight_ends_on_the_old_session_and_no_other_does) {
  ssh_fixture fixture;
  ssh_manager hosts;
  auto connection = required(hosts.open(fixture.with_key()));
  auto gate = fixture.dir / "gate";
  auto old = hosts.start(connection, "while [ ! -e " + gate
                                       + " ]; do sleep 0.01; done; echo $PPID");
  BOOST_TEST(eventually(
    [&] { return !fixture.server.session_processes("sleep").empty(); }));
  auto rotating = hosts.start_open(fixture.with_password());
  BOOST_TEST(hosts.becomes(connection_state::closing));
  auto fresh = hosts.start(connection, "echo $PPID");
  BOOST_TEST(eventually([&] { return hosts.status().queued == 1; }));
  fixture.dir.write("gate", "");
  auto old_session = required(take<reply>(std::move(old))).output;
  auto new_session = required(take<reply>(std::move(fresh))).output;
  BOOST_TEST(brief(take<std::optional<connection_actor>>(std::move(rotating)))
             == "ok");
  BOOST_TEST(new_session != old_session);
  BOOST_TEST(required(hosts.execute(connection, "echo $PPID")).output
             == new_session);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(eviction)

BOOST_AUTO_TEST_CASE(a_session_out_of_use_ends_at_the_server_too) {
  ssh_fixture fixture;
  ssh_manager hosts;
  auto params = fixture.with_key();
  params.extras["idle_timeout"] = "200ms";
  auto connection = required(hosts.open(params));
  BOOST_TEST(required(hosts.execute(connection, "echo 1")).output == "1\n");
  BOOST_TEST(
    eventually([&] { return fixture.server.session_processes().empty(); }));
  BOOST_TEST(hosts.becomes(connection_state::closed));
  BOOST_TEST(hosts.counters().evictions == 1u);
  // The handle is as good as before.
  BOOST_TEST(required(hosts.execute(connection, "echo 2")).output == "2\n");
  BOOST_TEST(hosts.counters().open_calls == 2u);
}

BOOST_AUTO_TEST_CASE(a_session_in_use_is_not_evicted) {
  ssh_fixture fixture;
  ssh_manager hosts;
  auto params = fixture.with_key();
  params.extras["idle_timeout"] = "100ms";
  params.extras["max_lifetime"] = "100ms";
  auto connection = required(hosts.open(params));
  auto busy = hosts.start(connection, "sleep 1; echo done");
  BOOST_TEST(eventually(
    [&] { return !fixture.server.session_processes("sleep").empty(); }));
  auto before = hosts.counters();
  BOOST_TEST(required(take<reply>(std::move(busy))).output == "done\n");
  BOOST_TEST(eventually(
    [&] { return hosts.counters().evictions == before.evictions + 1; }));
  BOOST_TEST(hosts.counters().open_calls == before.open_calls);
}

BOOST_AUTO_TEST_CASE(twenty_hosts_take_turns_on_five_sessions) {
  constexpr uint64_t most = 5;
  lab::server devices{many_devices(20)};
  ssh_manager hosts{with_max_sessions(most)};
  // As many callers as there may be sessions, each with hosts of its own.
  std::vector<std::future<std::string>> callers;
  for (size_t i = 0; i < most; ++i)
    callers.push_back(std::async(std::launch::async, [&, i] {
      caf::scoped_actor self{hosts.client.system()};
      std::string failures;
      for (auto j = i; j < devices.size(); j += most)
        failures += visit(self, hosts.manager, static_cast<int>(j),
                          params_of_device(devices.at(j)));
      return failures;
    }));
  for (auto& caller : callers)
    BOOST_TEST(caller.get() == "");
  auto seen = devices.count();
  BOOST_TEST(seen.execs == 20u);
  // More than one a host, where a session had to go between its opening and
  // its command.
  BOOST_TEST(seen.logins_ok >= 20u);
  // All but the first five had to wait for the end of another session. (The
  // server may accept the next one before it reads of that end.)
  BOOST_TEST(hosts.counters().evictions == seen.logins_ok - most);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(callers_that_die)

BOOST_AUTO_TEST_CASE(their_work_is_ended_and_what_waited_is_not_run) {
  ssh_fixture fixture;
  ssh_manager hosts;
  auto params = fixture.with_key();
  params.extras["max_channels"] = "1";
  auto connection = required(hosts.open(params));
  auto file = fixture.dir / "runs";
  run_checked({"touch", file});
  run_checked({"chmod", "666", file});
  auto gate = fixture.dir / "gate";
  auto caller
    = spawn_caller(hosts.client.system(), connection, 20, [&](int number) {
        return "while [ ! -e " + gate + " ]; do sleep 0.01; done; echo "
               + std::to_string(number) + " >>" + file;
      });
  BOOST_TEST(eventually([&] { return hosts.status().queued == 19; }));
  BOOST_TEST(hosts.status().in_flight == 1u);
  BOOST_TEST(eventually(
    [&] { return !fixture.server.session_processes("sleep").empty(); }));
  // Whoever else waits there keeps its turn.
  auto other = hosts.start(connection, "cat " + file);
  BOOST_TEST(eventually([&] { return hosts.status().queued == 20; }));
  caf::anon_send_exit(caller, caf::exit_reason::kill);
  BOOST_TEST(required(take<reply>(std::move(other))).output == "");
  BOOST_TEST(eventually(
    [&] { return fixture.server.session_processes("sleep").empty(); }));
  BOOST_TEST(read_file(file) == "");
  BOOST_TEST(hosts.status().queued == 0u);
}

BOOST_AUTO_TEST_CASE(of_work_that_waits_for_a_session_nothing_is_run) {
  lab::server devices{many_devices(1)};
  auto device = devices.at(0);
  ssh_manager hosts;
  auto connection = required(hosts.open(params_of_device(device)));
  // The next session is long in coming.
  device.set(lab::fault::slow_login, 3'600'000);
  required(hosts.query<uint64_t>(operate_atom_v, operation::kill, selector{},
                                 caf::timespan{0}));
  auto caller = spawn_caller(hosts.client.system(), connection, 20,
                             [](int) { return "echo hi"; });
  BOOST_TEST(eventually([&] { return hosts.status().queued == 20; }));
  BOOST_TEST(eventually([&] { return device.count().accepted == 2; }));
  caf::anon_send_exit(caller, caf::exit_reason::kill);
  // Nobody wants the session any more, either.
  BOOST_TEST(hosts.becomes(connection_state::closed));
  BOOST_TEST(eventually([&] { return device.count().live == 0; }));
  BOOST_TEST(hosts.status().queued == 0u);
  BOOST_TEST(device.count().execs == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
