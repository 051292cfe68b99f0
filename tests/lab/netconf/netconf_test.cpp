// NETCONF devices, met with the `ssh` program.

#include "tieline/lab/clients/ssh_program.hpp"
#include "tieline/lab/clients/test_client.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace tieline::lab;
using std::chrono::milliseconds;
using test::eventually;
using test::ssh_program;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Returns the operation with a target.
std::string on(const std::string& operation, const std::string& where,
               const std::string& rest = "") {
  return "<" + operation + "><target><" + where + "/></target>" + rest + "</"
         + operation + ">";
}

std::string hostname(const std::string& name) {
  return "<config><system xmlns=\"urn:ietf:params:xml:ns:yang:ietf-system\">"
         "<hostname>"
         + name + "</hostname></system></config>";
}

const std::string get_hostname
  = "<get-config><source><running/></source><filter><system><hostname/>"
    "</system></filter></get-config>";

std::string subscription(const std::string& content = "") {
  return "<create-subscription "
         "xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\">"
         + content + "</create-subscription>";
}

struct netconf_device {
  netconf_device() {
    options o;
    o.authorized_keys = {keys.line()};
    s = std::make_unique<server>(o);
  }

  device d() const {
    return s->at(0);
  }

  test::key_files keys;
  std::unique_ptr<server> s;
};

/// A device, and one session of base 1.1.
struct session_of_11 : netconf_device {
  session_of_11() {
    hello = c.greet("1.1");
  }

  ssh_program c{d(), keys};
  std::string hello;
};

} // namespace

BOOST_AUTO_TEST_SUITE(netconf_test)

BOOST_FIXTURE_TEST_SUITE(netconf_devices, netconf_device)

BOOST_DATA_TEST_CASE(both_versions_are_spoken,
                     boost::unit_test::data::make({"1.0", "1.1"}), base) {
  ssh_program c{d(), keys};
  auto hello = c.greet(base);
  BOOST_CHECK(has(hello, "<capability>urn:ietf:params:netconf:base:1.0<"));
  BOOST_CHECK(has(hello, "<capability>urn:ietf:params:netconf:base:1.1<"));
  BOOST_CHECK(has(hello, "capability:candidate:1.0<"));
  BOOST_CHECK(has(hello, "<session-id>1</session-id>"));
  BOOST_CHECK_EQUAL(
    c.call(get_hostname),
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
    "<rpc-reply xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\" "
    "message-id=\"101\"><data>"
    "<system xmlns=\"urn:ietf:params:xml:ns:yang:ietf-system\">"
    "<hostname>lab</hostname></system></data></rpc-reply>");
  BOOST_CHECK_EQUAL(d().netconf_status().rpcs.at("get-config"), 1);
  BOOST_CHECK(has(c.call("<close-session/>"), "<ok/>"));
  BOOST_CHECK_EQUAL(c.read_all(), "");
  BOOST_CHECK_EQUAL(c.exit_code(), 0);
  BOOST_CHECK(d().netconf_status().sessions.empty());
}

BOOST_AUTO_TEST_CASE(a_device_may_know_one_version_only) {
  netconf::options o;
  o.base_1_1 = false;
  o.capabilities = {};
  d().become(o);
  ssh_program c{d(), keys};
  BOOST_CHECK(!has(c.greet("1.1"), "base:1.1"));
  BOOST_CHECK_EQUAL(c.read_all(), "");
  ssh_program other{d(), keys};
  other.greet("1.0");
  BOOST_CHECK(has(other.call(get_hostname), "<hostname>lab<"));
  BOOST_CHECK(has(other.call("<commit/>"), "operation-not-supported"));
  BOOST_CHECK(has(other.call(on("lock", "candidate")), "invalid-value"));
  BOOST_CHECK(has(other.call(on("edit-config", "running", hostname("x"))),
                  "operation-not-supported"));
}

BOOST_AUTO_TEST_CASE(a_device_may_have_no_netconf) {
  netconf::options o;
  o.enabled = false;
  d().become(o);
  ssh_program c{d(), keys};
  BOOST_CHECK_EQUAL(c.read_all(), "");
  BOOST_CHECK_NE(c.exit_code(), 0);
}

BOOST_AUTO_TEST_CASE(commands_and_netconf_share_one_ssh_session) {
  test::client c{d()};
  BOOST_REQUIRE(c.open());
  auto channel = ssh_channel_new(c.raw());
  BOOST_REQUIRE_EQUAL(ssh_channel_open_session(channel), SSH_OK);
  BOOST_REQUIRE_EQUAL(ssh_channel_request_subsystem(channel, "netconf"),
                      SSH_OK);
  BOOST_CHECK_EQUAL(c.run("echo beside").value().output, "beside\n");
  char text[16];
  BOOST_CHECK_EQUAL(ssh_channel_read(channel, text, sizeof(text), 0), 16);
  BOOST_CHECK_EQUAL(d().count().logins_ok, 1);
  BOOST_CHECK_EQUAL(d().netconf_status().sessions.size(), 1);
  ssh_channel_free(channel);
  BOOST_CHECK_EQUAL(c.run("echo still").value().output, "still\n");
  BOOST_CHECK(
    eventually([&] { return d().netconf_status().sessions.empty(); }));
}

BOOST_AUTO_TEST_CASE(several_streams_share_one_ssh_session) {
  ssh_program one{d(), keys, ssh_program::sharing::offer};
  one.greet("1.1");
  ssh_program two{d(), keys, ssh_program::sharing::use};
  two.greet("1.0");
  BOOST_CHECK(has(one.call(on("lock", "running")), "<ok/>"));
  BOOST_CHECK(has(two.call(on("lock", "running")), "lock-denied"));
  BOOST_CHECK_EQUAL(d().count().logins_ok, 1);
  BOOST_CHECK_EQUAL(d().netconf_status().sessions.size(), 2);
  BOOST_CHECK(has(two.call("<close-session/>"), "<ok/>"));
  BOOST_CHECK_EQUAL(two.read_all(), "");
  BOOST_CHECK(has(one.call(get_hostname), "<data>"));
}

BOOST_AUTO_TEST_CASE(an_end_of_input_ends_the_session_after_the_replies) {
  ssh_program c{d(), keys};
  c.greet("1.0");
  for (int i = 0; i < 3; ++i)
    c.send("<rpc message-id='1' xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'"
           "><get/></rpc>");
  c.end_input();
  for (int i = 0; i < 3; ++i)
    BOOST_CHECK(has(c.message(), "<netconf-state"));
  BOOST_CHECK_EQUAL(c.read_all(), "");
  BOOST_CHECK_EQUAL(c.exit_code(), 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(netconf_operations, session_of_11)

BOOST_AUTO_TEST_CASE(attributes_of_an_rpc_come_back) {
  c.send("<nc:rpc xmlns:nc='urn:ietf:params:xml:ns:netconf:base:1.0' "
         "message-id='a&lt;b' x:y='z' xmlns:x='urn:x'><nc:get-config>"
         "<nc:source><nc:startup/></nc:source></nc:get-config></nc:rpc>");
  auto reply = c.message();
  BOOST_CHECK(has(reply, "message-id=\"a&lt;b\" x:y=\"z\" xmlns:x=\"urn:x\""));
  BOOST_CHECK(has(reply, "<hostname>lab</hostname>"));
}

BOOST_AUTO_TEST_CASE(a_candidate_is_edited_validated_and_committed) {
  BOOST_CHECK(has(c.call(on("lock", "candidate")), "<ok/>"));
  BOOST_CHECK_EQUAL(d().netconf_status().locks.at("candidate"), 1);
  BOOST_CHECK(
    has(c.call(on("edit-config", "candidate", hostname("new"))), "<ok/>"));
  BOOST_CHECK(has(d().config(netconf::store::running), "lab"));
  BOOST_CHECK(
    has(c.call("<validate><source><candidate/></source></validate>"), "<ok/>"));
  BOOST_CHECK(has(c.call("<commit/>"), "<ok/>"));
  BOOST_CHECK(has(c.call(on("unlock", "candidate")), "<ok/>"));
  BOOST_CHECK(has(d().netconf_status().running, "<hostname>new<"));
  BOOST_CHECK(d().netconf_status().locks.empty());
  BOOST_CHECK(has(d().config(netconf::store::startup), "<hostname>lab<"));
  BOOST_CHECK(
    has(c.call(on("copy-config", "startup", "<source><running/></source>")),
        "<ok/>"));
  BOOST_CHECK(has(d().config(netconf::store::startup), "<hostname>new<"));
  BOOST_CHECK(has(c.call(on("delete-config", "startup")), "<ok/>"));
  BOOST_CHECK_EQUAL(d().config(netconf::store::startup), "");
  BOOST_CHECK(has(c.call(on("delete-config", "running")), "invalid-value"));
}

BOOST_AUTO_TEST_CASE(a_lock_that_another_has_is_denied_with_its_session) {
  c.call(on("lock", "running"));
  {
    ssh_program other{d(), keys};
    other.greet("1.0");
    auto denied = other.call(on("lock", "running"));
    BOOST_CHECK(has(denied, "<error-tag>lock-denied</error-tag>"));
    BOOST_CHECK(has(denied, "<error-info><session-id>1</session-id>"));
    BOOST_CHECK(has(other.call(on("edit-config", "running", hostname("x"))),
                    "<error-tag>in-use</error-tag>"));
    BOOST_CHECK(
      has(other.call("<kill-session><session-id>1</session-id></kill-session>"),
          "<ok/>"));
    BOOST_CHECK(has(other.call(on("lock", "running")), "<ok/>"));
    BOOST_CHECK_EQUAL(c.read_all(), "");
  }
  BOOST_CHECK(eventually([&] { return d().netconf_status().locks.empty(); }));
}

BOOST_AUTO_TEST_CASE(a_session_that_does_not_read_can_be_killed) {
  c.call(on("lock", "candidate"));
  ssh_program other{d(), keys};
  other.greet("1.1");
  d().set(fault::netconf_huge_reply, 50'000'000);
  c.send("<rpc message-id='1' xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'>"
         "<get/></rpc>");
  BOOST_REQUIRE(
    eventually([&] { return d().netconf_status().rpcs.count("get") == 1; }));
  d().heal();
  other.call("<kill-session><session-id>1</session-id></kill-session>");
  BOOST_CHECK(has(other.call(on("lock", "candidate")), "<ok/>"));
  BOOST_CHECK_LT(c.read_all().size(), 50'000'000);
}

BOOST_AUTO_TEST_CASE(what_is_asked_wrongly_is_an_error_with_its_fields) {
  auto refused = [&](const std::string& operation, const char* part) {
    BOOST_TEST_CONTEXT(operation) {
      auto reply = c.call(operation);
      BOOST_CHECK(has(reply, "<rpc-error>"));
      BOOST_CHECK_MESSAGE(has(reply, part), reply);
    }
  };
  refused("<fly/>", "operation-not-supported");
  refused("<get-config/>", "<bad-element>source</bad-element>");
  refused("<get-config><source><attic/></source></get-config>",
          "invalid-value");
  refused("<get><filter type='xpath' select='/'/></get>",
          "operation-not-supported");
  refused(on("edit-config", "running"), "<bad-element>config</bad-element>");
  refused(on("edit-config", "running",
             "<error-option>pray</error-option><config/>"),
          "<bad-element>error-option</bad-element>");
  refused("<commit><confirm-timeout>0</confirm-timeout></commit>",
          "<bad-element>confirm-timeout</bad-element>");
  refused("<kill-session><session-id>1</session-id></kill-session>",
          "invalid-value");
  refused("<kill-session><session-id>77</session-id></kill-session>",
          "invalid-value");
  refused("<get-schema xmlns='urn:ietf:params:xml:ns:yang:"
          "ietf-netconf-monitoring'><identifier>x</identifier></get-schema>",
          "invalid-value");
  refused(subscription("<stream>other</stream>"), "invalid-value");
  refused(subscription("<startTime>soon</startTime>"), "bad-element");
  refused(subscription("<stopTime>2026-01-01T00:00:00Z</stopTime>"),
          "<bad-element>startTime</bad-element>");
  c.send("<rpc xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'><get/></rpc>");
  BOOST_CHECK(has(c.message(), "<bad-attribute>message-id</bad-attribute>"));
  c.send("<rpc");
  BOOST_CHECK(has(c.message(), "malformed-message"));
  BOOST_CHECK_EQUAL(c.read_all(), "");
}

BOOST_AUTO_TEST_CASE(edit_options_do_what_they_say) {
  auto two = "<config><system xmlns='urn:ietf:params:xml:ns:yang:ietf-system'>"
             "<hostname>new</hostname><gone operation='delete'/>"
             "<location>here</location></system></config>";
  auto edit = [&](const std::string& options) {
    return c.call(on("edit-config", "running", options + two));
  };
  auto now = [&] { return d().config(netconf::store::running); };
  BOOST_CHECK(
    has(edit("<test-option>test-only</test-option>"), "data-missing"));
  BOOST_CHECK(
    has(edit("<test-option>test-then-set</test-option>"), "data-missing"));
  BOOST_CHECK(has(edit("<error-option>rollback-on-error</error-option>"),
                  "data-missing"));
  BOOST_CHECK(has(now(), ">lab<") && has(now(), "rack 1"));
  BOOST_CHECK(has(edit(""), "data-missing"));
  BOOST_CHECK(has(now(), ">new<") && has(now(), "rack 1"));
  BOOST_CHECK(has(edit("<error-option>continue-on-error</error-option>"),
                  "data-missing"));
  BOOST_CHECK(has(now(), ">here<"));
  c.call(
    on("edit-config", "running",
       "<default-operation>replace</default-operation>" + hostname("bare")));
  BOOST_CHECK(!has(now(), "here"));
}

BOOST_AUTO_TEST_CASE(a_commit_that_nobody_confirms_is_rolled_back) {
  c.call(on("edit-config", "candidate", hostname("brief")));
  BOOST_CHECK(has(c.call("<commit><confirmed/><confirm-timeout>1"
                         "</confirm-timeout><persist>p</persist></commit>"),
                  "<ok/>"));
  BOOST_CHECK(has(d().config(netconf::store::running), ">brief<"));
  BOOST_CHECK(d().netconf_status().commit_pending);
  // The device does that by itself.
  c.call("<close-session/>");
  BOOST_CHECK(eventually([&] { return !d().netconf_status().commit_pending; }));
  BOOST_CHECK(has(d().config(netconf::store::running), ">lab<"));
}

BOOST_AUTO_TEST_CASE(another_session_confirms_what_persists) {
  c.call(on("edit-config", "candidate", hostname("kept")));
  c.call("<commit><confirmed/><persist>p</persist></commit>");
  c.call("<close-session/>");
  ssh_program other{d(), keys};
  other.greet("1.1");
  BOOST_CHECK(has(other.call("<commit/>"), "invalid-value"));
  BOOST_CHECK(
    has(other.call("<commit><persist-id>p</persist-id></commit>"), "<ok/>"));
  BOOST_CHECK(!d().netconf_status().commit_pending);
  BOOST_CHECK(has(d().config(netconf::store::running), ">kept<"));
}

BOOST_AUTO_TEST_CASE(a_close_gives_all_up_before_its_reply) {
  c.call(on("lock", "candidate"));
  c.call(on("edit-config", "candidate", hostname("one")));
  c.call("<commit><confirmed/></commit>");
  c.call("<close-session/>");
  BOOST_CHECK(d().netconf_status().locks.empty());
  BOOST_CHECK(has(d().config(netconf::store::running), ">lab<"));
}

BOOST_AUTO_TEST_CASE(a_commit_ends_with_its_session_or_is_cancelled) {
  c.call(on("edit-config", "candidate", hostname("one")));
  c.call("<commit><confirmed/></commit>");
  BOOST_CHECK(has(c.call("<cancel-commit/>"), "<ok/>"));
  BOOST_CHECK(has(d().config(netconf::store::running), ">lab<"));
  c.call(on("edit-config", "candidate", hostname("two")));
  c.call("<commit><confirmed/></commit>");
  BOOST_CHECK(has(d().config(netconf::store::running), ">two<"));
  d().end_sessions(hang_up::reset);
  BOOST_CHECK(has(d().config(netconf::store::running), ">lab<"));
}

BOOST_AUTO_TEST_CASE(a_schema_and_an_own_operation) {
  netconf::options o;
  o.yang["lab"] = "module lab { }";
  d().become(o);
  ssh_program other{d(), keys};
  other.greet("1.1");
  BOOST_CHECK(
    has(other.call("<get-schema xmlns='urn:ietf:params:xml:ns:yang:"
                   "ietf-netconf-monitoring'><identifier>lab</identifier>"
                   "</get-schema>"),
        ">module lab { }</data>"));
  BOOST_CHECK(has(other.call("<get/>"), "<identifier>lab</identifier>"));
  BOOST_CHECK(
    has(other.call("<echo xmlns='urn:tieline:lab'><text>a&amp;b</text></echo>"),
        "<text xmlns=\"urn:tieline:lab\">a&amp;b</text>"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(netconf_notifications, session_of_11)

BOOST_AUTO_TEST_CASE(subscribers_get_what_they_asked_for) {
  ssh_program picky{d(), keys};
  picky.greet("1.0");
  BOOST_CHECK(has(c.call(subscription()), "<ok/>"));
  BOOST_CHECK(
    has(picky.call(subscription("<filter><link xmlns='urn:x'><name>eth1"
                                "</name></link></filter>")),
        "<ok/>"));
  BOOST_CHECK(has(c.call(subscription()), "operation-failed"));
  BOOST_CHECK_EQUAL(d().netconf_status().subscriptions, 2);
  d().notify("<link xmlns='urn:x'><name>eth0</name></link>");
  d().notify("<link xmlns='urn:x'><name>eth1</name></link>");
  auto first = c.message();
  BOOST_CHECK(has(first, "<notification xmlns=\"urn:ietf:params:xml:ns:netconf:"
                         "notification:1.0\"><eventTime>20"));
  BOOST_CHECK(has(first, "eth0"));
  BOOST_CHECK(has(c.message(), "eth1"));
  BOOST_CHECK(has(picky.message(), "eth1"));
  // Interleaved.
  BOOST_CHECK(has(c.call(get_hostname), "<data>"));
  BOOST_CHECK_THROW(d().notify("<open"), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(what_was_missed_is_replayed) {
  d().notify("<one xmlns='urn:x'/>");
  d().notify("<two xmlns='urn:x'/>");
  auto state = c.call("<get><filter><netconf/></filter></get>");
  BOOST_CHECK(has(state, "<replaySupport>true<"));
  BOOST_CHECK(!has(state, "replayLogAgedTime"));
  BOOST_CHECK(
    has(c.call(subscription("<startTime>2000-01-01T00:00:00Z</startTime>")),
        "<ok/>"));
  BOOST_CHECK(has(c.message(), "<one"));
  BOOST_CHECK(has(c.message(), "<two"));
  BOOST_CHECK(has(c.message(), "<replayComplete"));
  d().notify("<three xmlns='urn:x'/>");
  BOOST_CHECK(has(c.message(), "<three"));
}

BOOST_AUTO_TEST_CASE(a_replay_goes_back_as_far_as_the_log_and_may_end) {
  netconf::options o;
  o.log_size = 1;
  d().become(o);
  d().notify("<one xmlns='urn:x'/>");
  d().notify("<two xmlns='urn:x'/>");
  ssh_program other{d(), keys};
  other.greet("1.1");
  BOOST_CHECK(has(other.call("<get/>"), "<replayLogAgedTime>20"));
  auto soon = std::chrono::system_clock::now() + milliseconds{1500};
  auto seconds = std::chrono::system_clock::to_time_t(soon);
  char stop[32];
  std::strftime(stop, sizeof(stop), "%Y-%m-%dT%H:%M:%SZ",
                std::gmtime(&seconds));
  other.call(subscription("<startTime>2000-01-01T00:00:00Z</startTime>"
                          "<stopTime>"
                          + std::string{stop} + "</stopTime>"));
  BOOST_CHECK(has(other.message(), "<two"));
  BOOST_CHECK(has(other.message(), "<replayComplete"));
  BOOST_CHECK(has(other.message(), "<notificationComplete"));
  BOOST_CHECK_EQUAL(d().netconf_status().subscriptions, 0);
  BOOST_CHECK(has(other.call(get_hostname), "<data>"));
}

BOOST_AUTO_TEST_CASE(without_interleave_a_subscription_has_the_session) {
  netconf::options o;
  o.capabilities = {"urn:ietf:params:netconf:capability:notification:1.0"};
  d().become(o);
  ssh_program other{d(), keys};
  other.greet("1.1");
  other.call(subscription());
  BOOST_CHECK(has(other.call(get_hostname), "resource-denied"));
  BOOST_CHECK(has(other.call("<close-session/>"), "<ok/>"));
}

BOOST_AUTO_TEST_CASE(a_flood_comes_whole_and_in_order) {
  d().set(fault::netconf_flood, 5000);
  BOOST_CHECK(has(c.call(subscription()), "<ok/>"));
  for (int i = 1; i <= 5000; ++i)
    BOOST_REQUIRE(has(c.message(), "<number>" + std::to_string(i) + "<"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(netconf_faults, netconf_device)

BOOST_AUTO_TEST_CASE(no_hello_and_a_hello_without_base) {
  d().set(fault::netconf_no_hello);
  {
    ssh_program c{d(), keys};
    c.send("<hello xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'>"
           "<capabilities><capability>urn:ietf:params:netconf:base:1.0"
           "</capability></capabilities></hello>");
    // It does what it is told, and nothing was said before.
    BOOST_CHECK(has(c.call(get_hostname), "<data>"));
  }
  d().heal();
  d().set(fault::netconf_no_base);
  ssh_program c{d(), keys};
  auto hello = c.message();
  BOOST_CHECK(has(hello, "capability:candidate:1.0"));
  BOOST_CHECK(!has(hello, "params:netconf:base:1"));
}

BOOST_FIXTURE_TEST_CASE(silence_after_the_hello, session_of_11) {
  d().set(fault::netconf_silence);
  c.send("<rpc message-id='1' xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'>"
         "<get/></rpc>");
  // The commands beside it show that the device lives.
  test::client other{d()};
  BOOST_REQUIRE(other.open());
  BOOST_CHECK_EQUAL(other.run("echo up").value().output, "up\n");
  d().end_sessions(hang_up::close);
  BOOST_CHECK_EQUAL(c.read_all(), "");
  BOOST_CHECK_EQUAL(d().netconf_status().rpcs.count("get"), 0);
}

BOOST_FIXTURE_TEST_CASE(a_wrong_a_missing_and_a_late_message_id,
                        session_of_11) {
  d().set(fault::netconf_wrong_id);
  BOOST_CHECK(has(c.call(get_hostname), "message-id=\"not-101\""));
  d().heal();
  d().set(fault::netconf_no_id);
  auto reply = c.call(get_hostname);
  BOOST_CHECK(has(reply, "<data>") && !has(reply, "message-id"));
  d().heal();
  d().set(fault::netconf_out_of_order);
  c.send("<rpc message-id='1' xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'>"
         "<get/></rpc>");
  BOOST_CHECK(has(c.call(get_hostname, 2), "message-id=\"2\""));
  BOOST_CHECK(has(c.message(), "message-id=\"1\""));
}

BOOST_FIXTURE_TEST_CASE(xml_that_is_none_and_xml_that_explodes, session_of_11) {
  d().set(fault::netconf_bad_xml);
  BOOST_CHECK(has(c.call(get_hostname), "<data><broken></data></rpc-reply>"));
  d().heal();
  d().set(fault::netconf_xml_bomb);
  auto reply = c.call(get_hostname);
  BOOST_CHECK(has(reply, "<!DOCTYPE rpc-reply [<!ENTITY lol0 \"lol\">"));
  BOOST_CHECK(has(reply, "<!ENTITY lol9 \"&lol8;&lol8;"));
  BOOST_CHECK(has(reply, "<data>&lol9;</data>"));
  BOOST_CHECK_LT(reply.size(), 2000);
}

BOOST_FIXTURE_TEST_CASE(a_chunk_of_no_size, session_of_11) {
  d().set(fault::netconf_bad_chunk);
  c.send("<rpc message-id='1' xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'>"
         "<get/></rpc>");
  BOOST_CHECK_EQUAL(c.read_to("6\n"), "\n#4294967296\n");
}

BOOST_FIXTURE_TEST_CASE(half_a_reply_and_the_end, session_of_11) {
  auto whole = c.call(get_hostname);
  d().set(fault::netconf_truncate);
  c.send("<rpc message-id='101' "
         "xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\">"
         + get_hostname + "</rpc>");
  auto half = c.read_all();
  BOOST_CHECK(has(half, "<rpc-reply") && !has(half, "</rpc-reply>"));
  BOOST_CHECK_LT(half.size(), whole.size());
  BOOST_CHECK_EQUAL(c.exit_code(), 0);
}

BOOST_FIXTURE_TEST_CASE(a_close_leaves_open_whether_it_was_done,
                        session_of_11) {
  d().set(fault::netconf_close);
  c.send("<rpc message-id='1' xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'>"
         + on("edit-config", "running", hostname("done")) + "</rpc>");
  BOOST_CHECK_EQUAL(c.read_all(), "");
  BOOST_CHECK(has(d().config(netconf::store::running), ">done<"));
}

BOOST_FIXTURE_TEST_CASE(huge_slow_and_dribbled_replies, session_of_11) {
  d().set(fault::netconf_huge_reply, 20'000'000);
  auto huge = c.call(get_hostname);
  BOOST_CHECK_GT(huge.size(), 20'000'000);
  BOOST_CHECK(has(huge, "</filler></data></rpc-reply>"));
  d().heal();
  d().set(fault::netconf_slow_reply, 20);
  BOOST_CHECK(has(c.call(get_hostname), "<data>"));
  d().heal();
  d().set(fault::netconf_dribble, 1);
  auto dribbled = c.call(get_hostname);
  d().heal();
  BOOST_CHECK_EQUAL(c.call(get_hostname), dribbled);
}

BOOST_FIXTURE_TEST_CASE(no_configuration_is_valid, session_of_11) {
  d().set(fault::netconf_invalid);
  c.call(on("edit-config", "candidate", hostname("bad")));
  BOOST_CHECK(has(c.call("<validate><source><candidate/></source></validate>"),
                  "invalid-value"));
  BOOST_CHECK(has(c.call("<commit/>"), "invalid-value"));
  BOOST_CHECK(has(d().config(netconf::store::running), ">lab<"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
