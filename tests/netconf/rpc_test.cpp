#include "tieline/messages/failure.hpp"
#include "tieline/transports/netconf/date_time.hpp"
#include "tieline/transports/netconf/names.hpp"
#include "tieline/transports/netconf/operations.hpp"
#include "tieline/transports/netconf/rpc.hpp"
#include "tieline/transports/netconf/well_formed.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace tieline;
using namespace tieline::netconf;

namespace {

const std::string head
  = "<rpc xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\" "
    "xmlns:nc=\"urn:ietf:params:xml:ns:netconf:base:1.0\"";

const std::vector<std::string> everything{
  std::string{capability::base_1_1},
  std::string{capability::writable_running},
  std::string{capability::candidate},
  std::string{capability::confirmed_commit_1_1},
  std::string{capability::rollback_on_error},
  std::string{capability::validate_1_1},
  std::string{capability::startup},
  std::string{capability::url} + "?scheme=file,https",
  std::string{capability::xpath},
  std::string{capability::with_defaults}
    + "?basic-mode=explicit&also-supported=report-all,trim",
  std::string{capability::notification},
  std::string{uri::monitoring} + "?module=ietf-netconf-monitoring",
};

capabilities all() {
  return capabilities{everything};
}

capabilities all_but(std::string_view missing) {
  auto result = everything;
  for (auto pos = result.begin(); pos != result.end();)
    pos = pos->compare(0, missing.size(), missing) == 0 ? result.erase(pos)
                                                        : pos + 1;
  BOOST_REQUIRE(result.size() + 1 == everything.size());
  return capabilities{result};
}

using attributes = std::map<std::string, std::string>;

request make_request(std::string body, attributes with = {}) {
  request result;
  result.body = std::move(body);
  result.attributes = std::move(with);
  return result;
}

struct good_row {
  request what;
  /// What is in the rpc.
  std::string text;
};

selection subtree(std::string xml) {
  selection result;
  result.filter = std::move(xml);
  return result;
}

selection path(std::string expression) {
  selection result;
  result.xpath = std::move(expression);
  return result;
}

edit full_edit() {
  edit result;
  result.target = "candidate";
  result.config = "<a nc:operation='delete'/>";
  result.default_operation = default_operation::none;
  result.test_option = test_option::test_only;
  result.error_option = error_option::rollback_on_error;
  return result;
}

edit edit_by_url() {
  edit result;
  result.target = "running";
  result.url = "file:///x?a&b";
  return result;
}

subscription full_subscription() {
  subscription result;
  result.stream = "NETCONF";
  result.what = subtree("<e xmlns='urn:e'/>");
  result.start_time = "2026-01-31T03:00:00Z";
  result.stop_time = "2026-01-31T04:00:00+01:00";
  return result;
}

const std::string defaults_of
  = "<with-defaults xmlns=\"urn:ietf:params:xml:ns:yang:"
    "ietf-netconf-with-defaults\">";
const std::string monitoring_ns
  = " xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\"";
const std::string notification_ns
  = " xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\"";

commit_options confirmed(std::optional<std::chrono::seconds> timeout,
                         std::string persist, std::string persist_id) {
  return {true, timeout, std::move(persist), std::move(persist_id)};
}

const good_row good_rows[] = {
  {get(), "<get/>"},
  {get(subtree("<a/><b/>"), with_defaults::report_all),
   "<get><filter type=\"subtree\"><a/><b/></filter>" + defaults_of
     + "report-all</with-defaults></get>"},
  {get(path("/a[b=\"<1>\"]")),
   "<get><filter type=\"xpath\" select=\"/a[b=&quot;&lt;1&gt;&quot;]\"/>"
   "</get>"},
  {get_config("running"), "<get-config><source><running/></source>"
                          "</get-config>"},
  {get_config("startup", subtree("<a/>"), with_defaults::trim),
   "<get-config><source><startup/></source><filter type=\"subtree\"><a/>"
   "</filter>"
     + defaults_of + "trim</with-defaults></get-config>"},
  {get_config("candidate", {}, with_defaults::explicit_only),
   "<get-config><source><candidate/></source>" + defaults_of
     + "explicit</with-defaults></get-config>"},
  {edit_config(full_edit()),
   "<edit-config><target><candidate/></target><default-operation>none"
   "</default-operation><test-option>test-only</test-option><error-option>"
   "rollback-on-error</error-option><config><a nc:operation='delete'/>"
   "</config></edit-config>"},
  {edit_config(edit_by_url()),
   "<edit-config><target><running/></target><url>file:///x?a&amp;b</url>"
   "</edit-config>"},
  {copy_config("running", "startup"),
   "<copy-config><target><startup/></target><source><running/></source>"
   "</copy-config>"},
  {copy_config("https://h/x", "running", with_defaults::trim),
   "<copy-config><target><running/></target><source><url>https://h/x</url>"
   "</source>"
     + defaults_of + "trim</with-defaults></copy-config>"},
  {put_config("<a/>", "file:///x"),
   "<copy-config><target><url>file:///x</url></target><source><config><a/>"
   "</config></source></copy-config>"},
  {delete_config("startup"),
   "<delete-config><target><startup/></target></delete-config>"},
  {delete_config("file:///x"),
   "<delete-config><target><url>file:///x</url></target></delete-config>"},
  {lock("candidate"), "<lock><target><candidate/></target></lock>"},
  {unlock("running"), "<unlock><target><running/></target></unlock>"},
  {validate("candidate"), "<validate><source><candidate/></source></validate>"},
  {validate_config("<a/>"),
   "<validate><source><config><a/></config></source></validate>"},
  {commit(), "<commit/>"},
  {commit(confirmed(std::nullopt, "", "")), "<commit><confirmed/></commit>"},
  {commit(confirmed(std::chrono::seconds{30}, "a<b", "c")),
   "<commit><confirmed/><confirm-timeout>30</confirm-timeout><persist>a&lt;b"
   "</persist><persist-id>c</persist-id></commit>"},
  {commit({false, std::nullopt, "", "c"}),
   "<commit><persist-id>c</persist-id></commit>"},
  {cancel_commit(), "<cancel-commit/>"},
  {cancel_commit("c"),
   "<cancel-commit><persist-id>c</persist-id></cancel-commit>"},
  {discard_changes(), "<discard-changes/>"},
  {kill_session(4294967295),
   "<kill-session><session-id>4294967295</session-id></kill-session>"},
  {close_session(), "<close-session/>"},
  {get_schema("ietf-interfaces"),
   "<get-schema" + monitoring_ns
     + "><identifier>ietf-interfaces</identifier></get-schema>"},
  {get_schema("a", "2020-01-01", "yin"),
   "<get-schema" + monitoring_ns
     + "><identifier>a</identifier><version>2020-01-01</version><format>yin"
       "</format></get-schema>"},
  {create_subscription(), "<create-subscription" + notification_ns + "/>"},
  {create_subscription(full_subscription()),
   "<create-subscription" + notification_ns
     + "><stream>NETCONF</stream><filter type=\"subtree\"><e "
       "xmlns='urn:e'/></filter><startTime>2026-01-31T03:00:00Z</startTime>"
       "<stopTime>2026-01-31T04:00:00+01:00</stopTime>"
       "</create-subscription>"},
  {raw("<get/>"), "<get/>"},
  {raw("\n <x xmlns=\"urn:x\">1</x><!-- y -->\n"),
   "<x xmlns=\"urn:x\">1</x><!-- y -->"},
  // As people write it.
  {make_request("get-config source=running"),
   "<get-config><source><running/></source></get-config>"},
  {make_request("  get-config\n\tsource=running  xpath=/a[b=1] "),
   "<get-config><source><running/></source><filter type=\"xpath\" "
   "select=\"/a[b=1]\"/></get-config>"},
  {make_request("get-config source=running", {{"filter", "<a b='c d'/>"}}),
   "<get-config><source><running/></source><filter type=\"subtree\"><a b='c "
   "d'/></filter></get-config>"},
  {make_request("get", {{"filter", ""}}),
   "<get><filter type=\"subtree\"></filter></get>"},
  {make_request("commit confirmed=false"), "<commit/>"},
};

struct bad_row {
  request what;
  const char* cause;
};

const bad_row bad_rows[] = {
  {make_request(""), "body: is empty"},
  {make_request(" \n"), "body: is empty"},
  {make_request("reboot"), "body: no operation 'reboot'; there are get, "},
  {make_request("Get"), "body: no operation"},
  {make_request("get-config"), "attributes.source: get-config needs it"},
  {make_request("get-config running"), "body: 'running' is not an attribute"},
  {make_request("get-config =running"), "body: '=running' is not an attribute"},
  {make_request("get-config source="), "attributes.source: '' is none of"},
  {make_request("get-config source=running source=startup"),
   "attributes.source: is given twice"},
  {make_request("get-config source=running", {{"source", "running"}}),
   "attributes.source: is given twice"},
  {make_request("get-config source=running stdin=x"),
   "attributes.stdin: unknown to get-config; there are source, filter, xpath, "
   "with-defaults"},
  {make_request("discard-changes a=b"),
   "attributes.a: unknown to discard-changes; there is none"},
  {make_request("get source=running"), "attributes.source: unknown to get"},
  {make_request("get-config source=operational"),
   "attributes.source: 'operational' is none of running, candidate, startup"},
  {make_request("get-config source=file:///x"), "attributes.source: "},
  {make_request("get", {{"filter", "<a>"}}),
   "attributes.filter: <a> has no end tag"},
  {make_request("get", {{"filter", "</filter></get><x/>"}}),
   "attributes.filter: </filter> without a start tag"},
  {make_request("get", {{"filter", "<filter><a/></filter>"}}),
   "attributes.filter: is to hold what is inside of <filter>"},
  {make_request("get", {{"filter", "<p:a/>"}}),
   "attributes.filter: the prefix p is not declared"},
  {make_request("get", {{"filter", "interfaces"}}),
   "attributes.filter: text outside of an element"},
  {make_request("get", {{"filter", "<!DOCTYPE a><a/>"}}),
   "attributes.filter: a document type is not allowed"},
  {make_request("get", {{"filter", "<a/>"}, {"xpath", "/a"}}),
   "attributes.xpath: contradicts filter"},
  {make_request("get xpath="), "attributes.xpath: is empty"},
  {make_request("get", {{"xpath", "\x01"}}),
   "attributes.xpath: has a character that XML cannot hold"},
  {make_request("get with-defaults=all"),
   "attributes.with-defaults: 'all' is none of report-all, "},
  {make_request("get xmlns:p="), "attributes.xmlns:p: is empty"},
  {make_request("get xmlns:=u"), "attributes.xmlns:: is not a prefix"},
  {make_request("get xmlns:nc=u"), "attributes.xmlns:nc: is not a prefix"},
  {make_request("get xmlns:xml=u"), "attributes.xmlns:xml: is not a prefix"},
  {make_request("get", {{"xmlns:p='x' y", "u"}}),
   "attributes.xmlns:p='x' y: is not a prefix"},
  {make_request("edit-config target=running"),
   "attributes.config: edit-config needs it or url"},
  {make_request("edit-config", {{"config", "<a/>"}}),
   "attributes.target: edit-config needs it"},
  {make_request("edit-config target=startup", {{"config", "<a/>"}}),
   "attributes.target: 'startup' is neither running nor candidate"},
  {make_request("edit-config target=file:///x", {{"config", "<a/>"}}),
   "attributes.target: "},
  {make_request("edit-config target=running url=file:///x",
                {{"config", "<a/>"}}),
   "attributes.url: contradicts config"},
  {make_request("edit-config target=running url=x"),
   "attributes.url: 'x' is not a URL"},
  {make_request("edit-config target=running", {{"config", " "}}),
   "attributes.config: is empty"},
  {make_request("edit-config target=running",
                {{"config", "<config><a/></config>"}}),
   "attributes.config: is to hold what is inside of <config>"},
  {make_request("edit-config target=running",
                {{"config", "<?xml version='1.0'?><a/>"}}),
   "attributes.config: an XML declaration"},
  {make_request("edit-config target=running default-operation=create",
                {{"config", "<a/>"}}),
   "attributes.default-operation: 'create' is none of merge, replace, none"},
  {make_request("edit-config target=running test-option=x",
                {{"config", "<a/>"}}),
   "attributes.test-option: "},
  {make_request("edit-config target=running error-option=x",
                {{"config", "<a/>"}}),
   "attributes.error-option: "},
  {make_request("copy-config target=startup"),
   "attributes.source: copy-config needs it or config"},
  {make_request("copy-config source=running target=running"),
   "attributes.source: is the same as target"},
  {make_request("copy-config target=tftp"),
   "attributes.source: copy-config needs it"},
  {make_request("copy-config source=running target=tftp"),
   "attributes.target: 'tftp' is none of running, candidate, startup nor a "
   "URL"},
  {make_request("copy-config source=running", {{"target", "file:///a b"}}),
   "attributes.target: 'file:///a b' is not a URL"},
  {put_config("", "running"), "attributes.config: is empty"},
  {make_request("delete-config target=running"),
   "attributes.target: 'running' is neither startup nor a URL"},
  {make_request("lock"), "attributes.target: lock needs it"},
  {make_request("lock target=file:///x"), "attributes.target: "},
  {make_request("commit confirmed=yes"),
   "attributes.confirmed: 'yes' is neither true nor false"},
  {make_request("commit confirm-timeout=5"),
   "attributes.confirm-timeout: needs confirmed=true"},
  {make_request("commit confirmed=false persist=x"),
   "attributes.persist: needs confirmed=true"},
  {make_request("commit confirmed=true confirm-timeout=0"),
   "attributes.confirm-timeout: '0' is not a number from 1 to 4294967295"},
  {make_request("commit confirmed=true confirm-timeout=4294967296"),
   "attributes.confirm-timeout: "},
  {make_request("commit confirmed=true confirm-timeout=5s"),
   "attributes.confirm-timeout: "},
  {make_request("commit confirmed=true persist="),
   "attributes.persist: is empty"},
  {make_request("kill-session"), "attributes.session-id: kill-session needs"},
  {make_request("kill-session session-id=0"), "attributes.session-id: '0'"},
  {kill_session(0), "attributes.session-id: '0'"},
  {make_request("get-schema"), "attributes.identifier: get-schema needs it"},
  {get_schema(""), "attributes.identifier: is empty"},
  {make_request("create-subscription startTime=yesterday"),
   "attributes.startTime: 'yesterday' is not a time"},
  {make_request("create-subscription stopTime=2026-01-31T03:00:00Z"),
   "attributes.stopTime: needs startTime"},
  {make_request("create-subscription startTime=2026-01-31T03:00:00Z "
                "stopTime=2026-01-31T03:30:00+01:00"),
   "attributes.stopTime: is before startTime"},
  {raw("<get>"), "body: <get> has no end tag"},
  {raw("<get/><get/>"), "body: is to be one element, not 2"},
  {raw("<!-- x -->"), "body: is to be one element, not 0"},
  {raw("<get/></rpc>"), "body: </rpc> without a start tag"},
  {raw("<rpc><get/></rpc>"), "body: is to be what is inside of <rpc>"},
  {raw("<?xml version='1.0'?><get/>"), "body: an XML declaration"},
  {make_request("<get/>", {{"source", "running"}}),
   "attributes.source: is not for an operation given as XML"},
};

struct capability_row {
  request what;
  std::string_view capability;
};

request edited(std::string target, attributes more = {}) {
  more.emplace("target", std::move(target));
  more.emplace("config", "<a/>");
  return make_request("edit-config", std::move(more));
}

const capability_row capability_rows[] = {
  {get_config("candidate"), capability::candidate},
  {get_config("startup"), capability::startup},
  {get(path("/a")), capability::xpath},
  {get({}, with_defaults::trim), capability::with_defaults},
  {edited("running"), capability::writable_running},
  {edited("candidate"), capability::candidate},
  {edited("candidate", {{"test-option", "set"}}), capability::validate_1_1},
  {edited("candidate", {{"test-option", "test-only"}}),
   capability::validate_1_1},
  {edited("candidate", {{"error-option", "rollback-on-error"}}),
   capability::rollback_on_error},
  {edit_config(edit_by_url()), capability::url},
  {copy_config("candidate", "running"), capability::writable_running},
  {copy_config("candidate", "running"), capability::candidate},
  {copy_config("running", "startup"), capability::startup},
  {copy_config("running", "file:///x"), capability::url},
  {delete_config("startup"), capability::startup},
  {delete_config("file:///x"), capability::url},
  {lock("candidate"), capability::candidate},
  {unlock("startup"), capability::startup},
  {validate("running"), capability::validate_1_1},
  {validate_config("<a/>"), capability::validate_1_1},
  {commit(), capability::candidate},
  {commit(confirmed(std::nullopt, "", "")), capability::confirmed_commit_1_1},
  {commit(confirmed(std::nullopt, "a", "")), capability::confirmed_commit_1_1},
  {commit({false, std::nullopt, "", "a"}), capability::confirmed_commit_1_1},
  {cancel_commit(), capability::confirmed_commit_1_1},
  {discard_changes(), capability::candidate},
  {get_schema("a"), uri::monitoring},
  {create_subscription(), capability::notification},
};

void check_unsupported(const request& what, const capabilities& theirs,
                       std::string_view named) {
  auto got = make_rpc(what, theirs, "1");
  BOOST_REQUIRE(!got);
  BOOST_TEST((code_of(got.error()) == errc::unsupported));
  auto cause = failure_of(got.error()).cause;
  BOOST_TEST(cause.find(named) != std::string::npos, cause);
}

} // namespace

BOOST_AUTO_TEST_SUITE(rpc_test)

BOOST_AUTO_TEST_CASE(requests_become_rpcs) {
  for (const auto& x : good_rows)
    BOOST_TEST_CONTEXT(x.text) {
      auto got = make_rpc(x.what, all(), "7");
      BOOST_REQUIRE_MESSAGE(got, (got ? "" : describe(got.error())));
      BOOST_TEST(got->text == head + " message-id=\"7\">" + x.text + "</rpc>");
      BOOST_TEST(xml::scan(got->text) == "");
      BOOST_TEST(x.text.find('<' + got->operation) == 0u);
      BOOST_TEST(got->raw == (x.what.body.find('<') != std::string::npos));
    }
}

BOOST_AUTO_TEST_CASE(bad_requests_name_what_is_wrong) {
  for (const auto& x : bad_rows)
    BOOST_TEST_CONTEXT(x.what.body << " expects " << x.cause) {
      auto got = make_rpc(x.what, all(), "7");
      BOOST_REQUIRE(!got);
      BOOST_TEST((code_of(got.error()) == errc::invalid_request));
      BOOST_TEST((failure_of(got.error()).at == step::execute));
      auto cause = failure_of(got.error()).cause;
      BOOST_TEST(cause.find(x.cause) == 0u, cause);
    }
}

BOOST_AUTO_TEST_CASE(what_the_peer_cannot_do_is_refused) {
  for (const auto& x : capability_rows)
    BOOST_TEST_CONTEXT(x.what.body << " without " << x.capability) {
      BOOST_TEST(!!make_rpc(x.what, all(), "1"));
      check_unsupported(x.what, all_but(x.capability), x.capability);
    }
}

BOOST_AUTO_TEST_CASE(what_any_peer_can_do_needs_no_capability) {
  const capabilities none{{std::string{capability::base_1_0}}};
  for (const auto& x :
       {get(subtree("<a/>")), get_config("running"), lock("running"),
        unlock("running"), kill_session(1), close_session(), raw("<commit/>")})
    BOOST_TEST_CONTEXT(x.body)
  BOOST_TEST(!!make_rpc(x, none, "1"));
}

BOOST_AUTO_TEST_CASE(the_old_versions_of_capabilities_allow_less) {
  const capabilities old{{
    std::string{capability::candidate},
    std::string{capability::validate_1_0},
    std::string{capability::confirmed_commit_1_0},
  }};
  BOOST_TEST(!!make_rpc(validate("candidate"), old, "1"));
  BOOST_TEST(
    !!make_rpc(edited("candidate", {{"test-option", "set"}}), old, "1"));
  check_unsupported(edited("candidate", {{"test-option", "test-only"}}), old,
                    capability::validate_1_1);
  BOOST_TEST(
    !!make_rpc(commit(confirmed(std::chrono::seconds{5}, "", "")), old, "1"));
  check_unsupported(commit(confirmed(std::nullopt, "a", "")), old,
                    capability::confirmed_commit_1_1);
  check_unsupported(cancel_commit(), old, capability::confirmed_commit_1_1);
}

BOOST_AUTO_TEST_CASE(schemes_and_modes_must_be_among_the_peers) {
  BOOST_TEST(!!make_rpc(delete_config("https://h/x"), all(), "1"));
  check_unsupported(delete_config("ftp://h/x"), all(), "no scheme ftp");
  // Some peers do not tell.
  const capabilities silent{{std::string{capability::url}}};
  BOOST_TEST(!!make_rpc(delete_config("ftp://h/x"), silent, "1"));
  for (auto mode : {with_defaults::explicit_only, with_defaults::report_all})
    BOOST_TEST(!!make_rpc(get({}, mode), all(), "1"));
  check_unsupported(get({}, with_defaults::report_all_tagged), all(),
                    "has no report-all-tagged");
}

BOOST_AUTO_TEST_CASE(prefixes_can_be_declared_for_all_parts) {
  selection what;
  what.xpath = "/if:interfaces";
  what.namespaces["if"] = "urn:if?a&b";
  auto got = make_rpc(get(what), all(), "7");
  BOOST_REQUIRE(got);
  BOOST_TEST(
    got->text
    == head
         + " xmlns:if=\"urn:if?a&amp;b\" message-id=\"7\"><get><filter "
           "type=\"xpath\" select=\"/if:interfaces\"/></get></rpc>");
  for (const auto& x :
       {make_request("get xmlns:if=urn:if", {{"filter", "<if:a/>"}}),
        make_request("<if:a/>", {{"xmlns:if", "urn:if"}})}) {
    got = make_rpc(x, all(), "7");
    BOOST_REQUIRE(got);
    BOOST_TEST(xml::scan(got->text) == "");
  }
}

BOOST_AUTO_TEST_CASE(a_message_id_can_be_anything) {
  auto got = make_rpc(get(), all(), "a\"<&>b");
  BOOST_REQUIRE(got);
  BOOST_TEST(xml::scan(got->text) == "");
}

BOOST_AUTO_TEST_CASE(times_are_read_as_rfc_3339_says) {
  auto seconds = [](const char* text) {
    auto got = parse_date_time(text);
    BOOST_REQUIRE_MESSAGE(got, text);
    return std::chrono::duration<double>(got->time_since_epoch()).count();
  };
  BOOST_TEST(seconds("1970-01-01T00:00:00Z") == 0);
  BOOST_TEST(seconds("1969-12-31t23:59:59z") == -1);
  BOOST_TEST(seconds("2000-03-01T00:00:00Z") == 951868800);
  BOOST_TEST(seconds("2026-11-22T18:00:00+01:30") == 1795365000);
  BOOST_TEST(seconds("2026-11-22T15:30:00-01:30") == 1795366800);
  BOOST_TEST(seconds("2016-12-31T23:59:60Z") == 1483228800);
  BOOST_TEST(seconds("1970-01-01T00:00:00.25Z") == 0.25);
  BOOST_TEST(seconds("1970-01-01T00:00:00.1234567891234Z") == 0.123456789);
  for (const auto* bad :
       {"", "2026", "2026-01-31", "2026-01-31T03:00:00", "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-01-32T00:00:00Z",
        "2026-01-00T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T03:60:00Z",
        "2026-01-31T03:00:61Z", "2026-01-31T03:00:00.Z",
        "2026-01-31T03:00:00+1:00", "2026-01-31T03:00:00Zx",
        "2026-01-31 03:00:00Z", "0001-01-01T00:00:00Z", "-026-01-31T03:00:00Z"})
    BOOST_TEST_CONTEXT(bad)
  BOOST_TEST(!parse_date_time(bad));
}

BOOST_AUTO_TEST_SUITE_END()
