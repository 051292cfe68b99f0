#include "support/actors/deterministic.hpp"
#include "support/eventually.hpp"
#include "support/test_sink.hpp"
#include "support/transport_client.hpp"

#include <tieline/transports/netconf/subscription.hpp>

#include <caf/typed_event_based_actor.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <mutex>
#include <ostream>
#include <string>
#include <vector>

// On a connection that a test plays; see the other suites for whole devices.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

namespace {

std::string event(const std::string& time, const std::string& what) {
  return "<notification"
         " xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\">"
         "<eventTime>"
         + time + "</eventTime><event xmlns=\"urn:test\">" + what
         + "</event></notification>";
}

std::string replay_complete(const std::string& time) {
  return "<notification"
         " xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\">"
         "<eventTime>"
         + time
         + "</eventTime><replayComplete"
           " xmlns=\"urn:ietf:params:xml:ns:netmod:notification\"/>"
           "</notification>";
}

std::string streams(const std::string& leaves) {
  return "<netconf xmlns=\"urn:ietf:params:xml:ns:netmod:notification\">"
         "<streams><stream><name>NETCONF</name>"
         + leaves + "</stream></streams></netconf>";
}

/// What a played connection was asked, and how it is to answer.
struct line {
  std::mutex mutex;
  // The attributes of each create-subscription.
  std::vector<std::map<std::string, std::string>> begun;
  std::vector<sink_actor> sinks;
  caf::expected<std::string> log = std::string{};
  // Of the actor alone.
  std::vector<caf::typed_response_promise<reply>> streams;
};

connection_actor spawn_line(caf::actor_system& sys, std::shared_ptr<line> on) {
  return sys.spawn([on](connection_actor::pointer self) {
    return connection_actor::behavior_type{
      [](caf::open_atom, const connection_params&, caf::timespan) {
        return caf::result<void>{caf::unit};
      },
      [](caf::open_atom, const connection_params&) {
        return caf::result<void>{caf::unit};
      },
      [self, on](execute_atom, const request& what) -> caf::result<reply> {
        std::lock_guard guard{on->mutex};
        if (what.body == "get") {
          if (!on->log)
            return on->log.error();
          reply result;
          result.output = *on->log;
          return result;
        }
        auto promise
          = self->make_response_promise<caf::typed_response_promise<reply>>();
        on->streams.push_back(promise);
        on->begun.push_back(what.attributes);
        on->sinks.push_back(*what.sink);
        return promise;
      },
      [](cancel_atom, const std::string&) { return uint64_t{0}; },
      [](acquire_atom, caf::timespan) { return uint64_t{1}; },
      [](release_atom, uint64_t) { return true; },
      [](caf::close_atom) { return true; },
      [](status_atom) { return connection_status{}; },
      [](explain_atom) { return explanation{}; },
      [](operate_atom, operation) { return caf::result<void>{caf::unit}; },
      [](operate_atom, operation, caf::timespan) {
        return caf::result<void>{caf::unit};
      },
    };
  });
}

/// Ends the last stream of a played connection with an error.
void end_stream(const connection_actor& connection, std::shared_ptr<line> on,
                errc code) {
  compat::post(caf::actor_cast<caf::strong_actor_ptr>(connection),
               caf::make_action([on, code] {
                 std::lock_guard guard{on->mutex};
                 on->streams.back().deliver(make_error(code, {}));
               }));
}

struct hearer : recording_sink<notification_sink, notification> {
  using recording_sink::recording_sink;

  /// Returns e.g. `event a, gap 3`.
  std::string heard() const {
    std::string result;
    for (auto& x : told()) {
      if (!result.empty())
        result += ", ";
      result += to_string(x.what);
      if (x.what == notification_kind::gap && x.missed > 0)
        result += " " + std::to_string(x.missed);
      if (x.what == notification_kind::event) {
        auto begin = x.body.find("urn:test\">") + 10;
        result += " " + x.body.substr(begin, x.body.find('<', begin) - begin);
      }
    }
    return result;
  }

  notification last() const {
    return told().back();
  }
};

struct config : caf::actor_system_config {
  config() {
    init();
    set("caf.scheduler.policy", "sharing");
    set("caf.scheduler.max-threads", 4);
  }
};

struct fixture {
  config cfg;
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys};
  std::shared_ptr<line> on = std::make_shared<line>();
  connection_actor connection = spawn_line(sys, on);
  netconf_subscription_options options;
  std::optional<subscription_actor> made;

  fixture() {
    options.backoff = 1ms;
  }

  ~fixture() {
    if (made)
      caf::anon_send_exit(*made, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(connection, caf::exit_reason::user_shutdown);
    std::lock_guard guard{on->mutex};
    on->sinks.clear();
    on->streams.clear();
  }

  subscription_actor& subscription() {
    if (!made)
      made = spawn_netconf_subscription(sys, connection, options);
    return *made;
  }

  caf::expected<void> subscribe(const hearer& who) {
    return take<void>(compat::request(self.ptr(), subscription(), hang_limit,
                                      caf::subscribe_atom_v, who.handle()));
  }

  bool unsubscribe(const hearer& who) {
    return *take<bool>(compat::request(self.ptr(), subscription(), hang_limit,
                                       caf::unsubscribe_atom_v, who.handle()));
  }

  /// Subscribes them, and waits for the first stream.
  void begin_with(std::vector<const hearer*> all) {
    for (const auto* who : all)
      BOOST_TEST(bool(subscribe(*who)));
    wait_for_stream(1);
  }

  size_t begun() const {
    std::lock_guard guard{on->mutex};
    return on->begun.size();
  }

  void wait_for_stream(size_t number) {
    BOOST_TEST_REQUIRE(eventually([&] { return begun() == number; }));
  }

  /// Sends something on the last stream; the result is when it is taken.
  auto start_emit(const std::string& text) {
    std::unique_lock guard{on->mutex};
    auto to = on->sinks.back();
    guard.unlock();
    return compat::request(self.ptr(), to, hang_limit, chunk{text, {}});
  }

  void emit(const std::string& text) {
    BOOST_TEST(bool(take<void>(start_emit(text))));
  }

  void lose(errc code) {
    end_stream(connection, on, code);
  }

  void play_log(caf::expected<std::string> log) {
    std::lock_guard guard{on->mutex};
    on->log = std::move(log);
  }
};

/// What comes before a loss and after it, and what of that a sink hears.
struct loss {
  const char* name;
  std::vector<std::string> before;
  /// What the device says of its log; an empty one is an error.
  std::string log;
  /// From where the device is asked to replay; empty: it is not.
  std::string replay_from;
  std::vector<std::string> after;
  std::string heard;
};

std::ostream& operator<<(std::ostream& out, const loss& x) {
  return out << x.name;
}

const auto has_replay = streams("<replaySupport>true</replaySupport>");

std::string log_since(const char* element) {
  return streams("<replaySupport>true</replaySupport><" + std::string{element}
                 + ">2026-01-01T00:00:03Z</" + element + '>');
}

const loss losses[] = {
  {"a replay goes on where the loss was and tells nothing twice",
   {event("2026-01-01T00:00:00Z", "a"), event("2026-01-01T00:00:01Z", "b"),
    event("2026-01-01T00:00:01Z", "c")},
   streams("<replaySupport>true</replaySupport><replayLogCreationTime>"
           "2025-01-01T00:00:00Z</replayLogCreationTime>"),
   "2026-01-01T00:00:01Z",
   {event("2026-01-01T00:00:01Z", "b"), event("2026-01-01T00:00:01Z", "c"),
    // The same moment in other words.
    event("2026-01-01T01:00:01.000+01:00", "d"),
    event("2026-01-01T00:00:02Z", "e"), replay_complete("2026-01-01T00:00:03Z"),
    event("2026-01-01T00:00:04Z", "f")},
   "event a, event b, event c, event d, event e, event f"},
  {"a replay may be out of order",
   {event("2026-01-01T00:00:00Z", "a")},
   has_replay,
   "2026-01-01T00:00:00Z",
   {event("2026-01-01T00:00:00Z", "a"), event("2026-01-01T00:00:03Z", "b"),
    event("2026-01-01T00:00:02Z", "c"), event("2026-01-01T00:00:02Z", "c")},
   "event a, event b, event c, event c"},
  {"what was told once of two alike is told again",
   {event("2026-01-01T00:00:00Z", "a")},
   has_replay,
   "2026-01-01T00:00:00Z",
   {event("2026-01-01T00:00:00Z", "a"), event("2026-01-01T00:00:00Z", "a")},
   "event a, event a"},
  {"a log that has aged is used with a gap",
   {event("2026-01-01T00:00:00Z", "a")},
   log_since("replayLogAgedTime"),
   "2026-01-01T00:00:00Z",
   {event("2026-01-01T00:00:04Z", "b")},
   "event a, gap, event b"},
  {"a log that is younger is used with a gap",
   {event("2026-01-01T00:00:00Z", "a")},
   log_since("replayLogCreationTime"),
   "2026-01-01T00:00:00Z",
   {event("2026-01-01T00:00:04Z", "b")},
   "event a, gap, event b"},
  {"a device that does not know its streams has no replay",
   {event("2026-01-01T00:00:00Z", "a")},
   "",
   "",
   {},
   "event a, gap"},
  {"a loss before the first event is a gap", {}, has_replay, "", {}, "gap"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(subscription_test)

BOOST_FIXTURE_TEST_SUITE(subscriptions, fixture)

BOOST_AUTO_TEST_CASE(all_sinks_are_told_and_the_device_is_asked_once) {
  options.stream = "NETCONF";
  options.filter = "<event xmlns=\"urn:test\"/>";
  hearer one{sys};
  hearer two{sys};
  BOOST_TEST(bool(subscribe(one)));
  begin_with({&two, &two});
  BOOST_TEST(on->begun[0]["stream"] == "NETCONF");
  BOOST_TEST(on->begun[0]["filter"] == options.filter);
  BOOST_TEST(on->begun[0].count("startTime") == 0u);
  emit(event("2026-01-01T00:00:00Z", "a"));
  emit(event("2026-01-01T00:00:01Z", "b"));
  BOOST_TEST(eventually([&] { return one.heard() == "event a, event b"; }));
  BOOST_TEST(eventually([&] { return two.heard() == "event a, event b"; }));
  BOOST_TEST(one.last().event_time == "2026-01-01T00:00:01Z");
  BOOST_TEST(begun() == 1u);
}

BOOST_DATA_TEST_CASE_F(fixture, it_goes_on_after_a_loss, data::make(losses),
                       what) {
  hearer sink{sys};
  begin_with({&sink});
  for (const auto& text : what.before)
    emit(text);
  if (what.log.empty())
    play_log(make_error(errc::operation_failed, {}));
  else
    play_log(what.log);
  lose(errc::connection_lost);
  wait_for_stream(2);
  BOOST_TEST(on->begun[1]["startTime"] == what.replay_from);
  for (const auto& text : what.after)
    emit(text);
  BOOST_TEST(eventually([&] { return sink.heard() == what.heard; }),
             sink.heard());
}

BOOST_AUTO_TEST_CASE(without_replay_there_is_a_gap) {
  hearer sink{sys};
  begin_with({&sink});
  emit(event("2026-01-01T00:00:00Z", "a"));
  play_log(streams("<replaySupport>false</replaySupport>"));
  lose(errc::connection_lost);
  wait_for_stream(2);
  BOOST_TEST(on->begun[1].count("startTime") == 0u);
  emit(event("2026-01-01T00:00:05Z", "b"));
  BOOST_TEST(
    eventually([&] { return sink.heard() == "event a, gap, event b"; }));
  auto gap = sink.told()[1];
  BOOST_TEST(gap.event_time == "2026-01-01T00:00:00Z");
  BOOST_TEST((code_of(gap.reason) == errc::connection_lost));
}

BOOST_AUTO_TEST_CASE(it_tries_again_until_it_is_subscribed) {
  hearer sink{sys};
  BOOST_TEST(bool(subscribe(sink)));
  play_log(streams("<replaySupport>false</replaySupport>"));
  for (size_t i = 1; i < 5; ++i) {
    wait_for_stream(i);
    lose(errc::unreachable);
  }
  wait_for_stream(5);
  emit(event("2026-01-01T00:00:00Z", "a"));
  BOOST_TEST(eventually(
    [&] { return sink.heard().find("event a") != std::string::npos; }));
}

BOOST_AUTO_TEST_CASE(a_refusal_is_the_end) {
  hearer sink{sys};
  begin_with({&sink});
  lose(errc::operation_failed);
  BOOST_TEST(eventually([&] { return sink.heard() == "end"; }));
  BOOST_TEST((code_of(sink.last().reason) == errc::operation_failed));
  self->wait_for(subscription());
}

BOOST_AUTO_TEST_CASE(a_slow_sink_holds_the_device_back_then_gets_a_gap) {
  options.queue_limit = 3;
  options.patience = 200ms;
  hearer quick{sys};
  hearer slow{sys, false};
  begin_with({&quick, &slow});
  // One is with the sink, two wait.
  for (int i = 0; i < 3; ++i)
    emit(
      event("2026-01-01T00:00:0" + std::to_string(i) + "Z", std::to_string(i)));
  auto held = start_emit(event("2026-01-01T00:00:03Z", "3"));
  BOOST_TEST(bool(take<void>(std::move(held))));
  slow.release();
  BOOST_TEST(eventually([&] { return slow.heard() == "event 0, gap 3"; }));
  BOOST_TEST(eventually(
    [&] { return quick.heard() == "event 0, event 1, event 2, event 3"; }));
}

BOOST_AUTO_TEST_CASE(a_slow_sink_that_wakes_in_time_loses_nothing) {
  options.queue_limit = 3;
  options.patience = 1h;
  hearer slow{sys, false};
  begin_with({&slow});
  for (int i = 0; i < 3; ++i)
    emit(
      event("2026-01-01T00:00:0" + std::to_string(i) + "Z", std::to_string(i)));
  auto held = start_emit(event("2026-01-01T00:00:03Z", "3"));
  slow.release();
  BOOST_TEST(bool(take<void>(std::move(held))));
  BOOST_TEST(eventually(
    [&] { return slow.heard() == "event 0, event 1, event 2, event 3"; }));
}

BOOST_AUTO_TEST_CASE(a_sink_that_ends_holds_nobody_back) {
  options.queue_limit = 2;
  options.patience = 1h;
  hearer quick{sys};
  hearer slow{sys, false};
  begin_with({&quick, &slow});
  emit(event("2026-01-01T00:00:00Z", "0"));
  emit(event("2026-01-01T00:00:01Z", "1"));
  auto held = start_emit(event("2026-01-01T00:00:02Z", "2"));
  caf::anon_send_exit(slow.handle(), caf::exit_reason::user_shutdown);
  BOOST_TEST(bool(take<void>(std::move(held))));
  BOOST_TEST(
    eventually([&] { return quick.heard() == "event 0, event 1, event 2"; }));
}

BOOST_AUTO_TEST_CASE(who_unsubscribes_is_told_no_more) {
  hearer stays{sys};
  hearer leaves{sys};
  begin_with({&stays, &leaves});
  BOOST_TEST(unsubscribe(leaves));
  BOOST_TEST(!unsubscribe(leaves));
  emit(event("2026-01-01T00:00:00Z", "a"));
  BOOST_TEST(eventually([&] { return stays.heard() == "event a"; }));
  BOOST_TEST(leaves.count() == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_no_xml_is_a_gap) {
  hearer sink{sys};
  begin_with({&sink});
  emit("<notification");
  BOOST_TEST(eventually([&] { return sink.heard() == "gap 1"; }));
}

BOOST_AUTO_TEST_CASE(who_asks_for_the_past_is_told_where_it_ends) {
  options.start_time = "2026-01-01T00:00:00Z";
  hearer sink{sys};
  begin_with({&sink});
  BOOST_TEST(on->begun[0]["startTime"] == options.start_time);
  emit(event("2026-01-01T00:00:01Z", "a"));
  emit(replay_complete("2026-01-01T00:00:02Z"));
  emit(event("2026-01-01T00:00:03Z", "b"));
  BOOST_TEST(eventually(
    [&] { return sink.heard() == "event a, replay_complete, event b"; }));
}

BOOST_AUTO_TEST_CASE(a_slow_sink_that_unsubscribes_holds_nobody_back) {
  options.queue_limit = 2;
  options.patience = 1h;
  hearer quick{sys};
  hearer slow{sys, false};
  begin_with({&quick, &slow});
  emit(event("2026-01-01T00:00:00Z", "0"));
  emit(event("2026-01-01T00:00:01Z", "1"));
  auto held = start_emit(event("2026-01-01T00:00:02Z", "2"));
  BOOST_TEST(unsubscribe(slow));
  BOOST_TEST(bool(take<void>(std::move(held))));
}

BOOST_AUTO_TEST_CASE(who_subscribes_again_is_told_one_after_the_other) {
  hearer slow{sys, false};
  begin_with({&slow});
  emit(event("2026-01-01T00:00:00Z", "a"));
  BOOST_TEST(eventually([&] { return slow.count() == 1; }));
  BOOST_TEST(unsubscribe(slow));
  BOOST_TEST(bool(subscribe(slow)));
  emit(event("2026-01-01T00:00:01Z", "b"));
  emit(event("2026-01-01T00:00:02Z", "c"));
  BOOST_TEST(eventually([&] { return slow.count() == 2; }));
  // Of what was told before.
  slow.release_one();
  emit(event("2026-01-01T00:00:03Z", "d"));
  BOOST_TEST(bool(subscribe(slow)));
  BOOST_TEST(slow.heard() == "event a, event b");
  slow.release();
  BOOST_TEST(eventually(
    [&] { return slow.heard() == "event a, event b, event c, event d"; }));
}

BOOST_AUTO_TEST_CASE(a_gap_counts_what_was_lost_before_it) {
  options.queue_limit = 3;
  options.patience = 50ms;
  hearer slow{sys, false};
  begin_with({&slow});
  // One is with the sink; then three are lost, then two more.
  for (int i = 0; i < 6; ++i)
    emit(
      event("2026-01-01T00:00:0" + std::to_string(i) + "Z", std::to_string(i)));
  slow.release();
  BOOST_TEST(eventually([&] { return slow.heard() == "event 0, gap 5"; }));
}

BOOST_AUTO_TEST_CASE(nothing_follows_the_end) {
  hearer slow{sys, false};
  begin_with({&slow});
  emit(event("2026-01-01T00:00:00Z", "0"));
  lose(errc::closed);
  BOOST_TEST(eventually([&] {
    auto again = subscribe(slow);
    return !again && code_of(again.error()) == errc::closed;
  }));
  emit(event("2026-01-01T00:00:01Z", "1"));
  slow.release();
  self->wait_for(subscription());
  BOOST_TEST(slow.heard() == "event 0, end");
}

BOOST_AUTO_TEST_CASE(who_asks_for_the_past_gets_it_over_losses) {
  options.start_time = "2026-01-01T00:00:00Z";
  hearer sink{sys};
  BOOST_TEST(bool(subscribe(sink)));
  play_log(streams("<replaySupport>true</replaySupport>"));
  wait_for_stream(1);
  lose(errc::unreachable);
  wait_for_stream(2);
  BOOST_TEST(on->begun[1]["startTime"] == options.start_time);
  emit(event("2026-01-01T00:00:01Z", "a"));
  lose(errc::connection_lost);
  wait_for_stream(3);
  BOOST_TEST(on->begun[2]["startTime"] == "2026-01-01T00:00:01Z");
  emit(event("2026-01-01T00:00:01Z", "a"));
  emit(event("2026-01-01T00:00:02Z", "b"));
  emit(replay_complete("2026-01-01T00:00:03Z"));
  lose(errc::connection_lost);
  wait_for_stream(4);
  emit(event("2026-01-01T00:00:02Z", "b"));
  emit(replay_complete("2026-01-01T00:00:04Z"));
  emit(event("2026-01-01T00:00:05Z", "c"));
  BOOST_TEST(eventually([&] {
    return sink.heard() == "event a, event b, replay_complete, event c";
  }));
}

// E.g. the clock of the device has gone back: it refuses the future.
BOOST_AUTO_TEST_CASE(a_replay_that_is_refused_is_a_gap_and_not_the_end) {
  hearer sink{sys};
  begin_with({&sink});
  emit(event("2026-01-01T00:00:00Z", "a"));
  play_log(streams("<replaySupport>true</replaySupport>"));
  lose(errc::connection_lost);
  wait_for_stream(2);
  lose(errc::operation_failed);
  wait_for_stream(3);
  BOOST_TEST(on->begun[2].count("startTime") == 0u);
  emit(event("2025-12-31T23:00:00Z", "b"));
  BOOST_TEST(
    eventually([&] { return sink.heard() == "event a, gap, event b"; }));
  lose(errc::operation_failed);
  BOOST_TEST(
    eventually([&] { return sink.heard() == "event a, gap, event b, end"; }));
}

BOOST_AUTO_TEST_SUITE_END()

// In virtual time.
BOOST_FIXTURE_TEST_CASE(a_slow_sink_is_told_of_the_end, deterministic) {
  netconf_subscription_options options;
  options.queue_limit = 2;
  options.patience = 300ms;
  auto on = std::make_shared<line>();
  auto connection = spawn_line(sys(), on);
  hearer slow{sys(), false};
  auto subscription = spawn_netconf_subscription(sys(), connection, options);
  BOOST_TEST(
    ask_now<caf::unit_t>(subscription, caf::subscribe_atom_v, slow.handle())
      .ok());
  BOOST_TEST_REQUIRE(on->sinks.size() == 1u);
  std::vector<answer<caf::unit_t>> taken;
  for (int i = 0; i < 3; ++i)
    taken.push_back(ask_now<caf::unit_t>(
      on->sinks[0], chunk{event("2026-01-01T00:00:0" + std::to_string(i) + "Z",
                                std::to_string(i)),
                          {}}));
  BOOST_TEST(taken[1].ok());
  BOOST_TEST(!taken[2].arrived());
  // The end comes while the device is held back, which is over before the sink
  // has to be through.
  advance(150ms);
  end_stream(connection, on, errc::closed);
  settle();
  BOOST_TEST(taken[2].ok());
  advance(200ms);
  slow.release();
  settle();
  BOOST_TEST(slow.heard() == "event 0, event 1, event 2, end");
  on->streams.clear();
  on->sinks.clear();
  caf::anon_send_exit(connection, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_SUITE_END()
