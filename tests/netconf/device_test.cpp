#include "netconf/netconf_fixture.hpp"
#include "support/leak_check.hpp"
#include "support/manager_client.hpp"
#include "support/test_sink.hpp"
#include "support/text.hpp"

#include <tieline/lab/lab.hpp>
#include <tieline/transports/netconf/guardian.hpp>
#include <tieline/transports/netconf/netconf_error.hpp>
#include <tieline/transports/netconf/operations.hpp>
#include <tieline/transports/netconf/subscription.hpp>

#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

const connection_key key{"r1", "netconf"};

struct fixture : manager_client<netconf_client> {
  lab::server devices{[] {
    lab::options result;
    result.devices = 1;
    return result;
  }()};
  lab::device device = devices.at(0);

  fixture() : manager_client("netconf", brisk()) {
    // nop
  }

  connection_params params() const {
    auto result = params_of(device.address(), device.port(), "lab");
    result.password = secret{"lab"};
    result.extras["host_key_policy"] = "off";
    return result;
  }

  connection_actor open(const std::string& host = "r1") {
    return required(manager_client::open({host, "netconf"}, params()));
  }
};

struct guarded : fixture {
  guardian_actor guardian = spawn_netconf_guardian(client.system(), manager,
                                                   key, params());

  ~guarded() {
    caf::anon_send_exit(guardian, caf::exit_reason::user_shutdown);
  }

  static guarded_change rename(const std::string& name) {
    guarded_change result;
    result.config = "<system xmlns=\"urn:ietf:params:xml:ns:yang:ietf-system\">"
                    "<hostname>"
                    + name + "</hostname></system>";
    result.confirm_timeout = 1h;
    return result;
  }

  /// Spawns one that runs `f` on what it is given, once.
  verifier_actor verifier(std::function<caf::error()> f) {
    return client.system().spawn([f](verifier_actor::pointer self) {
      return verifier_actor::behavior_type{
        [self, f](const connection_actor& fresh) -> caf::result<void> {
          auto done
            = self->make_response_promise<caf::typed_response_promise<void>>();
          compat::request(self, fresh, caf::infinite, execute_atom_v,
                          netconf::get_config("running"))
            .then(
              [done, f](const reply&) mutable {
                if (auto reason = f(); reason.empty())
                  done.deliver();
                else
                  done.deliver(std::move(reason));
              },
              [done](const caf::error& reason) mutable {
                done.deliver(reason);
              });
          return done;
        },
      };
    });
  }

  auto start(const verifier_actor& how, guarded_change what) {
    return compat::request(client.self().ptr(), guardian, hang_limit,
                           std::move(what), how);
  }

  std::string apply(const verifier_actor& how, guarded_change what) {
    return brief(take<void>(start(how, std::move(what))));
  }

  bool is_clean() {
    return eventually([this] {
      auto now = device.netconf_status();
      return now.locks.empty() && !now.commit_pending && now.sessions.empty()
             && device.config(lab::netconf::store::candidate) == now.running;
    });
  }
};

/// Keeps what it is told.
struct hearer : recording_sink<notification_sink, notification> {
  using recording_sink::recording_sink;

  /// Returns e.g. `event 1, event 2`.
  std::string heard() const {
    std::string result;
    for (const auto& x : told()) {
      result += (result.empty() ? "" : ", ") + to_string(x.what);
      if (auto begin = x.body.find("<seen"); begin != std::string::npos)
        result += " " + x.body.substr(x.body.find('>', begin) + 1, 1);
    }
    return result;
  }
};

struct subscribed : fixture {
  netconf_subscription_options options;
  hearer sink{client.system()};
  connection_actor connection;
  std::optional<subscription_actor> subscription;

  ~subscribed() {
    if (subscription)
      caf::anon_send_exit(*subscription, caf::exit_reason::user_shutdown);
  }

  void subscribe() {
    options.backoff = 1ms;
    connection = open("r1+notifications");
    subscription = spawn_netconf_subscription(client.system(), connection,
                                              options);
    BOOST_TEST(bool(
      take<void>(compat::request(client.self().ptr(), *subscription, hang_limit,
                                 caf::subscribe_atom_v, sink.handle()))));
    wait_for_subscription();
  }

  void wait_for_subscription() {
    BOOST_TEST_REQUIRE(eventually(
      [this] { return device.netconf_status().subscriptions == 1; }));
  }

  void tell(const std::string& what) {
    device.notify("<seen xmlns=\"urn:test\">" + what + "</seen>");
  }

  bool is_told(const std::string& expected) {
    eventually([&] { return sink.heard() == expected; });
    BOOST_TEST_INFO(sink.heard());
    return sink.heard() == expected;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(device_test)

BOOST_FIXTURE_TEST_SUITE(managed, fixture)

BOOST_AUTO_TEST_CASE(requests_run_on_a_session_that_is_reopened_when_lost) {
  auto r1 = open();
  auto got = execute(r1, netconf::get_config("running"));
  BOOST_TEST_REQUIRE(brief(got) == "ok");
  BOOST_TEST(contains(got->output, "<hostname>lab</hostname>"));
  device.end_sessions(lab::hang_up::reset);
  BOOST_TEST(eventually([&] {
    auto status
      = required(query<std::optional<connection_status>>(status_atom_v, key));
    return status->state == connection_state::closed;
  }));
  BOOST_TEST(brief(execute(r1, netconf::get_config("running"))) == "ok");
  BOOST_TEST(device.netconf_status().opened == 2u);
}

BOOST_AUTO_TEST_CASE(a_device_with_one_version_only) {
  for (auto is_old : {true, false}) {
    lab::netconf::options how;
    how.base_1_0 = is_old;
    how.base_1_1 = !is_old;
    device.become(how);
    auto r1 = open(is_old ? "old" : "new");
    auto got = execute(r1, netconf::get_config("running"));
    BOOST_TEST(brief(got) == "ok");
    BOOST_TEST(brief(execute(r1, netconf::get_config("candidate"))) == "ok");
  }
}

BOOST_AUTO_TEST_CASE(faults_of_a_device_are_typed_errors) {
  struct row {
    lab::fault what;
    const char* expected;
  };
  const row rows[] = {
    {lab::fault::netconf_bad_xml, "protocol_error (execute)"},
    {lab::fault::netconf_line_feeds, "ok"},
    {lab::fault::netconf_xml_bomb, "connection_lost (session)"},
    {lab::fault::netconf_bad_chunk, "connection_lost (session)"},
    {lab::fault::netconf_truncate, "connection_lost (session)"},
    {lab::fault::netconf_close, "connection_lost (session)"},
    {lab::fault::netconf_dribble, "ok"},
  };
  for (const auto& x : rows) {
    BOOST_TEST_CONTEXT(to_string(x.what)) {
      device.heal();
      auto r1 = open();
      device.set(x.what, 1);
      BOOST_TEST(brief(execute(r1, netconf::get_config("running")))
                 == x.expected);
      device.heal();
      BOOST_TEST(brief(execute(r1, netconf::get_config("running"))) == "ok");
    }
  }
}

BOOST_AUTO_TEST_CASE(old_and_sloppy_devices_are_served) {
  for (auto what : {lab::fault::netconf_old_hello, lab::fault::netconf_no_id,
                    lab::fault::netconf_no_session_id})
    for (auto is_old : {true, false}) {
      BOOST_TEST_CONTEXT(to_string(what) << (is_old ? ", 1.0" : "")) {
        device.heal();
        lab::netconf::options how;
        how.base_1_1 = !is_old;
        device.become(how);
        device.set(what);
        auto r1 = open(std::string{to_string(what)} + (is_old ? "-1" : "-2"));
        auto got = execute(r1, netconf::get_config("running"));
        BOOST_TEST_REQUIRE(brief(got) == "ok");
        BOOST_TEST(contains(got->output, "<hostname>lab</hostname>"));
        // It has the capability, too.
        BOOST_TEST(brief(execute(r1, netconf::discard_changes())) == "ok");
        BOOST_TEST(got->attributes.count("session-id")
                   == (what == lab::fault::netconf_no_session_id ? 0u : 1u));
      }
    }
}

BOOST_AUTO_TEST_CASE(a_byte_that_is_no_xml_costs_its_request_only) {
  device.set(lab::fault::netconf_latin_1, 1);
  auto r1 = open();
  std::vector<decltype(start(r1, {}))> asked;
  for (int i = 0; i < 3; ++i)
    asked.push_back(start(r1, netconf::get_config("running")));
  auto bad = take<reply>(std::move(asked[0]));
  BOOST_TEST(brief(bad) == "protocol_error (execute)");
  BOOST_REQUIRE(!bad);
  auto cause = failure_of(bad.error()).cause;
  BOOST_TEST(contains(cause, ", at byte "), cause);
  BOOST_TEST(contains(cause, "<contact>M\\xfcnchen</contact>"), cause);
  for (int i = 1; i < 3; ++i)
    BOOST_TEST(brief(take<reply>(std::move(asked[i]))) == "ok");
  BOOST_TEST(device.netconf_status().opened == 1u);
}

BOOST_AUTO_TEST_CASE(a_lenient_session_repairs_it) {
  device.set(lab::fault::netconf_latin_1, 1);
  auto with = params();
  with.extras["lenient"] = "true";
  auto r1 = required(manager_client::open({"r1", "netconf"}, with));
  auto got = execute(r1, netconf::get_config("running"));
  BOOST_TEST_REQUIRE(brief(got) == "ok");
  BOOST_TEST(contains(got->output, "M\xc3\xbcnchen"));
  BOOST_TEST(got->attributes["repaired"] == "1");
  got = execute(r1, netconf::get_config("running"));
  BOOST_TEST_REQUIRE(brief(got) == "ok");
  BOOST_TEST(got->attributes.count("repaired") == 0u);
}

BOOST_AUTO_TEST_CASE(a_refusal_deep_inside_of_a_reply_is_one) {
  auto r1 = open();
  device.set(lab::fault::netconf_hidden_error, 0);
  for (const auto& what :
       {netconf::get(), netconf::lock("candidate"), netconf::discard_changes(),
        netconf::validate("candidate"), netconf::commit(),
        netconf::raw("<commit/>")}) {
    auto got = execute(r1, what);
    BOOST_TEST(brief(got) == "operation_failed (execute)", what.body);
    BOOST_REQUIRE(!got);
    auto told = netconf_errors_of(got.error());
    BOOST_REQUIRE(told.size() == 2u);
    BOOST_TEST(told[0].message == "it will not");
    BOOST_TEST(told[1].severity == "warning");
  }
  device.heal();
  BOOST_TEST(brief(execute(r1, netconf::get())) == "ok");
}

BOOST_AUTO_TEST_CASE(warnings_are_a_success_that_tells_them) {
  auto r1 = open();
  for (auto inside : {0, 1}) {
    device.set(lab::fault::netconf_warnings, static_cast<uint64_t>(inside));
    auto got = execute(r1, netconf::discard_changes());
    BOOST_TEST_REQUIRE(brief(got) == "ok");
    auto told = netconf_warnings_of(*got);
    BOOST_REQUIRE(told.size() == 1u);
    BOOST_TEST(told[0].message == "statement not found");
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(guardians, guarded)

// Each step is refused inside of other elements: see the fault.
BOOST_AUTO_TEST_CASE(a_change_that_is_refused_at_any_step_is_not_made) {
  for (uint64_t step = 0; step <= 6; ++step)
    BOOST_TEST_CONTEXT("step " << step) {
      // To cancel is a step of changes only that are not good.
      auto is_good = step != 6;
      auto what = rename("refused");
      // What is not canceled the device undoes by itself.
      what.confirm_timeout = is_good ? 1h : 2s;
      auto how = verifier([is_good] {
        return is_good ? caf::error{} : make_error(errc::unreachable, {});
      });
      device.set(lab::fault::netconf_hidden_error, step);
      BOOST_TEST(
        apply(how, what)
        == (is_good ? "operation_failed (execute)" : "unreachable (none)"));
      device.clear(lab::fault::netconf_hidden_error);
      BOOST_TEST(eventually([&] {
        return contains(device.netconf_status().running,
                        "<hostname>lab</hostname>");
      }));
      BOOST_TEST(is_clean());
    }
}

BOOST_AUTO_TEST_CASE(warnings_do_not_stop_a_change) {
  device.set(lab::fault::netconf_warnings, 1);
  auto good = verifier([] { return caf::error{}; });
  BOOST_TEST(apply(good, rename("warned")) == "ok");
  BOOST_TEST(
    contains(device.netconf_status().running, "<hostname>warned</hostname>"));
}

BOOST_AUTO_TEST_CASE(a_good_change_is_there_to_stay) {
  auto seen = std::make_shared<std::string>();
  auto good = verifier([this, seen] {
    *seen = device.netconf_status().commit_pending ? "pending" : "nothing";
    return caf::error{};
  });
  BOOST_TEST(apply(good, rename("better")) == "ok");
  BOOST_TEST(*seen == "pending");
  BOOST_TEST(
    contains(device.netconf_status().running, "<hostname>better</hostname>"));
  BOOST_TEST(is_clean());
}

BOOST_AUTO_TEST_CASE(a_bad_change_is_undone_at_once) {
  auto seen = std::make_shared<std::string>();
  auto bad = verifier([this, seen] {
    *seen = device.netconf_status().running;
    return make_error(errc::unreachable, {});
  });
  BOOST_TEST(apply(bad, rename("worse")) == "unreachable (none)");
  BOOST_TEST(contains(*seen, "<hostname>worse</hostname>"));
  BOOST_TEST(
    contains(device.netconf_status().running, "<hostname>lab</hostname>"));
  BOOST_TEST(is_clean());
}

BOOST_AUTO_TEST_CASE(a_change_that_cuts_everybody_off_is_undone_by_the_device) {
  auto what = rename("worse");
  what.confirm_timeout = 1s;
  auto fatal = verifier([this] {
    device.set(lab::fault::refuse);
    device.end_sessions(lab::hang_up::reset);
    return make_error(errc::unreachable, {});
  });
  BOOST_TEST(apply(fatal, what) != "ok");
  BOOST_TEST(eventually([&] {
    return contains(device.netconf_status().running,
                    "<hostname>lab</hostname>");
  }));
  BOOST_TEST(is_clean());
}

BOOST_AUTO_TEST_CASE(a_lock_of_another_is_respected) {
  auto other = open("other");
  BOOST_TEST(brief(execute(other, netconf::lock("candidate"))) == "ok");
  BOOST_TEST(apply(verifier([] { return caf::error{}; }), rename("x"))
             == "operation_failed (execute)");
  BOOST_TEST(device.netconf_status().locks.count("candidate") == 1u);
}

BOOST_AUTO_TEST_CASE(the_end_of_the_owner_frees_the_lock) {
  auto forever = client.system().spawn([](verifier_actor::pointer self) {
    auto kept
      = std::make_shared<std::vector<caf::typed_response_promise<void>>>();
    return verifier_actor::behavior_type{
      [self, kept](const connection_actor&) -> caf::result<void> {
        kept->push_back(
          self->make_response_promise<caf::typed_response_promise<void>>());
        return kept->back();
      },
    };
  });
  auto owner = client.system().spawn([&, this](caf::event_based_actor* self) {
    compat::request(self, guardian, caf::infinite, rename("x"), forever)
      .then([] {}, [](const caf::error&) {});
  });
  BOOST_TEST(
    eventually([&] { return device.netconf_status().commit_pending; }));
  caf::anon_send_exit(owner, caf::exit_reason::user_shutdown);
  BOOST_TEST(is_clean());
  BOOST_TEST(
    contains(device.netconf_status().running, "<hostname>lab</hostname>"));
  caf::anon_send_exit(forever, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(subscriptions, subscribed)

BOOST_AUTO_TEST_CASE(what_came_during_a_loss_is_replayed_once) {
  subscribe();
  tell("a");
  tell("b");
  BOOST_TEST(is_told("event a, event b"));
  device.set(lab::fault::refuse);
  device.end_sessions(lab::hang_up::reset);
  tell("c");
  tell("d");
  device.heal();
  wait_for_subscription();
  tell("e");
  BOOST_TEST(is_told("event a, event b, event c, event d, event e"));
}

BOOST_AUTO_TEST_CASE(what_the_log_has_lost_is_a_gap) {
  lab::netconf::options how;
  how.log_size = 2;
  device.become(how);
  subscribe();
  tell("a");
  BOOST_TEST(is_told("event a"));
  device.set(lab::fault::refuse);
  device.end_sessions(lab::hang_up::reset);
  for (const auto* x : {"b", "c", "d", "e"})
    tell(x);
  device.heal();
  wait_for_subscription();
  BOOST_TEST(is_told("event a, gap, event d, event e"));
}

// The replay would bring it again and again.
BOOST_AUTO_TEST_CASE(an_event_without_a_time_is_a_gap_of_one) {
  for (const auto* x : {"1", "2", "3", "4", "5"})
    tell(x);
  device.set(lab::fault::netconf_timeless, 3);
  options.start_time = "2020-01-01T00:00:00Z";
  subscribe();
  BOOST_TEST(is_told("event 1, event 2, gap, event 4, event 5, "
                     "replay_complete"));
  auto all = sink.told();
  BOOST_REQUIRE(all.size() > 2u);
  BOOST_TEST(all[2].missed == 1u);
  BOOST_TEST(contains(failure_of(all[2].reason).cause, "eventTime"));
  tell("6");
  BOOST_TEST(is_told("event 1, event 2, gap, event 4, event 5, "
                     "replay_complete, event 6"));
  BOOST_TEST(device.netconf_status().opened == 1u);
}

BOOST_AUTO_TEST_CASE(a_device_without_notifications_ends_it) {
  lab::netconf::options how;
  how.capabilities.clear();
  device.become(how);
  options.backoff = 1ms;
  connection = open("r1+notifications");
  subscription = spawn_netconf_subscription(client.system(), connection,
                                            options);
  BOOST_TEST(bool(
    take<void>(compat::request(client.self().ptr(), *subscription, hang_limit,
                               caf::subscribe_atom_v, sink.handle()))));
  BOOST_TEST(is_told("end"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
