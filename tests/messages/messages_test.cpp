#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/local_types.hpp"
#include "tieline/messages/internal/stats.hpp"
#include "tieline/messages/internal/ticket.hpp"
#include "tieline/messages/support/readable.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/byte_buffer.hpp>
#include <caf/deep_to_string.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <sstream>
#include <unordered_set>

using namespace tieline;
using namespace std::chrono_literals;

namespace {

struct fixture {
  fixture() {
    init();
  }
};

template <class T>
T over_the_wire(const T& x) {
  caf::byte_buffer buffer;
  caf::binary_serializer sink{nullptr, buffer};
  BOOST_REQUIRE(sink.apply(x));
  T result;
  caf::binary_deserializer source{nullptr, buffer};
  BOOST_REQUIRE(source.apply(result));
  BOOST_CHECK_EQUAL(source.remaining(), 0u);
  return result;
}

connection_params sample_params() {
  connection_params x;
  x.hostname = "10.0.0.1";
  x.port = 830;
  x.username = "admin";
  x.password = secret{"hunter2-password"};
  x.platform = "junos";
  x.extras = {{"known_hosts", "/tmp/kh"}};
  x.secrets = {{"passphrase", secret{"hunter2-passphrase"}}};
  return x;
}

/// A connection whose session has been up for a while.
explanation sample_explanation() {
  explanation x;
  x.status.key = {"r1", "ssh"};
  x.status.state = connection_state::open;
  // 2026-01-31T03:00:00Z
  x.status.since = caf::timestamp{caf::timespan{1769828400s} + 999ms};
  x.status.attempts = 1;
  x.session_age = 1h + 2min + 3s;
  return x;
}

struct explanation_row {
  const char* name;
  void (*change)(explanation&);
  const char* text;
};

const explanation_row explanation_rows[] = {
  {"at work", [](explanation& x) { x.status.in_flight = 1; },
   "ssh://r1: open, since 2026-01-31T03:00:00Z\n"
   "  session up for 1h 2min, in use\n"
   "  1 attempt, 0 callers and 0 requests waiting, 1 request running\n"},
  {"idle", [](explanation& x) { x.idle = 12345ms; },
   "ssh://r1: open, since 2026-01-31T03:00:00Z\n"
   "  session up for 1h 2min, idle for 12.3s\n"
   "  1 attempt, 0 callers and 0 requests waiting, 0 requests running\n"},
  {"never opened",
   [](explanation& x) {
     x = {};
     x.status.key = {"r1", "ssh"};
   },
   "ssh://r1: closed\n"
   "  0 attempts, 0 callers and 0 requests waiting, 0 requests running\n"},
  {"its factory is slow",
   [](explanation& x) {
     x = {};
     x.status.key = {"r1", "ssh"};
     x.status.waiting = 1;
     x.what = waits_for::factory;
   },
   "ssh://r1: closed\n"
   "  new work waits for a factory to make its transport\n"
   "  0 attempts, 1 caller and 0 requests waiting, 0 requests running\n"},
  {"paused",
   [](explanation& x) {
     x.status.held = hold::paused;
     x.status.queued = 2;
     x.what = waits_for::resume;
     x.idle = 4min;
   },
   "ssh://r1: open, paused, since 2026-01-31T03:00:00Z\n"
   "  session up for 1h 2min, idle for 4min\n"
   "  new work waits for an operator to resume it\n"
   "  1 attempt, 0 callers and 2 requests waiting, 0 requests running\n"},
  {"draining",
   [](explanation& x) {
     x.status.held = hold::draining;
     x.status.in_flight = 1;
     x.running = {{"client@1", 250ms}};
   },
   "ssh://r1: open, draining, since 2026-01-31T03:00:00Z\n"
   "  session up for 1h 2min, in use\n"
   "  1 attempt, 0 callers and 0 requests waiting, 1 request running\n"
   "  runs for 250ms, asked by client@1\n"},
  {"backing off",
   [](explanation& x) {
     x.status.state = connection_state::backoff;
     x.status.attempts = 3;
     x.status.waiting = 2;
     x.status.last_error
       = make_error(errc::refused, {{"r1", "ssh"}, step::connect, "", 4200ms});
     x.session_age = 0s;
     x.what = waits_for::backoff;
     x.next_attempt_in = 4200ms;
     x.admission.breaker_failures = 3;
   },
   "ssh://r1: backoff, since 2026-01-31T03:00:00Z\n"
   "  new work waits for the next attempt, in 4.2s\n"
   "  the host failed 3 times in a row\n"
   "  last error: ssh://r1: connection refused (connect); retry in 4.2s\n"
   "  3 attempts, 2 callers and 0 requests waiting, 0 requests running\n"},
  {"left alone",
   [](explanation& x) {
     x.status.state = connection_state::closed;
     x.session_age = 0s;
     x.next_attempt_in = 74s;
     x.admission.breaker = breaker_state::open;
     x.admission.breaker_failures = 5;
     x.admission.breaker_reopens_in = 74s;
   },
   "ssh://r1: closed, since 2026-01-31T03:00:00Z\n"
   "  next attempt in 1min 14s\n"
   "  the host failed 5 times in a row: it is left alone for another 1min "
   "14s\n"
   "  1 attempt, 0 callers and 0 requests waiting, 0 requests running\n"},
  {"tried again, to see",
   [](explanation& x) {
     x.status.state = connection_state::opening;
     x.session_age = 0s;
     x.what = waits_for::transport;
     x.admission.breaker = breaker_state::half_open;
     x.admission.breaker_failures = 1;
   },
   "ssh://r1: opening, since 2026-01-31T03:00:00Z\n"
   "  new work waits for the session to open\n"
   "  the host failed 1 time in a row: one attempt is let through, to see\n"
   "  1 attempt, 0 callers and 0 requests waiting, 0 requests running\n"},
  {"in the queue",
   [](explanation& x) {
     x.status.state = connection_state::opening;
     x.session_age = 0s;
     x.what = waits_for::max_opening_per_jump_domain;
     x.admission.what = x.what;
     x.admission.used = 8;
     x.admission.limit = 8;
     x.admission.position = 3;
   },
   "ssh://r1: opening, since 2026-01-31T03:00:00Z\n"
   "  new work waits for its turn, by tieline.max-opening-per-jump-domain, 8 "
   "of 8 taken, number 3 in the queue\n"
   "  1 attempt, 0 callers and 0 requests waiting, 0 requests running\n"},
  {"what the admission said of another wait",
   [](explanation& x) {
     x.session_age = 0s;
     x.what = waits_for::max_sessions;
     x.admission.what = waits_for::max_opening;
     x.admission.limit = 8;
   },
   "ssh://r1: open, since 2026-01-31T03:00:00Z\n"
   "  new work waits for its turn, by tieline.max-sessions\n"
   "  1 attempt, 0 callers and 0 requests waiting, 0 requests running\n"},
  {"a credential that is wrong here and there",
   [](explanation& x) { x.admission.credential_failures = 1; },
   "ssh://r1: open, since 2026-01-31T03:00:00Z\n"
   "  session up for 1h 2min, in use\n"
   "  1 host in a row refused the credential\n"
   "  1 attempt, 0 callers and 0 requests waiting, 0 requests running\n"},
  {"a credential that is wrong",
   [](explanation& x) {
     x.admission.credential_failures = 3;
     x.admission.credential_stopped = true;
   },
   "ssh://r1: open, since 2026-01-31T03:00:00Z\n"
   "  session up for 1h 2min, in use\n"
   "  3 hosts in a row refused the credential: logins with it are stopped "
   "until it is cleared\n"
   "  1 attempt, 0 callers and 0 requests waiting, 0 requests running\n"},
  {"full",
   [](explanation& x) {
     x.what = waits_for::running_requests;
     x.status.in_flight = 2;
     x.status.queued = 5;
     x.running = {{"client@1", 90s}, {"client@2", 1500ms}};
     x.queued = {{"client@3", 61s}, {"client@4", 60s}};
   },
   "ssh://r1: open, since 2026-01-31T03:00:00Z\n"
   "  session up for 1h 2min, in use\n"
   "  new work waits for requests that run: the session takes no more at "
   "once\n"
   "  1 attempt, 0 callers and 5 requests waiting, 2 requests running\n"
   "  runs for 1min 30s, asked by client@1\n"
   "  runs for 1.5s, asked by client@2\n"
   "  waits for 1min 1s, asked by client@3\n"
   "  waits for 1min, asked by client@4\n"
   "  and 3 more\n"},
};

struct permit {
  permit() {
    secret::permit_serialization(true);
  }
  ~permit() {
    secret::permit_serialization(false);
  }
};

template <class Enum>
void check_names(Enum last) {
  BOOST_REQUIRE_EQUAL(std::size(names_of<Enum>::values),
                      static_cast<size_t>(last) + 1);
  std::unordered_set<std::string> seen;
  for (size_t i = 0; i <= static_cast<size_t>(last); ++i) {
    auto x = static_cast<Enum>(i);
    BOOST_CHECK(seen.insert(to_string(x)).second);
    Enum y{};
    auto name = to_string(x);
    BOOST_CHECK(from_string(compat::string_view{name.data(), name.size()}, y));
    BOOST_CHECK(x == y);
  }
  Enum y{};
  BOOST_CHECK(!from_integer(
    static_cast<std::underlying_type_t<Enum>>(static_cast<int>(last) + 1), y));
  BOOST_CHECK(!from_string(compat::string_view{"no such name"}, y));
}

} // namespace

BOOST_AUTO_TEST_SUITE(messages_test)

BOOST_FIXTURE_TEST_SUITE(messages, fixture)

BOOST_AUTO_TEST_CASE(keys_compare_both_parts_byte_by_byte) {
  connection_key a{"ab", "c"};
  BOOST_CHECK(a == (connection_key{"ab", "c"}));
  BOOST_CHECK(a != (connection_key{"a", "bc"}));
  BOOST_CHECK(a != (connection_key{"AB", "c"}));
  BOOST_CHECK((connection_key{"a", "z"}) < (connection_key{"b", "a"}));
  BOOST_CHECK((connection_key{}) == (connection_key{"", ""}));
  BOOST_CHECK_EQUAL(to_string(connection_key{"r1", "ssh"}), "ssh://r1");
}

BOOST_AUTO_TEST_CASE(keys_hash_apart) {
  std::hash<connection_key> hash;
  BOOST_CHECK_EQUAL(hash({"ab", "c"}), hash({"ab", "c"}));
  BOOST_CHECK_NE(hash({"ab", "c"}), hash({"a", "bc"}));
  BOOST_CHECK_NE(hash({"ab", "c"}), hash({"c", "ab"}));
}

BOOST_AUTO_TEST_CASE(secrets_never_print) {
  auto text = caf::deep_to_string(sample_params());
  BOOST_CHECK(text.find("hunter2") == std::string::npos);
  BOOST_CHECK(text.find("***") != std::string::npos);
  BOOST_CHECK(text.find("admin") != std::string::npos);
  auto message = caf::make_message(sample_params());
  BOOST_CHECK(to_string(message).find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_secret_is_withheld_unless_told_otherwise) {
  auto got = over_the_wire(sample_params());
  BOOST_CHECK(got.password.withheld());
  BOOST_CHECK(got.password.empty());
  BOOST_CHECK(got.secrets.at("passphrase").withheld());
  BOOST_CHECK_EQUAL(got.username, "admin");
}

BOOST_AUTO_TEST_CASE(a_secret_crosses_when_told) {
  permit permission;
  auto got = over_the_wire(sample_params());
  BOOST_CHECK(got == sample_params());
  BOOST_CHECK_EQUAL(got.password.reveal(), "hunter2-password");
}

BOOST_AUTO_TEST_CASE(an_empty_secret_is_not_withheld) {
  BOOST_CHECK(!over_the_wire(secret{}).withheld());
}

BOOST_AUTO_TEST_CASE(a_secret_is_wiped_when_destroyed) {
  alignas(secret) unsigned char room[sizeof(secret)];
  // Short enough to be stored in place, so that the bytes can be looked at.
  auto* x = new (room) secret{"hunter2"};
  const auto* value = x->reveal().data();
  BOOST_REQUIRE(reinterpret_cast<const unsigned char*>(value) >= room
                && reinterpret_cast<const unsigned char*>(value)
                     < room + sizeof(room));
  x->~secret();
  std::string_view left{reinterpret_cast<const char*>(room), sizeof(room)};
  BOOST_CHECK(left.find("hunter") == std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(a_moved_from_secret_is_empty) {
  secret x{"abc"};
  secret y{std::move(x)};
  BOOST_CHECK(x.empty()); // NOLINT: the point of this test
  BOOST_CHECK_EQUAL(y.reveal(), "abc");
  secret z;
  z = std::move(y);
  BOOST_CHECK(y.empty()); // NOLINT: the point of this test
  BOOST_CHECK(z == secret{"abc"});
  BOOST_CHECK(z != secret{"abd"});
  BOOST_CHECK(z != secret{"ab"});
}

BOOST_AUTO_TEST_CASE(every_enum_has_a_name_for_each_value) {
  check_names(errc::operation_failed);
  check_names(notification_kind::end);
  check_names(step::session);
  check_names(connection_state::closing);
  check_names(connection_event::evicted);
  check_names(hold::draining);
  check_names(waits_for::closing);
  check_names(breaker_state::half_open);
  check_names(attempt_outcome::failed);
  check_names(event_kind::notice);
  check_names(operation::expect_disconnect);
  check_names(node_state::lost);
}

BOOST_AUTO_TEST_CASE(every_errc_has_a_sentence_of_its_own) {
  std::unordered_set<std::string_view> seen;
  for (size_t i = 0; i < std::size(names_of<errc>::values); ++i)
    BOOST_CHECK(seen.insert(sentence(static_cast<errc>(i))).second);
  BOOST_CHECK(seen.count("unknown error") == 0);
}

BOOST_AUTO_TEST_CASE(an_error_says_who_what_where_and_why) {
  auto x = make_error(errc::auth_failed,
                      {{"r1", "ssh"}, step::auth, "tried password"});
  BOOST_CHECK(code_of(x) == errc::auth_failed);
  BOOST_CHECK(x == errc::auth_failed);
  BOOST_CHECK_EQUAL(failure_of(x).cause, "tried password");
  BOOST_CHECK_EQUAL(
    describe(x),
    "ssh://r1: authentication failed (authentication): tried password");
  auto y = over_the_wire(x);
  BOOST_CHECK_EQUAL(describe(y), describe(x));
}

BOOST_AUTO_TEST_CASE(a_foreign_error_is_described_too) {
  caf::error x{caf::sec::runtime_error};
  BOOST_CHECK(code_of(x) == errc::none);
  BOOST_CHECK(failure_of(x).cause.empty());
  BOOST_CHECK_EQUAL(describe(x), to_string(x));
  BOOST_CHECK(code_of(caf::error{}) == errc::none);
}

BOOST_AUTO_TEST_CASE(params_out_of_a_message_are_a_peers) {
  connection_params params;
  params.hostname = "r1";
  connection_params bastion;
  bastion.hostname = "b1";
  bastion.via = {{{"b0", "ssh"}, {}}};
  params.via = {{{"b1", "ssh"}, bastion}};
  BOOST_CHECK(!params.from_peer);
  auto got = over_the_wire(params);
  BOOST_CHECK(got.from_peer);
  BOOST_REQUIRE_EQUAL(got.via.size(), 2u);
  for (const auto& x : got.via)
    BOOST_CHECK(x.params.from_peer);
  // They are the same for all else.
  bastion.via.clear();
  connection_params flat = params;
  flat.via = {{{"b0", "ssh"}, {}}, {{"b1", "ssh"}, bastion}};
  BOOST_CHECK(got == flat);
}

BOOST_AUTO_TEST_CASE(requests_replies_and_statuses_cross_the_wire) {
  request ask{"show version", {{"stdin", "x"}}, std::chrono::seconds{3}, 10};
  auto got = over_the_wire(ask);
  BOOST_CHECK_EQUAL(got.body, ask.body);
  BOOST_CHECK(got.attributes == ask.attributes);
  BOOST_CHECK(got.timeout == ask.timeout);
  BOOST_CHECK_EQUAL(got.output_limit, 10u);
  reply back{"out", "err", -1, {{"exit_signal", "KILL"}}, caf::timespan{7}};
  BOOST_CHECK_EQUAL(over_the_wire(back).attributes.at("exit_signal"), "KILL");
  connection_status status;
  status.key = {"r1", "ssh"};
  status.state = connection_state::backoff;
  status.last_error = make_error(errc::refused, {});
  auto seen = over_the_wire(status);
  BOOST_CHECK(seen.state == connection_state::backoff);
  BOOST_CHECK(seen.last_error == errc::refused);
}

BOOST_AUTO_TEST_CASE(a_failure_crosses_the_wire_with_its_retry) {
  auto x = over_the_wire(make_error(
    errc::circuit_open, {{"r1", "ssh"}, step::connect, "5 failures", 12345ms}));
  BOOST_CHECK(failure_of(x).retry_after == 12345ms);
  BOOST_CHECK_EQUAL(describe(x),
                    "ssh://r1: the host failed too often and is left alone for "
                    "a while (connect): 5 failures; retry in 12.3s");
  for (auto code : {errc::overloaded, errc::draining, errc::circuit_open,
                    errc::credential_stopped})
    BOOST_CHECK(over_the_wire(make_error(code, {})) == code);
}

BOOST_AUTO_TEST_CASE(events_cross_the_wire) {
  lifecycle_event x;
  x.key = {"r1", "ssh"};
  x.what = event_kind::credential_stopped;
  x.reason = make_error(errc::auth_failed, {});
  x.span = 5s;
  x.at = caf::timestamp{caf::timespan{7s}};
  x.missed = 9;
  auto got = over_the_wire(x);
  BOOST_CHECK(got.key == x.key);
  BOOST_CHECK(got.what == x.what);
  BOOST_CHECK(got.reason == errc::auth_failed);
  BOOST_CHECK(got.span == x.span);
  BOOST_CHECK(got.at == x.at);
  BOOST_CHECK_EQUAL(got.missed, 9u);
}

BOOST_AUTO_TEST_CASE(selectors_and_traits_cross_the_wire) {
  BOOST_CHECK((over_the_wire(selector{"r*", "ssh"}) == selector{"r*", "ssh"}));
  BOOST_CHECK_EQUAL(over_the_wire(session_traits{8}).concurrency, 8u);
}

BOOST_AUTO_TEST_CASE(tickets_and_what_becomes_of_them_cross_the_wire) {
  ticket x;
  x.id = 1;
  x.key = {"r1", "ssh"};
  x.endpoint = "192.0.2.1:22";
  x.username = "admin";
  x.credential = 2;
  x.credential_domain = "tacacs";
  x.jump_domain = "bastion";
  x.caller = 3;
  x.expects_failure = true;
  x.opens_per_minute = 4;
  x.breaker_failures = 5;
  x.breaker_delay = 6s;
  x.breaker_delay_max = 7s;
  auto got = over_the_wire(x);
  BOOST_CHECK_EQUAL(caf::deep_to_string(got), caf::deep_to_string(x));
  admission_status y;
  y.what = waits_for::max_sessions;
  y.position = 1;
  y.used = 2;
  y.limit = 3;
  y.breaker = breaker_state::half_open;
  y.breaker_failures = 4;
  y.breaker_reopens_in = 5s;
  y.credential_stopped = true;
  y.credential_failures = 6;
  BOOST_CHECK_EQUAL(caf::deep_to_string(over_the_wire(y)),
                    caf::deep_to_string(y));
}

BOOST_AUTO_TEST_CASE(explanations_cross_the_wire) {
  auto x = sample_explanation();
  x.what = waits_for::running_requests;
  x.status.held = hold::paused;
  x.status.epoch = 2;
  x.admission.credential_failures = 3;
  x.next_attempt_in = 4s;
  x.idle = 5s;
  x.running = {{"a@1", 6s}, {"b@2", 7s}};
  x.queued = {{"c@3", 8s}};
  auto got = over_the_wire(x);
  BOOST_CHECK_EQUAL(caf::deep_to_string(got), caf::deep_to_string(x));
  BOOST_CHECK_EQUAL(describe(got), describe(x));
}

BOOST_AUTO_TEST_CASE(an_explanation_reads_as_the_table_says) {
  for (auto& r : explanation_rows) {
    BOOST_TEST_CONTEXT(r.name) {
      auto x = sample_explanation();
      r.change(x);
      BOOST_CHECK_EQUAL(describe(x), r.text);
    }
  }
}

BOOST_AUTO_TEST_CASE(all_that_may_be_waited_for_reads_differently) {
  std::unordered_set<std::string> seen;
  for (size_t i = 0; i < std::size(names_of<waits_for>::values); ++i) {
    auto x = sample_explanation();
    x.what = static_cast<waits_for>(i);
    BOOST_CHECK(seen.insert(describe(x)).second);
  }
}

BOOST_AUTO_TEST_CASE(times_are_readable) {
  const std::pair<caf::timespan, const char*> rows[] = {
    {0s, "0s"},
    {-1s, "0s"},
    {caf::timespan::min(), "0s"},
    {1ns, "1ns"},
    {1999ns, "1us"},
    {999999ns, "999us"},
    {1ms, "1ms"},
    {999999us, "999ms"},
    {1s, "1s"},
    {1099ms, "1s"},
    {1100ms, "1.1s"},
    {59999ms, "59.9s"},
    {1min, "1min"},
    {61999ms, "1min 1s"},
    {59min + 59s, "59min 59s"},
    {1h, "1h"},
    {1h + 59s, "1h"},
    {23h + 59min, "23h 59min"},
    {24h, "1d"},
    {24h * 7 + 25h, "8d 1h"},
    {caf::timespan::max(), "106751d 23h"},
  };
  for (auto& [span, text] : rows)
    BOOST_CHECK_EQUAL(readable(span), text);
  BOOST_CHECK_EQUAL(readable(caf::timestamp{}), "1970-01-01T00:00:00Z");
  BOOST_CHECK_EQUAL(readable(caf::timestamp{-1ns}), "1969-12-31T23:59:59Z");
}

BOOST_AUTO_TEST_CASE(type_ids_start_where_the_host_wants_them) {
  BOOST_CHECK_EQUAL(caf::id_block::tieline_first_type_id,
                    TIELINE_FIRST_TYPE_ID);
  auto first = static_cast<size_t>(TIELINE_FIRST_TYPE_ID);
  auto last = static_cast<size_t>(caf::id_block::tieline_local::end);
  BOOST_CHECK_LE(last - first, 200u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
