#include <tieline/messages/interfaces.hpp>
#include <tieline/transports/http/call.hpp>
#include <tieline/transports/http/restconf.hpp>

#include <boost/test/unit_test.hpp>

using namespace tieline;
using namespace tieline::restconf;

namespace {

struct type_ids {
  type_ids() {
    init();
  }
};

BOOST_TEST_GLOBAL_FIXTURE(type_ids);

const api json_api{"/restconf/"};
const api xml_api{"/rc", format::xml};

/// Returns `METHOD path accept|content-type [body]` as the plugin reads it.
std::string told(request x) {
  http::call read;
  if (auto wrong = http::parse_call(x, read); !wrong.empty())
    return wrong;
  std::string accept;
  std::string type;
  for (const auto& [name, value] : read.headers)
    if (name == "accept")
      accept = value;
    else if (name == "content-type")
      type = value;
  return read.method + ' ' + read.path + ' ' + accept + '|' + type + " ["
         + read.body + ']';
}

const std::string json_type = "application/yang-data+json";
const std::string xml_type = "application/yang-data+xml";

reply answered(int32_t status, std::string type, std::string body) {
  reply result;
  result.status = status;
  result.attributes["header.content-type"] = std::move(type);
  result.output = std::move(body);
  return result;
}

std::string detail_of(const caf::error& x, const char* name) {
  auto details = failure_of(x).details;
  auto pos = details.find(name);
  return pos == details.end() ? "none" : pos->second;
}

std::string outcome(const caf::expected<std::string>& x) {
  return x ? *x : "! " + to_string(code_of(x.error()));
}

} // namespace

BOOST_AUTO_TEST_SUITE(restconf_test)

BOOST_AUTO_TEST_CASE(keys_are_encoded) {
  BOOST_TEST(path_of({}) == "");
  BOOST_TEST(path_of({{"m:a"}, {"b"}}) == "/m:a/b");
  // The examples of RFC 8040, 3.5.3.
  BOOST_TEST(path_of({{"example-top:top"}, {"list1", {"key1", "key2", "key3"}}})
             == "/example-top:top/list1=key1,key2,key3");
  BOOST_TEST(path_of({{"list1", {"", "foo"}}}) == "/list1=,foo");
  BOOST_TEST(path_of({{"list1", {",'\"  :\"  / ,"}}})
             == "/list1=%2C%27%22%20%20%3A%22%20%20%2F%20%2C");
  BOOST_TEST(path_of({{"interface", {"eth1/0/1.5"}}})
             == "/interface=eth1%2F0%2F1.5");
  BOOST_TEST(path_of({{"x", {"\xc3\xa4=?#%"}}}) == "/x=%C3%A4%3D%3F%23%25");
}

BOOST_AUTO_TEST_CASE(requests_are_what_the_rfc_says) {
  auto where = path_of({{"m:a"}});
  auto as_json = ' ' + json_type + '|';
  BOOST_TEST(told(json_api.get("")) == "GET /restconf/data" + as_json + " []");
  BOOST_TEST(told(json_api.get(where))
             == "GET /restconf/data/m:a" + as_json + " []");
  BOOST_TEST(told(json_api.head(where)).find("HEAD /restconf/data/m:a ") == 0u);
  BOOST_TEST(told(json_api.post(where, "{}"))
             == "POST /restconf/data/m:a" + as_json + json_type + " [{}]");
  BOOST_TEST(told(xml_api.put(where, "<a/>"))
             == "PUT /rc/data/m:a " + xml_type + '|' + xml_type + " [<a/>]");
  BOOST_TEST(told(xml_api.patch(where, "<a/>")).find("PATCH /rc/data/m:a ")
             == 0u);
  BOOST_TEST(told(json_api.remove(where))
             == "DELETE /restconf/data/m:a" + as_json + " []");
  BOOST_TEST(told(json_api.operation("m:reboot"))
             == "POST /restconf/operations/m:reboot" + as_json + " []");
  BOOST_TEST(told(json_api.operation("m:reboot", "{}"))
             == "POST /restconf/operations/m:reboot" + as_json + json_type
                  + " [{}]");
  BOOST_TEST(told(json_api.action(where)).find("POST /restconf/data/m:a ")
             == 0u);
  BOOST_TEST(told(json_api.operations()).find("GET /restconf/operations ")
             == 0u);
  BOOST_TEST(told(json_api.yang_library_version())
               .find("GET /restconf/yang-library-version ")
             == 0u);
  BOOST_TEST(told(discover())
             == "GET /.well-known/host-meta application/xrd+xml| []");
  BOOST_TEST(told(json_api.stream_location("NETCONF"))
               .find("GET /restconf/data/ietf-restconf-monitoring:restconf-"
                     "state/streams/stream=NETCONF/access=json/location ")
             == 0u);
}

BOOST_AUTO_TEST_CASE(queries_are_encoded) {
  auto path = [](const query& with) {
    return json_api.get("", with).attributes["path"];
  };
  BOOST_TEST(path({}) == "/restconf/data");
  query all;
  all.content = "config";
  all.depth = 3;
  all.fields = "a;b(c)";
  all.with_defaults = "report-all";
  BOOST_TEST(path(all)
             == "/restconf/data?content=config&depth=3&fields=a%3Bb%28c%29"
                "&with-defaults=report-all");
  query unbounded;
  unbounded.depth = 0;
  BOOST_TEST(path(unbounded) == "/restconf/data?depth=unbounded");
  // RFC 8040, B.3.4
  query after;
  after.insert = "after";
  after.point = path_of(
    {{"example-jukebox:jukebox"}, {"playlist", {"Foo-One"}}, {"song", {"1"}}});
  BOOST_TEST(json_api.post("", "{}", after).attributes["path"]
             == "/restconf/data?insert=after&point=%2Fexample-jukebox%3Ajukebox"
                "%2Fplaylist%3DFoo-One%2Fsong%3D1");
}

BOOST_AUTO_TEST_CASE(a_subscription_says_from_when_on) {
  BOOST_TEST(told(subscribe("/streams/NETCONF"))
             == "GET /streams/NETCONF text/event-stream| []");
  auto x = subscribe("/s", "2014-10-25T10:02:00Z", "2014-10-25T12:31:00Z", "7");
  BOOST_TEST(x.attributes["path"]
             == "/s?start-time=2014-10-25T10%3A02%3A00Z"
                "&stop-time=2014-10-25T12%3A31%3A00Z");
  BOOST_TEST(x.attributes["header.last-event-id"] == "7");
}

BOOST_AUTO_TEST_CASE(a_status_of_2xx_is_no_error) {
  for (auto status : {200, 201, 204})
    BOOST_TEST(check(answered(status, json_type, "")).empty());
}

BOOST_AUTO_TEST_CASE(errors_in_json_are_read) {
  auto error = check(answered(409, json_type, R"({
    "ietf-restconf:errors": {"error": [
      {"error-type": "protocol", "error-tag": "lock-denied",
       "error-app-tag": "busy", "error-path": "/m:a", "error-message": "Held.",
       "error-info": {"x": 1}},
      {"error-type": "rpc", "error-tag": "other"}]}})"),
                     {"r1", "http"});
  BOOST_TEST((code_of(error) == errc::operation_failed));
  BOOST_TEST(detail_of(error, "status") == "409");
  BOOST_TEST(detail_of(error, "errors") == "2");
  BOOST_TEST(detail_of(error, "error-type") == "protocol");
  BOOST_TEST(detail_of(error, "error-tag") == "lock-denied");
  BOOST_TEST(detail_of(error, "error-app-tag") == "busy");
  BOOST_TEST(detail_of(error, "error-path") == "/m:a");
  BOOST_TEST(detail_of(error, "error-message") == "Held.");
  BOOST_TEST(describe(error)
             == "http://r1: the device answered with an error (execute): "
                "status 409, lock-denied, Held.");
}

BOOST_AUTO_TEST_CASE(errors_in_xml_are_read) {
  auto error = check(answered(400, xml_type + "; charset=utf-8", R"(
    <rc:errors xmlns:rc="urn:ietf:params:xml:ns:yang:ietf-restconf">
      <rc:error>
        <rc:error-type>application</rc:error-type>
        <rc:error-tag>invalid-value</rc:error-tag>
        <rc:error-message xml:lang="en">Too &lt;large&gt;</rc:error-message>
      </rc:error>
    </rc:errors>)"));
  BOOST_TEST(detail_of(error, "error-type") == "application");
  BOOST_TEST(detail_of(error, "error-tag") == "invalid-value");
  BOOST_TEST(detail_of(error, "error-message") == "Too <large>");
  BOOST_TEST(detail_of(error, "error-path") == "none");
  BOOST_TEST(detail_of(error, "errors") == "none");
}

BOOST_AUTO_TEST_CASE(errors_are_read_in_whatever_shape_they_come) {
  const std::string inner
    = R"({"error-type":"rpc","error-tag":"access-denied","error-message":"no"})";
  const std::string bodies[] = {
    R"({"ietf-restconf:errors":{"error":[)" + inner + "]}}",
    R"({"ietf-restconf:errors":{"error":)" + inner + "}}",
    R"({"ietf-restconf:errors":[{"error":)" + inner + "}]}",
    R"({"ietf-restconf:errors":[)" + inner + "]}",
    R"({"ietf-restconf:errors":)" + inner + "}",
    R"({"errors":{"ietf-restconf:error":[)" + inner + "]}}",
    R"({"error":)" + inner + "}",
    R"({"error":[)" + inner + "]}",
    inner,
    "[" + inner + "]",
    R"({"response":{"status":"x","ietf-restconf:errors":{"error":)" + inner
      + "}}}",
    R"({"rpc-reply":{"rpc-error":)" + inner + "}}",
    "\n<errors><error><error-type>rpc</error-type><error-tag>access-denied"
    "</error-tag><error-message>no</error-message></error></errors>",
    "<rpc-reply><rpc-error><error-type>rpc</error-type><error-tag>"
    "access-denied</error-tag><error-message>no</error-message></rpc-error>"
    "</rpc-reply>",
    "<r><b><errors xmlns='urn:x'><error><error-type>rpc</error-type><error-tag>"
    "access-denied</error-tag><error-message>no</error-message></error>"
    "</errors></b></r>",
    "<errors><error-type>rpc</error-type><error-tag>access-denied</error-tag>"
    "<error-message>no</error-message></errors>",
  };
  for (const auto& body : bodies)
    for (const auto& type : {json_type, xml_type, std::string{"text/plain"}})
      BOOST_TEST_CONTEXT(body) {
        auto error = check(answered(403, type, body));
        BOOST_TEST(detail_of(error, "error-type") == "rpc");
        BOOST_TEST(detail_of(error, "error-tag") == "access-denied");
        BOOST_TEST(detail_of(error, "error-message") == "no");
        BOOST_TEST(detail_of(error, "errors") == "none");
      }
}

BOOST_AUTO_TEST_CASE(errors_with_a_good_status_are_errors) {
  const std::string bad[] = {
    R"({"ietf-restconf:errors":{"error":[{"error-tag":"x"}]}})",
    R"({"errors":{"error":{"error-tag":"x"}}})",
    R"({"a:b":1,"ietf-restconf:errors":{"error":{"error-tag":"x"}}})",
    R"({"ietf-yang-patch:yang-patch-status":{"edit-status":{"edit":[)"
    R"({"edit-id":"1","ok":[null]},)"
    R"({"edit-id":"2","errors":{"error":[{"error-tag":"x"}]}}]}}})",
    "<errors xmlns='urn:ietf:params:xml:ns:yang:ietf-restconf'><error>"
    "<error-tag>x</error-tag></error></errors>",
    "<errors><error><error-tag>x</error-tag></error></errors>",
    "<yang-patch-status xmlns='urn:ietf:params:xml:ns:yang:ietf-yang-patch'>"
    "<edit-status><edit><errors><error><error-tag>x</error-tag></error>"
    "</errors></edit></edit-status></yang-patch-status>",
  };
  for (const auto& body : bad)
    for (auto status : {200, 201, 206})
      BOOST_TEST_CONTEXT(body) {
        auto error = check(answered(status, json_type, body));
        BOOST_TEST((code_of(error) == errc::operation_failed));
        BOOST_TEST(detail_of(error, "error-tag") == "x");
      }
  // Data that only has such a name.
  const std::string good[] = {
    R"({"m:errors":{"error":[{"error-tag":"x"}]}})",
    R"({"m:log":{"errors":{"error":[{"error-tag":"x"}]}}})",
    R"({"ietf-yang-patch:yang-patch-status":{"ok":[null]}})",
    R"({"ietf-restconf:errors":{}})",
    "<errors xmlns='urn:m'><error><error-tag>x</error-tag></error></errors>",
    "<log><errors><error><error-tag>x</error-tag></error></errors></log>",
  };
  for (const auto& body : good)
    BOOST_TEST(check(answered(200, json_type, body)).empty(), body);
}

BOOST_AUTO_TEST_CASE(an_error_that_says_nothing_is_one_all_the_same) {
  const std::string bodies[] = {
    "",
    "<html>oops</html>",
    "{",
    "[]",
    "null",
    "\"errors\"",
    R"({"errors": []})",
    R"({"errors": {"error": []}})",
    R"({"errors": {"error": {}}})",
    R"({"errors": {"error": [5]}})",
    R"({"errors": {"error": [{"error-tag": {}}]}})",
    std::string(100'000, '['),
    std::string(100, '\xff'),
  };
  for (const auto& body : bodies)
    for (const auto& type : {json_type, xml_type, std::string{"text/html"}}) {
      auto error = check(answered(500, type, body));
      BOOST_TEST((code_of(error) == errc::operation_failed));
      BOOST_TEST(detail_of(error, "status") == "500");
      BOOST_TEST(detail_of(error, "error-tag") == "none");
    }
}

BOOST_AUTO_TEST_CASE(the_root_is_read) {
  auto root = [](const std::string& links) {
    return outcome(read_root(answered(
      200, "application/xrd+xml",
      "<?xml version='1.0'?><XRD xmlns='http://docs.oasis-open.org/ns/xri/"
      "xrd-1.0'>"
        + links + "</XRD>")));
  };
  BOOST_TEST(root("<Link rel='restconf' href='/restconf'/>") == "/restconf");
  BOOST_TEST(root("<Link rel='x' href='/x'/><Link rel='restconf' "
                  "href='/top/rc/'/>")
             == "/top/rc");
  BOOST_TEST(root("<Link rel='restconf' href='https://h:8443/rc'/>") == "/rc");
  BOOST_TEST(root("") == "! protocol_error");
  BOOST_TEST(root("<Link rel='restconf'/>") == "! protocol_error");
  BOOST_TEST(root("<Link rel='restconf' href='rc'/>") == "! protocol_error");
  BOOST_TEST(outcome(read_root(answered(200, "x", "no XML")))
             == "! protocol_error");
  BOOST_TEST(outcome(read_root(answered(404, "x", "")))
             == "! operation_failed");
}

BOOST_AUTO_TEST_CASE(the_version_of_the_yang_library_is_read) {
  BOOST_TEST(outcome(read_yang_library_version(answered(
               200, json_type,
               R"({"ietf-restconf:yang-library-version": "2019-01-04"})")))
             == "2019-01-04");
  BOOST_TEST(outcome(read_yang_library_version(
               answered(200, xml_type,
                        "<yang-library-version xmlns='urn:x'>2016-06-21"
                        "</yang-library-version>")))
             == "2016-06-21");
  BOOST_TEST(outcome(read_yang_library_version(answered(200, json_type, "{}")))
             == "! protocol_error");
}

BOOST_AUTO_TEST_CASE(the_location_of_a_stream_is_read) {
  BOOST_TEST(outcome(read_stream_location(
               answered(200, json_type,
                        R"({"ietf-restconf-monitoring:location":
                   "https://example.com/streams/NETCONF?x=1"})")))
             == "/streams/NETCONF?x=1");
  BOOST_TEST(outcome(read_stream_location(answered(
               200, json_type, R"({"m:location": "/streams/NETCONF"})")))
             == "/streams/NETCONF");
  BOOST_TEST(outcome(read_stream_location(
               answered(200, json_type, R"({"m:location": 5})")))
             == "! protocol_error");
}

BOOST_AUTO_TEST_SUITE_END()
