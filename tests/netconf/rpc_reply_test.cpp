#include "tieline/messages/failure.hpp"
#include "tieline/transports/netconf/rpc_reply.hpp"
#include "tieline/transports/netconf/well_formed.hpp"
#include "tieline/transports/netconf/xml.hpp"

#include <boost/test/unit_test.hpp>

using namespace tieline;
using namespace tieline::netconf;

namespace {

const std::string base = "xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"";

std::string reply_with(const std::string& content) {
  return "<rpc-reply " + base + " message-id=\"7\">" + content + "</rpc-reply>";
}

rpc_reply read_reply(const std::string& text) {
  auto got = read_incoming(text);
  BOOST_REQUIRE_MESSAGE(got, (got ? "" : describe(got.error())));
  BOOST_REQUIRE(std::holds_alternative<rpc_reply>(*got));
  return std::get<rpc_reply>(std::move(*got));
}

caf::expected<reply> answer(const std::string& content,
                            std::string_view operation = "get") {
  return to_reply(read_reply(reply_with(content)), operation);
}

std::string output_of(const std::string& text) {
  return read_reply(text).output;
}

std::string error_xml(const std::string& tag, const std::string& severity) {
  return "<rpc-error><error-type>rpc</error-type><error-tag>" + tag
         + "</error-tag><error-severity>" + severity
         + "</error-severity></rpc-error>";
}

netconf_error error_of(std::string tag, std::string severity) {
  return {"rpc", std::move(tag), std::move(severity), "", "", "", ""};
}

struct bad_row {
  std::string text;
  const char* cause;
};

const bad_row bad_rows[] = {
  {"", "no element"},
  {"Connection closed.", "text outside of an element"},
  {"<rpc-reply xmlns='urn:x'/>",
   "neither an rpc-reply nor a notification but <rpc-reply"},
  {"<a " + base + "/>", "neither"},
  {"<rpc " + base + "><get/></rpc>", "neither"},
  {"<hello " + base + "/>", "neither"},
  {"<rpc-reply " + base + "><data></rpc-reply>", "<data> ends with"},
  {"<!DOCTYPE a [<!ENTITY b 'c'>]><rpc-reply " + base + "/>",
   "a document type is not allowed"},
  {"<notification "
   "xmlns='urn:ietf:params:xml:ns:netconf:notification:1.0'/>",
   "a notification without a valid eventTime"},
  {"<notification xmlns='urn:ietf:params:xml:ns:netconf:notification:1.0'>"
   "<eventTime>now</eventTime></notification>",
   "a notification without a valid eventTime"},
  {"<notification xmlns='urn:ietf:params:xml:ns:netconf:notification:1.0'>"
   "<a><eventTime>2026-01-31T03:00:00Z</eventTime></a></notification>",
   "a notification without a valid eventTime"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(rpc_reply_test)

BOOST_AUTO_TEST_CASE(an_ok_is_a_reply_without_output) {
  auto got = answer("\n  <ok/>\n");
  BOOST_REQUIRE(got);
  BOOST_TEST(got->output == "");
  BOOST_TEST(got->attributes.empty());
  BOOST_TEST(netconf_warnings_of(*got).empty());
}

BOOST_AUTO_TEST_CASE(the_message_id_is_told_as_it_was_sent) {
  BOOST_TEST(*read_reply(reply_with("<ok/>")).message_id == "7");
  auto got = read_reply("<n:rpc-reply xmlns:n='urn:ietf:params:xml:ns:netconf:"
                        "base:1.0' message-id='a&lt;&#x41;'><n:ok/>"
                        "</n:rpc-reply>");
  BOOST_TEST(*got.message_id == "a<A");
  BOOST_TEST(!read_reply("<rpc-reply " + base + "/>").message_id);
  BOOST_TEST(
    !read_reply("<rpc-reply " + base + "><a message-id='1'/></rpc-reply>")
       .message_id);
}

BOOST_AUTO_TEST_CASE(each_element_of_the_output_can_stand_alone) {
  BOOST_TEST(output_of(reply_with("<data><a xmlns=\"u\"/></data>"))
             == "<data " + base + "><a xmlns=\"u\"/></data>");
  BOOST_TEST(output_of(reply_with("<data/>")) == "<data " + base + "/>");
  BOOST_TEST(output_of(reply_with("<a xmlns='u' b='1'>1</a> <c />"))
             == "<a xmlns='u' b='1'>1</a><c " + base + " />");
  const std::string prefixed
    = "<n:rpc-reply xmlns:n='urn:ietf:params:xml:ns:netconf:base:1.0' "
      "xmlns:p='u\"' message-id='7'><n:data><p:a>p:b</p:a></n:data>"
      "<p:x xmlns:p='v'/></n:rpc-reply>";
  auto output = output_of(prefixed);
  BOOST_TEST(output
             == "<n:data xmlns:n=\"urn:ietf:params:xml:ns:netconf:base:1.0\" "
                "xmlns:p='u\"'><p:a>p:b</p:a></n:data><p:x "
                "xmlns:n=\"urn:ietf:params:xml:ns:netconf:base:1.0\" "
                "xmlns:p='v'/>");
  xml::scan_options fragment;
  fragment.fragment = true;
  BOOST_TEST(xml::scan(output, fragment) == "");
}

BOOST_AUTO_TEST_CASE(a_schema_comes_as_its_text) {
  const std::string data
    = "<data xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\">"
      "module a {\n  prefix \"a\"; // 1 &lt; 2 <![CDATA[&& <b>]]>\n}\n</data>";
  auto got = answer(data, "get-schema");
  BOOST_REQUIRE(got);
  BOOST_TEST(got->output == "module a {\n  prefix \"a\"; // 1 < 2 && <b>\n}\n");
  BOOST_TEST(answer(data, "get").value().output.find("CDATA")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_error_is_told_field_by_field) {
  auto got = answer(
    "<rpc-error><error-type>application</error-type>\n<error-tag> data-missing "
    "</error-tag><error-severity>error</error-severity><error-app-tag>x:1"
    "</error-app-tag><error-path xmlns:p='urn:p'>/p:a[p:b='&lt;']</error-path>"
    "<error-message xml:lang='en'>no such\nthing &amp; <![CDATA[<x>]]>"
    "</error-message><error-info><bad-element>b</bad-element></error-info>"
    "<other xmlns='urn:o'><error-tag>no</error-tag></other></rpc-error>");
  BOOST_REQUIRE(!got);
  BOOST_TEST((code_of(got.error()) == errc::operation_failed));
  auto why = failure_of(got.error());
  BOOST_TEST((why.at == step::execute));
  BOOST_TEST(why.cause
             == "data-missing: no such thing & <x>, at /p:a[p:b='<']");
  const std::map<std::string, std::string> details{
    {"error-type", "application"},
    {"error-tag", "data-missing"},
    {"error-severity", "error"},
    {"error-app-tag", "x:1"},
    {"error-path", "/p:a[p:b='<']"},
    {"error-message", "no such\nthing & <x>"},
    {"error-info", "<bad-element>b</bad-element>"},
    {"errors", "1"},
  };
  BOOST_TEST((why.details == details));
  auto errors = netconf_errors_of(got.error());
  BOOST_REQUIRE(errors.size() == 1u);
  const netconf_error expected{"application",
                               "data-missing",
                               "error",
                               "x:1",
                               "/p:a[p:b='<']",
                               "no such\nthing & <x>",
                               "<bad-element>b</bad-element>"};
  BOOST_TEST((errors.front() == expected));
}

BOOST_AUTO_TEST_CASE(of_several_errors_the_gravest_is_the_first) {
  auto got = answer(error_xml("a", "warning") + error_xml("b", "error")
                    + "<ok/>" + error_xml("c", "error"));
  BOOST_REQUIRE(!got);
  auto why = failure_of(got.error());
  BOOST_TEST(why.cause == "b (and 2 more)");
  BOOST_TEST(why.details.at("errors") == "3");
  BOOST_TEST(why.details.at("error-tag") == "b");
  BOOST_TEST(why.details.at("2.error-tag") == "c");
  BOOST_TEST(why.details.at("3.error-tag") == "a");
  const std::vector<netconf_error> expected{error_of("b", "error"),
                                            error_of("c", "error"),
                                            error_of("a", "warning")};
  BOOST_TEST((netconf_errors_of(got.error()) == expected));
}

BOOST_AUTO_TEST_CASE(warnings_alone_are_no_failure) {
  auto got
    = answer("<ok/>" + error_xml("a", "warning") + error_xml("b", "warning"));
  BOOST_REQUIRE(got);
  BOOST_TEST(got->attributes.at("warnings") == "2");
  const std::vector<netconf_error> expected{error_of("a", "warning"),
                                            error_of("b", "warning")};
  BOOST_TEST((netconf_warnings_of(*got) == expected));
}

BOOST_AUTO_TEST_CASE(an_error_is_one_wherever_it_stands) {
  const auto warning = error_xml("w", "warning");
  const auto error = error_xml("e", "error");
  const std::string other = " xmlns='urn:other'";
  const std::string x = "<x:rpc-error xmlns:x='urn:x'><x:error-tag>e"
                        "</x:error-tag><x:error-severity>";
  const std::string rows[] = {
    "<commit-results>" + warning + error + "</commit-results>",
    "<commit-results><re>" + warning + "</re></commit-results>" + error,
    "<a><b><c>" + error + "</c></b></a><ok/>",
    "<ok/><data>" + error + "</data>",
    "<data><config" + other + ">" + error + "</config></data>",
    "<rpc-reply" + other + ">" + error + "<ok/></rpc-reply>",
    "<ok>" + error + "</ok>",
    x + "error</x:error-severity></x:rpc-error><ok/>",
    x + "fatal</x:error-severity></x:rpc-error><ok/>",
    x + "</x:error-severity></x:rpc-error>",
    x
      + "warning</x:error-severity><x:error-severity>error"
        "</x:error-severity></x:rpc-error>",
    x
      + "error</x:error-severity><x:error-severity>warning"
        "</x:error-severity></x:rpc-error>",
    x
      + "error</x:error-severity><y:error-severity xmlns:y='urn:y'>warning"
        "</y:error-severity></x:rpc-error>",
    "<rpc-error><error-tag>e</error-tag><error-severity" + other
      + ">warning</error-severity></rpc-error>",
    "<rpc-error><error-tag>w</error-tag><error-severity>warning"
    "</error-severity><error-info>"
      + error + "</error-info></rpc-error>",
    "<rpc-error xmlns=''><error-tag>e</error-tag></rpc-error>",
    "<e:error xmlns:e='http://xml.juniper.net/xnm/1.1/xnm'><e:message>no"
    "</e:message></e:error>",
    "<load-configuration-results><load-error-count>1</load-error-count>"
    "</load-configuration-results>",
    "<load-configuration-results>" + warning
      + "<load-error-count>\n10\n</load-error-count>"
        "</load-configuration-results>",
  };
  for (const auto& row : rows)
    for (const auto* operation : {"commit", "get", "get-schema", ""})
      BOOST_TEST_CONTEXT(operation << ": " << row) {
        auto got = answer(row, operation);
        BOOST_REQUIRE(!got);
        BOOST_TEST((code_of(got.error()) == errc::operation_failed));
        auto told = netconf_errors_of(got.error());
        BOOST_REQUIRE(!told.empty());
        BOOST_TEST(told.front().severity != "warning");
      }
}

BOOST_AUTO_TEST_CASE(warnings_are_told_wherever_they_stand) {
  const auto warning = error_xml("w", "warning");
  const std::string rows[] = {
    "<commit-results>" + warning + "</commit-results><ok/>",
    "<a><b>" + warning + "</b></a>",
    error_xml("w", " Warning\n"),
    "<x:rpc-error xmlns:x='urn:x'><x:error-type>rpc</x:error-type>"
    "<x:error-tag>w</x:error-tag><x:error-severity>warning"
    "</x:error-severity></x:rpc-error>",
    warning + "<load-error-count>0</load-error-count>",
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row) {
      auto got = answer(row);
      BOOST_REQUIRE(got);
      BOOST_TEST(got->attributes.at("warnings") == "1");
      const std::vector<netconf_error> expected{error_of("w", "warning")};
      BOOST_TEST((netconf_warnings_of(*got) == expected));
    }
  BOOST_TEST(answer("<a>" + warning + "</a>")->output
             == "<a " + base + ">" + warning + "</a>");
}

BOOST_AUTO_TEST_CASE(both_kinds_of_junos_are_told) {
  const std::string told
    = "<commit-results><routing-engine><name>re0</name><rpc-error>"
      "<error-severity>warning</error-severity><error-message>\nold\n"
      "</error-message></rpc-error><rpc-error><error-severity>error"
      "</error-severity><error-path>[edit]</error-path><error-message>\nno\n"
      "</error-message></rpc-error></routing-engine></commit-results>";
  auto got = answer(told, "commit");
  BOOST_REQUIRE(!got);
  BOOST_TEST(failure_of(got.error()).cause
             == "an error without a tag: no, at [edit] (and 1 more)");
  const std::vector<netconf_error> expected{
    {"", "", "error", "", "[edit]", "no", ""},
    {"", "", "warning", "", "", "old", ""}};
  BOOST_TEST((netconf_errors_of(got.error()) == expected));
  auto xnm = answer("<w:warning xmlns:w='http://xml.juniper.net/xnm/1.1/xnm'>"
                    "<w:message>old</w:message></w:warning><ok/>");
  BOOST_REQUIRE(xnm);
  BOOST_TEST(netconf_warnings_of(*xnm).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_field_is_that_of_the_errors_own_namespace) {
  auto got = answer("<rpc-error><o:error-tag xmlns:o='urn:o'>other"
                    "</o:error-tag><error-tag>own</error-tag>"
                    "<error-tag>second</error-tag></rpc-error>");
  BOOST_REQUIRE(!got);
  BOOST_TEST(failure_of(got.error()).cause == "own");
}

BOOST_AUTO_TEST_CASE(an_error_that_is_a_whole_message_is_a_refusal) {
  for (const auto& text :
       {"<rpc-error " + base + "><error-tag>e</error-tag></rpc-error>",
        std::string{"<rpc-error><error-tag>e</error-tag></rpc-error>"}}) {
    auto got = read_reply(text);
    BOOST_TEST(got.failed);
    BOOST_TEST(!got.message_id);
    BOOST_TEST(got.errors.front().tag == "e");
    BOOST_TEST(got.output == "");
  }
}

// They are texts, not errors.
BOOST_AUTO_TEST_CASE(what_only_reads_like_an_error_is_none) {
  const std::string rows[] = {
    "<data><text>&lt;rpc-error/></text></data>",
    "<data><![CDATA[<rpc-error/>]]><!-- <rpc-error/> --></data>",
    "<data><error xmlns='urn:o'/><rpc-errors>2</rpc-errors></data>",
    "<data rpc-error='1'><error-severity>error</error-severity></data>",
  };
  for (const auto& row : rows)
    BOOST_TEST(!!answer(row), row);
}

BOOST_AUTO_TEST_CASE(an_error_without_any_field_is_one) {
  auto got = answer("<rpc-error/>");
  BOOST_REQUIRE(!got);
  BOOST_TEST((code_of(got.error()) == errc::operation_failed));
  BOOST_TEST(failure_of(got.error()).cause == "an error without a tag");
  auto errors = netconf_errors_of(got.error());
  BOOST_REQUIRE(errors.size() == 1u);
  BOOST_TEST(errors.front().severity == "error");
}

BOOST_AUTO_TEST_CASE(an_error_behind_very_many_warnings_is_told) {
  std::string content;
  for (int i = 0; i < 1000; ++i)
    content += error_xml("w", "warning");
  auto warned = answer(content);
  BOOST_REQUIRE(warned);
  BOOST_TEST(netconf_warnings_of(*warned).size() == 100u);
  BOOST_TEST(warned->attributes.at("warnings") == "1000");
  auto failed = answer(content + error_xml("e", "error"));
  BOOST_REQUIRE(!failed);
  BOOST_TEST(failure_of(failed.error()).cause == "e (and 1000 more)");
  BOOST_TEST(netconf_errors_of(failed.error()).size() == 100u);
}

BOOST_AUTO_TEST_CASE(a_long_message_is_cut_for_people_only) {
  std::string message;
  for (int i = 0; i < 1000; ++i)
    message += "\xe2\x82\xac";
  auto got = answer("<rpc-error><error-tag>ab</error-tag><error-message>"
                    + message + "</error-message></rpc-error>");
  BOOST_REQUIRE(!got);
  auto why = failure_of(got.error());
  BOOST_TEST(why.cause.size() < 510u);
  BOOST_TEST(xml::is_text(why.cause));
  BOOST_TEST(why.details.at("error-message") == message);
}

BOOST_AUTO_TEST_CASE(other_errors_have_no_netconf_errors) {
  BOOST_TEST(netconf_errors_of({}).empty());
  failure other;
  other.details["error-tag"] = "x";
  BOOST_TEST(netconf_errors_of(make_error(errc::timeout, other)).empty());
}

BOOST_AUTO_TEST_CASE(a_notification_is_told_with_its_time) {
  const std::string text
    = "<n:notification "
      "xmlns:n='urn:ietf:params:xml:ns:netconf:notification:1.0'>\n"
      "<n:eventTime> 2026-01-31T03:00:00.5+01:00 </n:eventTime>"
      "<e xmlns='urn:e'/></n:notification>";
  auto got = read_incoming(text);
  BOOST_REQUIRE(got);
  BOOST_REQUIRE(std::holds_alternative<event>(*got));
  BOOST_TEST(std::get<event>(*got).event_time == "2026-01-31T03:00:00.5+01:00");
  BOOST_TEST(std::get<event>(*got).text == text);
}

BOOST_AUTO_TEST_CASE(anything_else_is_a_protocol_error) {
  for (const auto& x : bad_rows)
    BOOST_TEST_CONTEXT(x.text) {
      auto got = read_incoming(x.text);
      BOOST_REQUIRE(!got);
      BOOST_TEST((code_of(got.error()) == errc::protocol_error));
      auto cause = failure_of(got.error()).cause;
      BOOST_TEST(cause.find(x.cause) != std::string::npos, cause);
    }
}

broken_message broken(const std::string& text, reading how = {}) {
  auto got = read_message(text, how);
  BOOST_REQUIRE(std::holds_alternative<broken_message>(got));
  return std::get<broken_message>(std::move(got));
}

BOOST_AUTO_TEST_CASE(a_broken_message_tells_what_it_was_to_be) {
  using kind = broken_message::kind;
  const std::string event
    = "<notification xmlns='urn:ietf:params:xml:ns:netconf:notification:1.0'>";
  const std::string time = "<eventTime>2026-01-31T03:00:00Z</eventTime>";
  struct row {
    std::string text;
    kind what;
    const char* id;
    const char* cause;
  };
  const row rows[] = {
    {reply_with("<data>M\xfcnchen</data>"), kind::reply, "7",
     "not a character of XML in UTF-8, at byte "},
    {reply_with("<data><broken></data>"), kind::reply, "7",
     "<broken> ends with </data>, at byte "},
    {reply_with("<data>&nbsp;</data>"), kind::reply, "7", "&nbsp; is not"},
    {reply_with("a") + "b", kind::reply, "7", "text outside"},
    {"<rpc-reply " + base + ">\x01", kind::reply, "none", "not a character"},
    {"\x01<rpc-reply " + base + " message-id='3'/>", kind::other, "none",
     "not a character"},
    {"M\xfcnchen", kind::other, "none", "not a character"},
    {"<!DOCTYPE a><rpc-reply/>", kind::other, "none", "document type"},
    {event + time + "<a>\xff</a></notification>", kind::notification, "none",
     "not a character"},
    {event + "<eventTime/></notification>", kind::notification, "none",
     "without a valid eventTime"},
    {event + "<a/></notification>", kind::notification, "none",
     "without a valid eventTime"},
    {event + time + "<a></notification>", kind::notification, "none",
     "<a> ends with"},
  };
  for (const auto& x : rows)
    BOOST_TEST_CONTEXT(x.text) {
      auto got = broken(x.text);
      BOOST_TEST((got.what == x.what));
      BOOST_TEST(got.message_id.value_or("none") == x.id);
      BOOST_TEST((code_of(got.reason) == errc::protocol_error));
      auto cause = failure_of(got.reason).cause;
      BOOST_TEST(cause.find(x.cause) != std::string::npos, cause);
      BOOST_TEST(got.text == x.text);
    }
}

BOOST_AUTO_TEST_CASE(what_stands_around_the_place_is_shown) {
  auto cause
    = failure_of(broken(reply_with("<data><a>M\xfcnchen\n</a></data>")).reason)
        .cause;
  BOOST_TEST(cause.find("<data><a>M\\xfcnchen\\x0a</a></data>")
               != std::string::npos,
             cause);
}

BOOST_AUTO_TEST_CASE(bytes_are_repaired_only_if_that_is_asked_for) {
  reading lenient;
  lenient.lenient = true;
  auto got = read_message(reply_with("<a>M\xfcnchen\x01 \x80</a>"), lenient);
  BOOST_REQUIRE(std::holds_alternative<rpc_reply>(got));
  auto& answer = std::get<rpc_reply>(got);
  BOOST_TEST(answer.output
             == "<a " + base + ">M\xc3\xbcnchen\xef\xbf\xbd \xef\xbf\xbd</a>");
  BOOST_TEST(answer.repaired == 3u);
  BOOST_TEST(to_reply(answer, "get")->attributes.at("repaired") == "3");
  got = read_message(reply_with("<a>M\xc3\xbcnchen</a>"), lenient);
  BOOST_TEST(std::get<rpc_reply>(got).repaired == 0u);
  got = read_message(
    "<notification xmlns='urn:ietf:params:xml:ns:netconf:notification:1.0'>"
    "<eventTime>2026-01-31T03:00:00Z</eventTime><a>\xfc</a></notification>",
    lenient);
  BOOST_REQUIRE(std::holds_alternative<event>(got));
  auto text = std::get<event>(got).text;
  BOOST_TEST(xml::scan(text) == "");
  BOOST_TEST(text.find("repaired 1 byte -->") != std::string::npos, text);
  // That is no matter of bytes.
  BOOST_TEST(
    (broken(reply_with("<a>"), lenient).what == broken_message::kind::reply));
}

BOOST_AUTO_TEST_CASE(the_depth_of_a_message_is_limited) {
  std::string content = "x";
  for (int i = 0; i < 9; ++i)
    content = "<a>" + content + "</a>";
  BOOST_TEST(!!read_incoming(reply_with(content), 10));
  auto got = read_incoming(reply_with("<a>" + content + "</a>"), 10);
  BOOST_REQUIRE(!got);
  BOOST_TEST((code_of(got.error()) == errc::protocol_error));
}

// Namespaces that are added to many elements could make much of little.
BOOST_AUTO_TEST_CASE(a_reply_does_not_outgrow_its_message) {
  std::string text = "<rpc-reply " + base + " message-id='7' xmlns:p='"
                     + std::string(1 << 20, 'u') + "'>";
  for (int i = 0; i < 100000; ++i)
    text += "<a/>";
  auto got = read_incoming(text + "</rpc-reply>");
  BOOST_REQUIRE(!got);
  BOOST_TEST((code_of(got.error()) == errc::protocol_error));
  std::string list;
  for (int i = 0; i < 10000; ++i)
    list += "<entry><name>1</name></entry>";
  BOOST_TEST(!!read_incoming(reply_with(list)));
}

BOOST_AUTO_TEST_CASE(texts_are_decoded_like_a_tree_does_it) {
  const char* const contents[] = {
    "",
    "a",
    "a&amp;b&#65;&#x20ac;&#x1f600;&#xe4;",
    "<![CDATA[a<b]]>c",
    "a<!-- <b> & -->c",
    "a<?x > ?>c",
  };
  for (const auto* x : contents)
    BOOST_TEST_CONTEXT(x) {
      auto tree = xml::document::parse("<t>" + std::string{x} + "</t>");
      BOOST_REQUIRE(tree);
      BOOST_TEST(xml::decode(x) == xml::text(tree->root()));
    }
  BOOST_TEST(xml::decode("a<b c='>'>d</b>e<f/>") == "ade");
}

BOOST_AUTO_TEST_SUITE_END()
