#include <tieline/transports/http/call.hpp>

#include <boost/test/unit_test.hpp>

using namespace tieline;
using namespace tieline::http;

namespace {

using attributes = std::map<std::string, std::string>;

/// Returns `METHOD path [body]`, or what is wrong.
std::string read(attributes with, std::string body = {}) {
  request what;
  what.attributes = std::move(with);
  what.body = std::move(body);
  call result;
  auto wrong = parse_call(what, result);
  if (!wrong.empty())
    return "! " + wrong;
  return result.method + ' ' + result.path + " [" + result.body + ']';
}

struct row {
  attributes with;
  std::string body;
  std::string expected;
};

const row good[] = {
  {{{"path", "/"}}, "", "GET / []"},
  {{{"path", "/a?b=c&d"}}, "", "GET /a?b=c&d []"},
  {{{"path", "/"}}, "x", "POST / [x]"},
  {{{"path", "/"}, {"method", "PUT"}}, "x", "PUT / [x]"},
  {{{"path", "/"}, {"method", "M-SEARCH"}}, "", "M-SEARCH / []"},
  {{{"path", "//two"}}, "", "GET //two []"},
  {{}, "/a", "GET /a []"},
  {{}, "/a content", "GET /a [content]"},
  {{}, "GET /a", "GET /a []"},
  {{}, "POST /a one two", "POST /a [one two]"},
  {{}, "POST /a\n{\n}", "POST /a [{\n}]"},
  {{}, "POST /a\r\n{}", "POST /a [{}]"},
  {{}, "POST /a  x", "POST /a [ x]"},
};

// What the words begin with that say what is wrong.
const row bad[] = {
  {{}, "", "body: "},
  {{}, "GET", "body: "},
  {{}, "GET a", "body: "},
  {{}, " GET /a", "body: "},
  {{{"method", "GET"}}, "", "attributes.path: "},
  {{{"path", ""}}, "", "attributes.path: "},
  {{{"path", "a"}}, "", "attributes.path: "},
  {{{"path", "*"}, {"method", "OPTIONS"}}, "", "attributes.path: "},
  {{{"path", "http://other/"}}, "", "attributes.path: "},
  {{{"path", "/a b"}}, "", "attributes.path: "},
  {{{"path", "/a\r\nx: y"}}, "", "attributes.path: "},
  {{{"path", std::string{"/a\0b", 4}}}, "", "attributes.path: "},
  {{{"path", "/a#b"}}, "", "attributes.path: "},
  {{{"path", "/\xc3\xa4"}}, "", "attributes.path: "},
  {{{"path", "/" + std::string(70'000, 'x')}}, "", "attributes.path: "},
  {{{"path", "/"}, {"method", ""}}, "", "attributes.method: "},
  {{{"path", "/"}, {"method", "GET /x HTTP/1.1\r\n"}},
   "",
   "attributes.method: "},
  {{{"path", "/"}, {"method", "CONNECT"}}, "", "attributes.method: "},
  {{{"path", "/"}, {"method", std::string(33, 'X')}},
   "",
   "attributes.method: "},
  {{{"path", "/"}, {"method", "HEAD"}}, "x", "attributes.method: "},
  {{{"path", "/"}, {"method", "TRACE"}}, "x", "attributes.method: "},
  {{{"path", "/"}, {"header.", "x"}}, "", "attributes.header.: "},
  {{{"path", "/"}, {"header.a b", "x"}}, "", "attributes.header.a b: "},
  {{{"path", "/"}, {"header.a:", "x"}}, "", "attributes.header.a:: "},
  {{{"path", "/"}, {"header.a", "x\r\ny: z"}}, "", "attributes.header.a: "},
  {{{"path", "/"}, {"header.a", "x\n"}}, "", "attributes.header.a: "},
  {{{"path", "/"}, {"header.a", std::string{"x\0", 2}}},
   "",
   "attributes.header.a: "},
  {{{"path", "/"}, {"header.Host", "x"}}, "", "attributes.header.Host: "},
  {{{"path", "/"}, {"header.content-length", "0"}},
   "",
   "attributes.header.content-length: "},
  {{{"path", "/"}, {"header.Transfer-Encoding", "chunked"}},
   "",
   "attributes.header.Transfer-Encoding: "},
  {{{"path", "/"}, {"query", "x"}}, "", "attributes.query: "},
};

} // namespace

BOOST_AUTO_TEST_SUITE(call_test)

BOOST_AUTO_TEST_CASE(good_requests_are_read) {
  for (const auto& x : good)
    BOOST_TEST_CONTEXT(x.expected)
  BOOST_TEST(read(x.with, x.body) == x.expected);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  for (const auto& x : bad)
    BOOST_TEST_CONTEXT(x.expected) {
      auto told = read(x.with, x.body);
      BOOST_TEST(told.substr(0, x.expected.size() + 2) == "! " + x.expected);
      BOOST_TEST(told.size() > x.expected.size() + 2);
    }
}

BOOST_AUTO_TEST_CASE(headers_keep_their_names_and_values) {
  request what;
  what.attributes = {{"path", "/"},
                     {"header.X-Test", "a, b\tc \xc3\xa4"},
                     {"header.Authorization", "x"}};
  call result;
  BOOST_TEST(parse_call(what, result) == "");
  BOOST_TEST_REQUIRE(result.headers.size() == 2u);
  BOOST_TEST(result.headers[1].first == "X-Test");
  BOOST_TEST(result.headers[1].second == "a, b\tc \xc3\xa4");
  BOOST_TEST(result.has_authorization());
}

BOOST_AUTO_TEST_CASE(restconf_has_its_media_types_by_the_content) {
  const std::string json = "application/yang-data+json";
  const std::string xml = "application/yang-data+xml";
  struct media_row {
    const char* path;
    std::string body;
    std::string type;
    std::string accept;
  };
  const media_row rows[] = {
    {"/restconf/data", "", "", json},
    {"/restconf", "", "", json},
    {"/restconf?depth=1", "", "", json},
    {"/restconf/data/x", " {\"x:y\":1}", json, json},
    {"/restconf/data/x", "[1]", json, json},
    {"/restconf/data/x", "\n<y xmlns='u'/>", xml, xml},
    {"/restconf/data", R"({"ietf-yang-patch:yang-patch":{}})",
     "application/yang-patch+json", json},
    {"/restconf/data",
     "<yang-patch xmlns='urn:ietf:params:xml:ns:yang:ietf-yang-patch'/>",
     "application/yang-patch+xml", xml},
    {"/restconfig", "{}", "", ""},
    {"/", "{}", "", ""},
    {"/x/restconf/data", "{}", "", ""},
  };
  for (const auto& x : rows)
    BOOST_TEST_CONTEXT(x.path << ' ' << x.body) {
      call made{"PATCH", x.path, {}, x.body};
      add_media_types(made, "/restconf");
      std::string type;
      std::string accept;
      for (const auto& [name, value] : made.headers)
        (name == "Accept" ? accept : type) = value;
      BOOST_TEST(type == x.type);
      BOOST_TEST(accept.substr(0, accept.find(',')) == x.accept);
      // Who names them is obeyed.
      call named{
        "PATCH", x.path, {{"accept", "a/b"}, {"content-type", "c/d"}}, x.body};
      add_media_types(named, "/restconf");
      BOOST_TEST(named.headers.size() == 2u);
      call none{"PATCH", x.path, {}, x.body};
      add_media_types(none, "");
      BOOST_TEST(none.headers.empty());
    }
}

BOOST_AUTO_TEST_CASE(fields_of_a_session_are_those_that_a_call_lacks) {
  call made{"GET", "/", {{"X-One", "own"}}, {}};
  add_fields(made, {{"x-one", "other"}, {"x-two", "two"}});
  BOOST_REQUIRE(made.headers.size() == 2u);
  BOOST_TEST(made.headers[0].second == "own");
  BOOST_TEST(made.headers[1].first == "x-two");
}

BOOST_AUTO_TEST_CASE(the_idempotent_methods_are_those_of_the_rfc) {
  for (const auto* method :
       {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
    BOOST_TEST((call{method, "/", {}, {}}.idempotent()));
  for (const auto* method : {"POST", "PATCH", "LOCK", "get"})
    BOOST_TEST(!(call{method, "/", {}, {}}.idempotent()));
}

BOOST_AUTO_TEST_SUITE_END()
