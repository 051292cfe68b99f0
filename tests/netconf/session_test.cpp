#include "netconf/netconf_fixture.hpp"
#include "support/leak_check.hpp"
#include "support/test_sink.hpp"
#include "support/text.hpp"

#include <tieline/transports/netconf/netconf_error.hpp>
#include <tieline/transports/netconf/operations.hpp>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <optional>
#include <string>

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace nc = tieline::netconf;

namespace {

nc::selection things() {
  nc::selection result;
  result.filter = std::string{"<things xmlns=\""} + things_ns + "\"/>";
  return result;
}

nc::edit edit_of(const std::string& target, const std::string& config) {
  nc::edit result;
  result.target = target;
  result.config = config;
  return result;
}

struct fixture {
  netconf_fixture server;
  netconf_client client;
  // What stays for further sessions is there then.
  bool closed_once = !!client.close(open());
  leak_check leaks{&client.system()};

  transport_actor open() {
    return required(client.open(server.params()));
  }

  reply ask(const transport_actor& session, request what) {
    return required(client.execute(session, std::move(what)));
  }

  std::string running_things(const transport_actor& session) {
    return ask(session, nc::get_config("running", things())).output;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(session_test)

BOOST_FIXTURE_TEST_SUITE(requests, fixture)

BOOST_AUTO_TEST_CASE(a_config_is_read) {
  auto session = open();
  auto got = ask(session, nc::get_config("running", things()));
  BOOST_TEST_INFO(got.output);
  BOOST_TEST(contains(got.output, "<name>first</name>"));
  BOOST_TEST(got.output.find("<data") == 0u);
  BOOST_TEST(got.status == 0);
  BOOST_TEST(!got.attributes.at("session-id").empty());
  BOOST_TEST(got.elapsed.count() > 0);
}

BOOST_AUTO_TEST_CASE(both_versions_of_the_protocol_are_spoken) {
  for (const auto* version : {"1.0", "1.1", "both"})
    BOOST_TEST_CONTEXT(version) {
      auto params = server.params();
      params.extras["version"] = version;
      auto session = required(client.open(params));
      BOOST_TEST(contains(running_things(session), "<name>first</name>"));
      // Framed the new way this may be sent, the old way not.
      auto marked = client.execute(
        session, nc::raw("<get-config><source><running/></source>"
                         "<!-- ]]>]]> --></get-config>"));
      BOOST_TEST(brief(marked)
                 == (version == std::string{"1.0"} ? "invalid_request (execute)"
                                                   : "ok"));
      BOOST_TEST(brief(client.close(session)) == "ok");
    }
}

BOOST_AUTO_TEST_CASE(a_change_is_made_and_taken_back) {
  auto session = open();
  BOOST_TEST(ask(session, nc::edit_config(
                            edit_of("running", thing("a", "x&lt;&amp;&gt;y"))))
               .output
             == "");
  BOOST_TEST(
    contains(running_things(session), "<value>x&lt;&amp;&gt;y</value>"));
  auto gone = std::string{"<things xmlns=\""} + things_ns
              + "\"><thing nc:operation=\"delete\"><name>a</name></thing>"
                "</things>";
  ask(session, nc::edit_config(edit_of("running", gone)));
  BOOST_TEST(!contains(running_things(session), "<name>a</name>"));
  auto again = client.execute(session,
                              nc::edit_config(edit_of("running", gone)));
  BOOST_TEST(brief(again) == "operation_failed (execute)");
  auto errors = netconf_errors_of(again.error());
  BOOST_REQUIRE(!errors.empty());
  BOOST_TEST(errors.front().tag == "data-missing");
  BOOST_TEST(errors.front().severity == "error");
  BOOST_TEST(contains(errors.front().path, "thing"));
}

BOOST_AUTO_TEST_CASE(many_requests_are_answered_in_order) {
  auto session = open();
  constexpr int many = 100;
  using answer = decltype(client.start_execute(session, request{}));
  std::vector<answer> answers;
  answers.reserve(many);
  for (int i = 0; i < many; ++i)
    answers.push_back(client.start_execute(
      session, i % 2 == 0 ? nc::edit_config(
                 edit_of("running", thing("n", std::to_string(i))))
                          : nc::get_config("running", things())));
  for (int i = 0; i < many; ++i) {
    auto got = take<reply>(std::move(answers[static_cast<size_t>(i)]));
    BOOST_TEST_REQUIRE(brief(got) == "ok");
    if (i % 2 == 1)
      BOOST_TEST(
        contains(got->output, "<value>" + std::to_string(i - 1) + "</value>"));
  }
}

BOOST_AUTO_TEST_CASE(a_lock_is_for_one_session) {
  auto first = open();
  auto second = open();
  ask(first, nc::lock("running"));
  auto denied = client.execute(second, nc::lock("running"));
  BOOST_TEST_REQUIRE(brief(denied) == "operation_failed (execute)");
  auto errors = netconf_errors_of(denied.error());
  BOOST_REQUIRE(errors.size() == 1u);
  BOOST_TEST(errors.front().tag == "lock-denied");
  BOOST_TEST(contains(errors.front().info, "session-id"));
  ask(first, nc::unlock("running"));
  ask(second, nc::lock("running"));
  // The end of the session is the end of the lock.
  BOOST_TEST(brief(client.close(second)) == "ok");
  BOOST_TEST(eventually(
    [&] { return brief(client.execute(first, nc::lock("running"))) == "ok"; }));
}

BOOST_AUTO_TEST_CASE(a_session_can_be_killed_by_another) {
  auto killer = open();
  auto victim = open();
  auto id = ask(victim, nc::get_config("running", things()))
              .attributes.at("session-id");
  auto end = transport_client::end_of(victim);
  ask(killer, nc::kill_session(
                static_cast<uint32_t>(std::strtoul(id.c_str(), nullptr, 10))));
  BOOST_TEST((code_of(end.get()) == errc::connection_lost));
}

BOOST_AUTO_TEST_CASE(what_the_server_cannot_do_is_not_asked_for) {
  auto session = open();
  auto got = client.execute(session, nc::commit());
  BOOST_TEST(brief(got) == "unsupported (execute)");
  BOOST_TEST(contains(cause_of(got), "capability:candidate:1.0"));
  got = client.execute(session, "get-config source=here");
  BOOST_TEST(brief(got) == "invalid_request (execute)");
  // And the session goes on.
  BOOST_TEST(contains(running_things(session), "first"));
}

BOOST_AUTO_TEST_CASE(requests_can_be_written_as_words_or_xml) {
  auto session = open();
  BOOST_TEST(contains(ask(session, nc::raw("get-config source=running")).output,
                      "first"));
  BOOST_TEST(contains(ask(session, nc::raw("<get-config><source><running/>"
                                           "</source></get-config>"))
                        .output,
                      "first"));
  auto by_path = request{};
  by_path.body = "get-config source=running xpath=/t:things/t:thing "
                 "xmlns:t=urn:tieline:things";
  BOOST_TEST(contains(ask(session, by_path).output, "first"));
  auto refused = client.execute(session, nc::raw("<reboot xmlns='urn:x'/>"));
  BOOST_TEST(brief(refused) == "operation_failed (execute)");
}

BOOST_AUTO_TEST_CASE(defaults_are_told_on_demand) {
  auto session = open();
  BOOST_TEST(brief(client.execute(
               session, nc::get_config("running", things(),
                                       nc::with_defaults::report_all)))
             == "ok");
}

BOOST_AUTO_TEST_CASE(a_schema_is_fetched) {
  auto session = open();
  auto got = ask(session, nc::get_schema("things", "2026-01-31"));
  BOOST_TEST(contains(got.output, "namespace \"urn:tieline:things\";"));
  BOOST_TEST(got.output.find('<') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_answer_larger_than_its_limit_costs_the_request_only) {
  auto session = open();
  auto what = nc::get_config("running");
  what.output_limit = 10;
  BOOST_TEST(brief(client.execute(session, what)) == "output_limit (execute)");
  BOOST_TEST(contains(running_things(session), "first"));
}

BOOST_AUTO_TEST_CASE(a_probe_is_answered) {
  auto session = open();
  BOOST_TEST(brief(client.probe(session)) == "ok");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_candidate_is_committed) {
  netconf_fixture server{{"--target=candidate"}};
  netconf_client client;
  auto session = required(client.open(server.params()));
  auto ask = [&](request what) {
    return required(client.execute(session, std::move(what))).output;
  };
  ask(nc::lock("candidate"));
  ask(nc::edit_config(edit_of("candidate", thing("c", "1"))));
  ask(nc::validate("candidate"));
  ask(nc::discard_changes());
  BOOST_TEST(!contains(ask(nc::get_config("candidate", things())), ">c<"));
  ask(nc::edit_config(edit_of("candidate", thing("c", "2"))));
  ask(nc::commit());
  ask(nc::unlock("candidate"));
  BOOST_TEST(contains(ask(nc::get_config("running", things())), ">c<"));
}

BOOST_AUTO_TEST_CASE(a_confirmed_commit_is_confirmed_by_another_session) {
  netconf_fixture server{{"--target=candidate"}};
  netconf_client client;
  auto session = required(client.open(server.params()));
  auto ask = [&](request what) {
    return required(client.execute(session, std::move(what))).output;
  };
  ask(nc::edit_config(edit_of("candidate", thing("c", "1"))));
  nc::commit_options how;
  how.confirmed = true;
  how.confirm_timeout = 600s;
  how.persist = "token";
  ask(nc::commit(how));
  BOOST_TEST(brief(client.close(session)) == "ok");
  session = required(client.open(server.params()));
  nc::commit_options confirming;
  confirming.persist_id = "token";
  ask(nc::commit(confirming));
  BOOST_TEST(contains(ask(nc::get_config("running", things())), ">c<"));
  // There is nothing left to take back.
  auto late = client.execute(session, nc::cancel_commit("token"));
  BOOST_TEST(brief(late) == "operation_failed (execute)");
}

BOOST_FIXTURE_TEST_SUITE(subscriptions, fixture)

BOOST_AUTO_TEST_CASE(events_come_one_by_one_while_requests_go_on) {
  auto session = open();
  test_sink sink{client.system()};
  auto what = nc::create_subscription();
  what.sink = sink.handle();
  auto answer = client.start_execute(session, what);
  for (int i = 1; i <= 3; ++i) {
    ask(session,
        nc::edit_config(edit_of("running", thing("e", std::to_string(i)))));
    BOOST_TEST(eventually([&] { return sink.count() >= size_t(i); }));
  }
  BOOST_TEST(sink.output().find("<?xml") == 0u);
  BOOST_TEST(contains(sink.output(), "<notification"));
  BOOST_TEST(brief(client.close(session)) == "ok");
  BOOST_TEST(brief(take<reply>(std::move(answer))) == "closed (close)");
}

BOOST_AUTO_TEST_CASE(a_replay_ends_and_the_session_goes_on) {
  auto session = open();
  ask(session, nc::edit_config(edit_of("running", thing("e", "1"))));
  test_sink sink{client.system()};
  nc::subscription past;
  past.start_time = "2026-01-01T00:00:00Z";
  past.stop_time = "2026-01-01T00:00:01Z";
  auto what = nc::create_subscription(past);
  what.sink = sink.handle();
  auto got = client.execute(session, what);
  BOOST_TEST_INFO(sink.output());
  BOOST_TEST_REQUIRE(brief(got) == "ok");
  BOOST_TEST(contains(sink.output(), "notificationComplete"));
  BOOST_TEST(contains(running_things(session), "first"));
}

BOOST_AUTO_TEST_CASE(a_slow_sink_gets_everything_in_the_end) {
  auto session = open();
  test_sink sink{client.system(), false};
  auto what = nc::create_subscription();
  what.sink = sink.handle();
  auto answer = client.start_execute(session, what);
  // Answered behind the subscription: it gets what is edited from now on.
  running_things(session);
  auto editor = open();
  for (int i = 0; i < 3; ++i)
    ask(editor,
        nc::edit_config(edit_of("running", thing("s", std::to_string(i)))));
  BOOST_TEST(eventually([&] { return sink.count() >= 1u; }));
  sink.release();
  BOOST_TEST(eventually([&] { return sink.count() >= 3u; }));
  // Not answered while it goes on.
  BOOST_TEST(brief(client.close(session)) == "ok");
  BOOST_TEST(brief(take<reply>(std::move(answer))) == "closed (close)");
}

BOOST_AUTO_TEST_CASE(a_sink_that_ends_costs_the_session) {
  auto session = open();
  auto end = transport_client::end_of(session);
  test_sink sink{client.system()};
  auto what = nc::create_subscription();
  what.sink = sink.handle();
  auto answer = client.start_execute(session, what);
  // Answered behind the subscription.
  running_things(session);
  sink.end();
  BOOST_TEST(brief(take<reply>(std::move(answer))) == "canceled (execute)");
  BOOST_TEST((code_of(end.get()) == errc::connection_lost));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(ends, fixture)

BOOST_AUTO_TEST_CASE(a_closed_session_leaves_nothing) {
  auto session = open();
  running_things(session);
  auto end = transport_client::end_of(session);
  BOOST_TEST(brief(client.close(session)) == "ok");
  BOOST_TEST(!end.get());
  session = nullptr;
  BOOST_TEST(leaks.leaked() == "");
  BOOST_TEST(
    eventually([&] { return server.sshd().session_processes().empty(); }));
}

BOOST_AUTO_TEST_CASE(a_session_that_nobody_holds_ends) {
  auto session = open();
  running_things(session);
  session = nullptr;
  BOOST_TEST(leaks.leaked() == "");
  BOOST_TEST(
    eventually([&] { return server.sshd().session_processes().empty(); }));
}

BOOST_AUTO_TEST_CASE(an_exit_message_ends_everything) {
  auto session = open();
  auto answer = client.start_execute(session, nc::get());
  caf::anon_send_exit(session, caf::exit_reason::user_shutdown);
  session = nullptr;
  BOOST_TEST(leaks.leaked() == "");
  BOOST_TEST(
    eventually([&] { return server.sshd().session_processes().empty(); }));
}

BOOST_AUTO_TEST_CASE(a_server_that_dies_loses_the_session) {
  auto session = open();
  auto end = transport_client::end_of(session);
  server.freeze(true);
  auto answer = client.start_execute(session, nc::get_config("running"));
  server.kill();
  BOOST_TEST(brief(take<reply>(std::move(answer)))
             == "connection_lost (execute)");
  auto reason = end.get();
  BOOST_TEST((code_of(reason) == errc::connection_lost), describe(reason));
  BOOST_TEST(!failure_of(reason).key.hostname.empty());
}

BOOST_AUTO_TEST_CASE(a_server_that_hangs_costs_the_request_first) {
  auto session = open();
  server.freeze(true);
  auto what = nc::get_config("running", things());
  what.timeout = 50ms;
  BOOST_TEST(brief(client.execute(session, what)) == "timeout (execute)");
  server.freeze(false);
  // Its late answer is nobody's.
  BOOST_TEST(contains(running_things(session), "first"));
}

BOOST_AUTO_TEST_CASE(a_server_without_a_hello_is_given_up) {
  server.freeze(true);
  auto params = server.params();
  params.extras["hello_timeout"] = "300ms";
  auto got = client.open(params);
  BOOST_TEST(brief(got) == "timeout (hello)");
  server.freeze(false);
  BOOST_TEST(leaks.leaked() == "");
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there_is_told) {
  server.kill();
  auto got = client.open(server.params());
  BOOST_TEST(brief(got) == "connection_lost (session)");
  BOOST_TEST(contains(cause_of(got), "before its hello"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_server_without_the_subsystem_is_told) {
  ssh_fixture server;
  netconf_client client;
  auto got = client.open(server.with_key());
  BOOST_TEST(brief(got) == "channel_refused (channel)");
}

BOOST_AUTO_TEST_CASE(a_subsystem_that_is_something_else_is_told) {
  ssh_fixture server{configured({{"Subsystem", "netconf /bin/cat"}})};
  netconf_client client;
  auto got = client.open(server.with_key());
  // It says our own hello.
  BOOST_TEST(brief(got) == "protocol_error (hello)");
  BOOST_TEST(contains(cause_of(got), "no session-id"));
}

BOOST_AUTO_TEST_CASE(a_server_that_waits_for_more_before_it_answers_is_nudged) {
  // As netconfd (OpenYuma) does when it reads the hello and the first request
  // in one: it answers once there is a byte more.
  temp_dir dir;
  auto script = dir.write("subsystem", R"(#!/bin/sh
base=urn:ietf:params:xml:ns:netconf:base:1.0
answer() {
  text="<rpc-reply xmlns='$base' message-id='$1'><ok/></rpc-reply>"
  printf '\n#%s\n%s\n##\n' ${#text} "$text"
}
skip_frame() { while read -r line && [ "$line" != '##' ]; do :; done; }
printf '%s' "<hello xmlns='$base'><capabilities>"
for version in 1.0 1.1; do
  printf '%s' "<capability>urn:ietf:params:netconf:base:$version</capability>"
done
printf '%s' "</capabilities><session-id>1</session-id></hello>]]>]]>"
skip_frame
head -c 1 >/dev/null
answer 1
skip_frame
answer 2
cat >/dev/null
)");
  std::filesystem::permissions(script, std::filesystem::perms{0755});
  ssh_fixture server{configured({{"Subsystem", "netconf " + script}})};
  netconf_client client;
  auto session = required(client.open(server.with_key()));
  BOOST_TEST(brief(client.execute(session, nc::lock("running"))) == "ok");
  // The byte belongs to the next request.
  BOOST_TEST(brief(client.execute(session, nc::unlock("running"))) == "ok");
}

BOOST_AUTO_TEST_CASE(wrong_params_are_named) {
  netconf_client client;
  const std::pair<const char*, const char*> rows[] = {
    {"hello_timeout", "soon"}, {"max_pipelined", "0"},
    {"message_limit", "1"},    {"max_depth", "x"},
    {"version", "2.0"},        {"share_session", "perhaps"},
    {"no_such_thing", "1"},    {"channel_timeout", "x"},
  };
  for (const auto& [name, value] : rows)
    BOOST_TEST_CONTEXT(name) {
      auto params = params_of("127.0.0.1", 1, "nobody");
      params.extras[name] = value;
      auto got = client.open(params);
      BOOST_TEST(brief(got) == "invalid_params (open)");
      BOOST_TEST(contains(cause_of(got), name), cause_of(got));
    }
}

BOOST_AUTO_TEST_CASE(a_login_that_is_refused_is_told) {
  netconf_fixture server;
  netconf_client client;
  auto params = server.params();
  params.extras.erase("private_key_file");
  BOOST_TEST(brief(client.open(params)) == "auth_failed (authentication)");
}

BOOST_AUTO_TEST_CASE(an_ssh_session_is_shared_where_there_is_one) {
  netconf_fixture server{{"--target=running"},
                         configured({{"MaxSessions", "2"}})};
  std::optional<factory_actor> netconf;
  transport_client ssh{[&](caf::actor_system& sys) {
    auto made = spawn_ssh_factory(sys);
    netconf = spawn_netconf_factory(sys, made);
    return made;
  }};
  auto logins = [&] {
    auto log = server.sshd().log();
    size_t result = 0;
    for (auto pos = log.find("Accepted publickey"); pos != std::string::npos;
         pos = log.find("Accepted publickey", pos + 1))
      ++result;
    return result;
  };
  auto open_netconf = [&] {
    auto made = take<std::optional<transport_actor>>(
      compat::request(ssh.self().ptr(), *netconf, hang_limit, make_atom_v,
                      connection_key{"test-host", "netconf"}));
    auto session = required(std::move(made)).value();
    required(take<session_traits>(ssh.start_open(session, server.params())));
    return session;
  };
  auto get_things = [&](const transport_actor& session) {
    return brief(ssh.execute(session, nc::get_config("running", things())));
  };
  auto shell = required(ssh.open(server.params()));
  BOOST_TEST(logins() == 1u);
  auto first = open_netconf();
  BOOST_TEST(logins() == 1u);
  BOOST_TEST(get_things(first) == "ok");
  auto second = open_netconf();
  BOOST_TEST_REQUIRE(logins() == 1u);
  // The server takes no third stream there.
  auto third = open_netconf();
  BOOST_TEST(logins() == 2u);
  BOOST_TEST(get_things(third) == "ok");
  // The end of one is not the end of the others.
  BOOST_TEST(brief(ssh.close(first)) == "ok");
  BOOST_TEST(get_things(second) == "ok");
  BOOST_TEST(eventually(
    [&] { return brief(ssh.execute(shell, command("true"))) == "ok"; }));
  // What carries it is not closed before it is through.
  BOOST_TEST(brief(ssh.close(shell)) == "ok");
  BOOST_TEST(get_things(second) == "ok");
  BOOST_TEST(brief(ssh.close(second)) == "ok");
  BOOST_TEST(get_things(third) == "ok");
  netconf.reset();
}

BOOST_AUTO_TEST_CASE(an_ssh_session_with_the_same_named_credential_is_shared) {
  netconf_fixture server{{"--target=running"}};
  auto params = server.params();
  credentials known;
  known.set("core",
            {params.username,
             {{"private_key", {params.extras.at("private_key_file"), ""}}}});
  params.username.clear();
  params.extras.erase("private_key_file");
  params.extras["credential"] = "core";
  std::optional<factory_actor> netconf;
  transport_client ssh{[&](caf::actor_system& sys) {
    auto made = spawn_ssh_factory(sys, {}, known);
    netconf = spawn_netconf_factory(sys, made);
    return made;
  }};
  auto shell = required(ssh.open(params));
  auto made = take<std::optional<transport_actor>>(
    compat::request(ssh.self().ptr(), *netconf, hang_limit, make_atom_v,
                    connection_key{"test-host", "netconf"}));
  auto session = required(std::move(made)).value();
  required(take<session_traits>(ssh.start_open(session, params)));
  BOOST_TEST(brief(ssh.execute(session, nc::get_config("running", things())))
             == "ok");
  auto log = server.sshd().log();
  auto first = log.find("Accepted publickey");
  BOOST_TEST(first != std::string::npos);
  BOOST_TEST(log.find("Accepted publickey", first + 1) == std::string::npos);
  netconf.reset();
}

BOOST_AUTO_TEST_SUITE_END()
