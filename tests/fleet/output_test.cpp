
#include "fleet/fold.hpp"
#include "fleet/json.hpp"
#include "fleet/progress.hpp"
#include "fleet/recap.hpp"
#include "fleet/status_table.hpp"
#include "fleet/text.hpp"
#include "support/text.hpp"

#include <tieline/messages/failure.hpp>
#include <tieline/messages/interfaces.hpp>

#include <caf/init_global_meta_objects.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace fleet;
using namespace std::string_literals;
using tieline::errc;
using tieline::test::contains;

namespace {

struct message_types {
  message_types() {
    caf::core::init_global_meta_objects();
    tieline::init();
  }
};

BOOST_TEST_GLOBAL_FIXTURE(message_types);

constexpr auto elapsed = std::chrono::milliseconds{1234};

host_result answered(std::string host, std::string output, int status = 0,
                     std::string error_output = "") {
  tieline::reply reply;
  reply.output = std::move(output);
  reply.error_output = std::move(error_output);
  reply.status = status;
  return command_ended(std::move(host), std::move(reply), elapsed);
}

caf::error error_at(const std::string& host, errc code, tieline::step where) {
  return tieline::make_error(code, {{host, "ssh"}, where, "the cause"});
}

host_result refused(const std::string& host) {
  return open_failed(host,
                     error_at(host, errc::refused, tieline::step::connect),
                     elapsed);
}

struct fold_row {
  std::vector<std::string> names;
  const char* folded;
};

const fold_row fold_rows[] = {
  {{}, ""},
  {{"r1"}, "r1"},
  {{"router"}, "router"},
  {{"r1", "r2", "r3"}, "r[1-3]"},
  {{"r3", "r1", "r2", "r2"}, "r[1-3]"},
  {{"r1", "r3", "r4", "r9"}, "r[1,3-4,9]"},
  {{"r9", "r10", "r11"}, "r[9-11]"},
  {{"r09", "r10"}, "r[09-10]"},
  {{"r1", "r02"}, "r[1,02]"},
  {{"lab-0999", "lab-1000"}, "lab-[0999-1000]"},
  {{"a1", "b1"}, "a1,b1"},
  {{"web1.dc1", "web2.dc1"}, "web[1-2].dc1"},
  {{"web1.dc1", "web1.dc2"}, "web1.dc[1-2]"},
  {{"web1.dc1", "web2.dc1", "web1.dc2", "web2.dc2"},
   "web1.dc[1-2],web2.dc[1-2]"},
  {{"10.0.0.1", "10.0.0.2"}, "10.0.0.[1-2]"},
  {{"r1", "router", "r2"}, "r[1-2],router"},
  {{"n99999999999999999999", "n1"}, "n1,n99999999999999999999"},
};

struct outcome_row {
  const char* name;
  host_result given;
  fleet::outcome expected;
  const char* cause;
};

struct explained_row {
  errc code;
  bool expected;
};

constexpr explained_row explained_rows[] = {
  {errc::timeout, true},      {errc::overloaded, true},
  {errc::circuit_open, true}, {errc::credential_stopped, true},
  {errc::refused, false},     {errc::auth_failed, false},
  {errc::canceled, false},
};

tieline::connection_status status(const std::string& host,
                                  tieline::connection_state state) {
  tieline::connection_status result;
  result.key = {host, "ssh"};
  result.state = state;
  return result;
}

/// A host whose time was over before its turn came.
host_result too_late(const std::string& host) {
  auto result = open_failed(host,
                            error_at(host, errc::timeout, tieline::step::open),
                            elapsed);
  tieline::explanation why;
  why.status = status(host, tieline::connection_state::closed);
  why.status.since = caf::timestamp{std::chrono::hours{24}};
  why.what = tieline::waits_for::max_opening;
  why.admission.what = why.what;
  why.admission.used = 32;
  why.admission.limit = 32;
  result.explanation = why;
  return result;
}

struct exit_row {
  size_t ok, failed, unreachable;
  bool interrupted;
  int expected;
};

// Three hosts each.
constexpr exit_row exit_rows[] = {
  {3, 0, 0, false, 0},  {2, 1, 0, false, 2},  {2, 0, 1, false, 4},
  {1, 1, 1, false, 6},  {2, 0, 0, true, 130}, {3, 0, 0, true, 130},
  {1, 1, 1, true, 130}, {2, 0, 0, false, 1},
};

struct json_row {
  std::string text;
  const char* json;
};

const json_row json_rows[] = {
  {"", R"("")"},
  {"plain", R"("plain")"},
  {"a\"b\\c/d", R"("a\"b\\c/d")"},
  {"\n\t\r", R"("\n\t\r")"},
  {"\x01\x1b\x7f"s, "\"\\u0001\\u001b\\u007f\""},
  {"a\0b"s, R"("a\u0000b")"},
  {"gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
  {"\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
  // What would control a terminal, or mislead who looks at it.
  {"\xc2\x9b\xe2\x80\xae", R"("\u009b\u202e")"},
  // What is not UTF-8: stray, cut short, overlong, surrogate, too high. None of
  // its bytes is lost.
  {"a\xff z", "\"a\xef\xbf\xbd z\",\"output_base64\":\"Yf8geg==\""},
  {"\x80", "\"\xef\xbf\xbd\",\"output_base64\":\"gA==\""},
  {"\xc3", "\"\xef\xbf\xbd\",\"output_base64\":\"ww==\""},
  {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\",\"output_base64\":\"wK8=\""},
  {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\","
                   "\"output_base64\":\"7aCA\""},
  {"\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                       "\",\"output_base64\":\"9JCAgA==\""},
  {"\xe2\x82\"", "\"\xef\xbf\xbd\\\"\",\"output_base64\":\"4oIi\""},
};

} // namespace

BOOST_AUTO_TEST_SUITE(output_test)

BOOST_AUTO_TEST_CASE(names_are_folded_as_clush_does) {
  for (auto& row : fold_rows)
    BOOST_TEST(fold(row.names) == row.folded);
}

BOOST_AUTO_TEST_CASE(outcome_and_cause_follow_from_what_happened) {
  auto execute = [](errc code) {
    return execute_failed("r1", error_at("r1", code, tieline::step::execute),
                          elapsed);
  };
  auto open = [](errc code) {
    return open_failed("r1", error_at("r1", code, tieline::step::open),
                       elapsed);
  };
  auto reopen = [](errc code) {
    return execute_failed("r1", error_at("r1", code, tieline::step::open),
                          elapsed);
  };
  auto killed = answered("r1", "", -1);
  killed.reply.attributes["exit_signal"] = "KILL";
  const outcome_row rows[] = {
    {"status 0", answered("r1", ""), outcome::ok, "exit status 0"},
    {"status 3", answered("r1", "", 3), outcome::failed, "exit status 3"},
    {"a signal", killed, outcome::failed, "signal KILL"},
    {"refused", open(errc::refused), outcome::unreachable,
     "connection refused"},
    {"a late open", open(errc::timeout), outcome::unreachable, "timed out"},
    {"a late answer", execute(errc::timeout), outcome::failed, "timed out"},
    {"too much output", execute(errc::output_limit), outcome::failed,
     "the output exceeds its limit"},
    {"an answer that is no good", execute(errc::protocol_error),
     outcome::failed, "the peer does not speak the protocol"},
    {"lost", execute(errc::connection_lost), outcome::unreachable,
     "connection lost"},
    {"too many requests", execute(errc::overloaded), outcome::failed,
     "too much is waiting already"},
    {"lost, then late", reopen(errc::timeout), outcome::unreachable,
     "timed out"},
    {"lost, then no place", reopen(errc::overloaded), outcome::unreachable,
     "too much is waiting already"},
    {"no place", open(errc::overloaded), outcome::unreachable,
     "too much is waiting already"},
    {"left alone", open(errc::circuit_open), outcome::unreachable,
     "the host failed too often and is left alone for a while"},
    {"not to be locked", open(errc::credential_stopped), outcome::unreachable,
     "logins with this credential are stopped after failures"},
    {"closed while opening", open(errc::closed), outcome::canceled,
     "the connection is closed"},
    {"closed while running", execute(errc::canceled), outcome::canceled,
     "canceled"},
  };
  for (auto& row : rows)
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(to_string(row.given.outcome) == to_string(row.expected));
      BOOST_TEST(cause(row.given) == row.cause);
    }
}

BOOST_AUTO_TEST_CASE(what_is_good_of_http_has_another_number) {
  auto answer = [](int32_t status) {
    tieline::reply result;
    result.status = status;
    result.attributes["http_version"] = "1.1";
    return command_ended("r1", std::move(result), elapsed);
  };
  for (auto status : {200, 204, 304})
    BOOST_TEST(to_string(answer(status).outcome) == "ok");
  for (auto status : {0, 100, 199, 300, 301, 302, 303, 307, 308, 400, 404, 500})
    BOOST_TEST(to_string(answer(status).outcome) == "failed", status);
  BOOST_TEST(cause(answer(404)) == "HTTP status 404");
}

BOOST_AUTO_TEST_CASE(what_http_servers_object_to_is_shown) {
  tieline::reply moved;
  moved.status = 302;
  moved.attributes = {{"http_version", "1.1"}, {"note", "it leads to /login"}};
  auto result = command_ended("r1", moved, elapsed);
  BOOST_TEST(to_line(result)
             == "r1 | failed | HTTP status 302; it leads to /login\n");
  BOOST_TEST(cause(result) == "HTTP status 302");
  BOOST_TEST(contains(to_json(result), R"("note":"it leads to /login")"));
  tieline::reply refused;
  refused.status = 200;
  refused.output = R"({"ietf-restconf:errors":{"error":{"error-tag":)"
                   R"("access-denied","error-message":"not you"}}})";
  refused.attributes = {{"http_version", "2"},
                        {"header.content-type", "application/yang-data+json"}};
  result = command_ended("r1", refused, elapsed);
  BOOST_TEST(to_string(result.outcome) == "failed");
  BOOST_TEST(contains(to_line(result), "r1 | failed | HTTP status 200 with an "
                                       "error; access-denied: not you | "));
  refused.status = 403;
  result = command_ended("r1", refused, elapsed);
  BOOST_TEST(contains(to_line(result), "r1 | failed | HTTP status 403; "
                                       "access-denied: not you | "));
}

BOOST_AUTO_TEST_CASE(what_netconf_servers_report_is_shown) {
  auto warned = answered("r1", "");
  warned.reply.attributes = {{"warnings", "1"},
                             {"error-severity", "warning"},
                             {"error-tag", "old"},
                             {"error-message", "no more"}};
  BOOST_TEST(to_line(warned) == "r1 | ok | warning: old: no more\n");
  BOOST_TEST(contains(to_json(warned),
                      R"("warnings":[{"type":"","tag":"old",)"
                      R"("severity":"warning","message":"no more"}])"));
  auto repaired = answered("r1", "x");
  repaired.reply.attributes = {{"repaired", "2"}};
  BOOST_TEST(to_line(repaired) == "r1 | ok | x\\nrepaired bytes: 2\n");
  BOOST_TEST(contains(to_json(repaired), R"("repaired":"2")"));
  tieline::failure two{{"r1", "netconf"}, tieline::step::execute, "a: b"};
  two.details = {{"error-severity", "error"},
                 {"error-tag", "a"},
                 {"2.error-severity", "warning"},
                 {"2.error-tag", "old"},
                 {"2.error-path", "/x"}};
  auto failed = execute_failed("r1",
                               tieline::make_error(errc::operation_failed, two),
                               elapsed);
  BOOST_TEST(contains(to_line(failed), " | warning: old, at /x\n"));
  BOOST_TEST(contains(to_json(failed),
                      R"("errors":[{"type":"","tag":"a","severity":"error"},)"
                      R"({"type":"","tag":"old","severity":"warning",)"
                      R"("path":"/x"}])"));
}

BOOST_AUTO_TEST_CASE(
  a_command_without_an_exit_status_has_an_outcome_of_its_own) {
  tieline::reply reply;
  reply.output = "up 3 days\n";
  reply.status = -1;
  reply.attributes["exit_status"] = "none";
  auto result = command_ended("r1", std::move(reply), elapsed);
  BOOST_TEST(to_line(result) == "r1 | no exit status | up 3 days\n");
  auto json = to_json(result);
  BOOST_TEST(contains(json, R"("status":"no exit status")"));
  BOOST_TEST(!contains(json, "exit_status"));
  recap x;
  x.tally.hosts = 2;
  x.tally.add(answered("r2", ""));
  x.tally.add(result);
  BOOST_TEST(contains(to_text(x, false), "0 failed, 0 unreachable, 1 without "
                                         "exit status"));
  BOOST_TEST(contains(to_json(x), R"("no_status":1)"));
  BOOST_TEST(static_cast<int>(exit_status_of(x.tally, false)) == 3);
  x.tally.hosts = 3;
  x.tally.add(answered("r3", "", 1));
  BOOST_TEST(static_cast<int>(exit_status_of(x.tally, false)) == 2);
}

BOOST_AUTO_TEST_CASE(what_came_before_an_error_is_shown) {
  auto late = execute_failed("r1",
                             tieline::make_error(errc::timeout,
                                                 {{"r1", "ssh"},
                                                  tieline::step::execute,
                                                  "late",
                                                  caf::timespan{0},
                                                  {{"output", "line 1\n"}}}),
                             elapsed);
  BOOST_TEST(contains(to_block(late), "(execute): late | 1.23 s\nline 1\n"));
  BOOST_TEST(contains(to_json(late), R"("output":"line 1\n")"));
}

BOOST_AUTO_TEST_CASE(the_exit_status_tells_how_it_went) {
  for (auto& row : exit_rows) {
    tally x;
    x.hosts = 3;
    x.ok = row.ok;
    x.failed = row.failed;
    x.unreachable = row.unreachable;
    BOOST_TEST(static_cast<int>(exit_status_of(x, row.interrupted))
               == row.expected);
  }
}

BOOST_AUTO_TEST_CASE(a_block_has_a_headline_and_the_output) {
  BOOST_TEST(to_block(answered("r1", "up 3 days\n"))
             == "r1 | ok | 1.23 s\nup 3 days\n\n");
  BOOST_TEST(to_block(answered("r1", "out", 2, "err"))
             == "r1 | failed | exit status 2 | 1.23 s\nout\nerr\n\n");
  BOOST_TEST(to_block(refused("r1"))
             == "r1 | unreachable | ssh://r1: connection refused (connect): "
                "the cause | 1.23 s\n\n");
}

BOOST_AUTO_TEST_CASE(one_line_per_host_keeps_newlines_visible) {
  BOOST_TEST(to_line(answered("r1", "a\nb\n")) == "r1 | ok | a\\nb\n");
  BOOST_TEST(to_line(answered("r1", "")) == "r1 | ok\n");
  BOOST_TEST(to_line(answered("r1", "", 1, "no\n"))
             == "r1 | failed | exit status 1 | no\n");
}

BOOST_AUTO_TEST_CASE(identical_output_is_gathered_once) {
  auto text = gather({answered("r1", "7.1\n"), answered("r2", "7.2\n"),
                      answered("r4", "7.2\n"), answered("r3", "7.2\n"),
                      refused("r5"), refused("r6"), answered("r7", "", 1)});
  BOOST_TEST(text
             == "r[2-4] (3) | ok\n7.2\n\n"
                "r1 (1) | ok\n7.1\n\n"
                "r7 (1) | failed | exit status 1\n\n"
                "r[5-6] (2) | unreachable | connection refused (connect): the "
                "cause\n\n");
}

BOOST_AUTO_TEST_CASE(errors_that_differ_only_in_their_cause_are_gathered) {
  auto failed_by = [](const char* host, const char* cause) {
    return open_failed(
      host,
      tieline::make_error(errc::refused,
                          {{host, "ssh"}, tieline::step::connect, cause}),
      elapsed);
  };
  BOOST_TEST(gather({failed_by("r1", "port 1"), failed_by("r2", "port 2")})
             == "r[1-2] (2) | unreachable | connection refused (connect)\n\n");
}

BOOST_AUTO_TEST_CASE(equal_output_of_another_outcome_is_not_gathered_with_it) {
  auto text = gather({answered("r1", "x\n"), answered("r2", "x\n", 1)});
  BOOST_TEST(text
             == "r1 (1) | ok\nx\n\nr2 (1) | failed | exit status 1\nx\n\n");
}

BOOST_AUTO_TEST_CASE(hosts_left_alone_for_different_times_are_gathered) {
  auto left_alone = [](const char* host, int seconds) {
    return open_failed(host,
                       tieline::make_error(errc::circuit_open,
                                           {{host, "ssh"},
                                            tieline::step::open,
                                            "5 failures in a row",
                                            std::chrono::seconds{seconds}}),
                       elapsed);
  };
  BOOST_TEST(gather({left_alone("r1", 14), left_alone("r2", 15)})
             == "r[1-2] (2) | unreachable | the host failed too often and is "
                "left alone for a while (open)\n\n");
  BOOST_TEST(to_line(left_alone("r1", 15))
             == "r1 | unreachable | ssh://r1: the host failed too often and is "
                "left alone for a while (open): 5 failures in a row; retry in "
                "15s\n");
}

BOOST_AUTO_TEST_CASE(errors_of_waiting_in_vain_need_an_explanation) {
  for (auto& row : explained_rows)
    BOOST_TEST(needs_explanation(error_at("r1", row.code, tieline::step::open))
                 == row.expected,
               to_string(row.code));
  BOOST_TEST(!needs_explanation({}));
}

BOOST_AUTO_TEST_CASE(an_explanation_is_below_the_result) {
  auto why = [](const std::string& host) {
    return "  ssh://" + host
           + ": closed, since 1970-01-02T00:00:00Z\n"
             "    new work waits for its turn, by tieline.max-opening, 32 of "
             "32 taken\n"
             "    0 attempts, 0 callers and 0 requests waiting, 0 requests "
             "running\n";
  };
  auto headline = "r1 | unreachable | ssh://r1: timed out (open): the cause"s;
  BOOST_TEST(to_block(too_late("r1"))
             == headline + " | 1.23 s\n" + why("r1") + '\n');
  BOOST_TEST(to_line(too_late("r1")) == headline + '\n' + why("r1"));
  auto plain = too_late("r3");
  plain.explanation.reset();
  BOOST_TEST(gather({too_late("r2"), plain, too_late("r1")})
             == "r[1-3] (3) | unreachable | timed out (open): the cause\n"
                  + why("r1") + why("r2") + '\n');
}

BOOST_AUTO_TEST_CASE(an_explanation_is_a_member_in_json) {
  BOOST_TEST(
    to_json(too_late("r1"))
    == R"({"host":"r1","status":"unreachable","error":{"code":"timeout",)"
       R"("step":"open","cause":"the cause",)"
       R"("message":"ssh://r1: timed out (open): the cause"},)"
       R"("explanation":{"state":"closed","since":"1970-01-02T00:00:00Z",)"
       R"("waits_for":"max-opening","position":0,"used":32,"limit":32,)"
       R"("next_attempt_in":0.0,"session_age":0.0,)"
       R"("idle":0.0,"breaker":"closed","breaker_failures":0,)"
       R"("breaker_reopens_in":0.0,"credential_stopped":false,)"
       R"("credential_failures":0,"attempts":0,"waiting":0,"queued":0,)"
       R"("in_flight":0},"elapsed":1.234})"
       "\n");
}

BOOST_AUTO_TEST_CASE(a_status_table_has_a_line_per_host_and_their_number) {
  using tieline::connection_state;
  auto open = status("r10", connection_state::open);
  open.in_flight = 1;
  open.attempts = 12;
  auto backoff = status("core", connection_state::backoff);
  backoff.waiting = 2;
  backoff.attempts = 1;
  backoff.last_error = error_at("core", errc::refused, tieline::step::connect);
  BOOST_TEST(status_table({{open, std::chrono::seconds{12}},
                           {backoff, std::chrono::milliseconds{350}}})
             == "host  state      for  waiting  queued  in flight  attempts  "
                "last error\n"
                "core  backoff  350ms        2       0          0         1  "
                "connection refused (connect)\n"
                "r10   open       12s        0       0          1        12  "
                "-\n"
                "1 open, 0 opening, 1 backoff, 0 closed\n");
  BOOST_TEST(status_table({}) == "0 open, 0 opening, 0 backoff, 0 closed\n");
  BOOST_TEST(contains(
    status_table({{status("r1", connection_state::closing), caf::timespan{0}}}),
    "0 open, 0 opening, 0 backoff, 0 closed, 1 closing\n"));
}

BOOST_AUTO_TEST_CASE(any_bytes_become_valid_json) {
  for (auto& row : json_rows)
    BOOST_TEST(to_json(answered("r1", row.text))
               == R"({"host":"r1","status":"ok","exit_status":0,"output":)"s
                    + row.json + R"(,"error_output":"","elapsed":1.234})"
                    + '\n');
}

BOOST_AUTO_TEST_CASE(a_result_is_one_json_object_on_one_line) {
  BOOST_TEST(to_json(answered("r1", "a\n", 2, "b"))
             == R"({"host":"r1","status":"failed","exit_status":2,)"
                R"("output":"a\n","error_output":"b","elapsed":1.234})"
                "\n");
  BOOST_TEST(to_json(refused("r1"))
             == R"({"host":"r1","status":"unreachable","error":{)"
                R"("code":"refused","step":"connect","cause":"the cause",)"
                R"("message":"ssh://r1: connection refused (connect): the )"
                R"(cause"},"elapsed":1.234})"
                "\n");
}

BOOST_AUTO_TEST_CASE(the_recap_counts_by_cause) {
  recap x;
  x.tally.hosts = 6;
  for (auto& result : {answered("r1", ""), answered("r2", "", 1), refused("r3"),
                       refused("r4")})
    x.tally.add(result);
  x.elapsed = elapsed;
  x.threads = 9;
  x.hosts_at_once = 4;
  x.cpu = std::chrono::milliseconds{500};
  BOOST_TEST(to_text(x, false)
             == "recap: 6 hosts, 1 ok, 1 failed, 2 unreachable, 2 not done, "
                "1.23 s\n"
                "  2x connection refused\n"
                "  1x exit status 1\n");
  x.interrupted = true;
  BOOST_TEST(to_text(x, true)
             == "recap (interrupted): 6 hosts, 1 ok, 1 failed, 2 unreachable, "
                "2 not done, 1.23 s\n"
                "  2x connection refused\n"
                "  1x exit status 1\n"
                "  9 threads at peak with 4 hosts at once, cpu 0.50 s\n");
  BOOST_TEST(to_json(x)
             == R"({"recap":{"hosts":6,"ok":1,"failed":1,"unreachable":2,)"
                R"("canceled":2,"causes":{"connection refused":2,)"
                R"("exit status 1":1},"interrupted":true,"elapsed":1.234,)"
                R"("threads":9,"hosts_at_once":4,"cpu":0.5}})"
                "\n");
}

BOOST_AUTO_TEST_CASE(progress_tells_the_true_total) {
  tally x;
  x.hosts = 500;
  x.ok = 118;
  x.failed = 1;
  x.unreachable = 2;
  BOOST_TEST(progress_line(x, 32, elapsed)
             == "121/500 done, 118 ok, 1 failed, 2 unreachable, 32 running, "
                "1.23 s");
}

BOOST_AUTO_TEST_SUITE_END()
