#include "tieline/messages/failure.hpp"
#include "tieline/transports/netconf/hello.hpp"
#include "tieline/transports/netconf/names.hpp"

#include <boost/test/unit_test.hpp>

using namespace tieline;
using namespace tieline::netconf;

namespace {

const std::string base_ns = "urn:ietf:params:xml:ns:netconf:base:1.0";
const std::string v10 = "urn:ietf:params:netconf:base:1.0";
const std::string v11 = "urn:ietf:params:netconf:base:1.1";

std::string hello_text(const std::string& capabilities,
                       const std::string& rest) {
  return "<hello xmlns=\"" + base_ns + "\"><capabilities>" + capabilities
         + "</capabilities>" + rest + "</hello>";
}

struct bad_row {
  const char* name;
  std::string text;
  side from;
  const char* cause;
};

const bad_row bad_rows[] = {
  {"no XML", "Password: ", side::server, "text outside"},
  {"a bomb", "<!DOCTYPE a><hello/>", side::server, "document type"},
  {"another message", "<rpc xmlns='" + base_ns + "'/>", side::server,
   "begins with <rpc>"},
  {"of another namespace", "<hello xmlns='urn:x'><capabilities/></hello>",
   side::server, "begins with <hello>"},
  {"no capabilities", "<hello xmlns='" + base_ns + "'/>", side::server,
   "no capabilities"},
  {"session-id 0", hello_text("", "<session-id>0</session-id>"), side::server,
   "session-id: not a number"},
  {"a large session-id", hello_text("", "<session-id>4294967296</session-id>"),
   side::server, "session-id: not a number"},
  {"session-id -1", hello_text("", "<session-id>-1</session-id>"), side::server,
   "session-id: not a number"},
  {"an empty session-id", hello_text("", "<session-id/>"), side::server,
   "session-id: not a number"},
  {"a client's session-id", hello_text("", "<session-id>1</session-id>"),
   side::client, "a client's with a session-id"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(hello_test)

BOOST_AUTO_TEST_CASE(what_one_side_says_the_other_understands) {
  hello server{capabilities{{v10, v11, "urn:x?a=1&b=<2>"}}, 4294967295};
  auto got = read_hello(make_hello(server), side::server);
  BOOST_REQUIRE(got);
  BOOST_TEST(got->can.all() == server.can.all(),
             boost::test_tools::per_element());
  BOOST_TEST(*got->session_id == 4294967295u);
  hello client{capabilities{{v11}}, std::nullopt};
  got = read_hello(make_hello(client), side::client);
  BOOST_REQUIRE(got);
  BOOST_TEST(!got->session_id);
  BOOST_TEST(got->can.has(v11));
}

BOOST_AUTO_TEST_CASE(prefixes_blanks_and_unknown_elements_do_no_harm) {
  auto got = read_hello(
    "<?xml version=\"1.0\"?>\n<nc:hello xmlns:nc='" + base_ns
      + "'>\n <nc:capabilities>\n  <nc:capability>\n   " + v10
      + "\n  </nc:capability>\n <capability>urn:no</capability>"
        "</nc:capabilities>\n <other/><nc:session-id> 7 </nc:session-id>\n"
        "</nc:hello>\n",
    side::server);
  BOOST_REQUIRE(got);
  BOOST_TEST(got->can.all().size() == 1u);
  BOOST_TEST(got->can.has(v10));
  BOOST_TEST(*got->session_id == 7u);
}

// Junos, NX-OS, Comware and others.
BOOST_AUTO_TEST_CASE(old_and_sloppy_spellings_are_understood) {
  const std::string old = "urn:ietf:params:xml:ns:netconf:base:1.0";
  const std::string rows[] = {
    hello_text("<capability>" + old + "</capability>", ""),
    hello_text("<capability>\n\t" + v10 + " \n</capability>", ""),
    hello_text("<capability><![CDATA[" + v10 + "]]></capability>", ""),
    hello_text("<capability>" + v10 + "</capability>",
               "<session-id>\n 7\n</session-id>"),
    "<hello><capabilities><capability>" + v10
      + "</capability></capabilities></hello>",
    "<hello xmlns='" + v10 + "'><capabilities><capability>" + v10
      + "</capability></capabilities></hello>",
    "<hello xmlns='" + v11 + "'><capabilities><capability>" + v10
      + "</capability></capabilities></hello>",
    "<hello xmlns='urn:ietf:params:xml:ns:netconf:base:1.1'><capabilities>"
    "<capability>"
      + v10 + "</capability></capabilities></hello>",
    "<nc:hello xmlns:nc='" + base_ns + "'><capabilities><capability>" + v10
      + "</capability></capabilities><session-id>7</session-id></nc:hello>",
    "<hello xmlns='" + base_ns + "'><capabilities xmlns=''><capability>" + v10
      + "</capability></capabilities></hello>",
    "\r\n<?xml version='1.0' encoding='utf-8'?>\r\n"
      + hello_text("<capability>" + v10 + "</capability>", "") + "\n",
    "\xef\xbb\xbf" + hello_text("<capability>" + v10 + "</capability>", ""),
  };
  const capabilities both{{v10, v11}};
  for (const auto& x : rows)
    BOOST_TEST_CONTEXT(x) {
      auto got = read_hello(x, side::server);
      BOOST_REQUIRE(got);
      BOOST_TEST(got->can.has(v10));
      BOOST_TEST(
        (choose_framing(both, got->can).value() == framing::end_of_message));
      auto has_id = x.find("session-id") != std::string::npos;
      BOOST_TEST(got->session_id.value_or(0) == (has_id ? 7u : 0u));
    }
}

BOOST_AUTO_TEST_CASE(capabilities_of_old_servers_are_understood) {
  const std::string old = "urn:ietf:params:xml:ns:netconf:";
  capabilities can{{
    old + "base:1.1",
    old + "capability:candidate:1.0",
    old + "capability:confirmed-commit:1.0",
    old + "capability:url:1.0?protocol=http,ftp",
    " " + std::string{capability::validate_1_0} + "\n",
  }};
  BOOST_TEST(can.has(capability::base_1_1));
  BOOST_TEST(!can.has(capability::base_1_0));
  BOOST_TEST(can.has(capability::candidate));
  BOOST_TEST(can.has(capability::confirmed_commit_1_0));
  BOOST_TEST(!can.has(capability::confirmed_commit_1_1));
  BOOST_TEST(can.list(capability::url, "protocol").size() == 2u);
  BOOST_TEST(can.has(capability::validate_1_0));
}

BOOST_AUTO_TEST_CASE(without_a_common_version_it_says_what_is_not_offered) {
  const capabilities young{{v11}};
  const capabilities old{{v10}};
  auto cause = [](const capabilities& ours, const capabilities& theirs) {
    return failure_of(choose_framing(ours, theirs).error()).cause;
  };
  BOOST_TEST(cause(young, old)
             == "no version of NETCONF in common: the peer has " + v10
                  + ", which we do not offer: the option version must be both "
                    "or 1.0");
  BOOST_TEST(cause(old, young).find(v11 + ", which we do not offer")
             != std::string::npos);
  BOOST_TEST(cause(old, capabilities{{"urn:x"}}).find("neither")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_bad_hello_is_named) {
  for (const auto& x : bad_rows)
    BOOST_TEST_CONTEXT(x.name) {
      auto got = read_hello(x.text, x.from);
      BOOST_REQUIRE(!got);
      BOOST_TEST((code_of(got.error()) == errc::protocol_error));
      auto cause = failure_of(got.error()).cause;
      BOOST_TEST(cause.find(x.cause) != std::string::npos, cause);
    }
}

BOOST_AUTO_TEST_CASE(the_highest_version_of_both_is_spoken) {
  const capabilities none{{"urn:x"}};
  const capabilities old{{v10}};
  const capabilities young{{v11}};
  const capabilities both{{v10, v11}};
  BOOST_TEST((choose_framing(both, both).value() == framing::chunked));
  BOOST_TEST((choose_framing(both, young).value() == framing::chunked));
  BOOST_TEST((choose_framing(both, old).value() == framing::end_of_message));
  BOOST_TEST((choose_framing(old, both).value() == framing::end_of_message));
  for (const auto& [ours, theirs] :
       {std::pair{both, none}, {young, old}, {old, young}, {old, none}}) {
    auto got = choose_framing(ours, theirs);
    BOOST_REQUIRE(!got);
    BOOST_TEST((code_of(got.error()) == errc::unsupported));
  }
}

BOOST_AUTO_TEST_CASE(capabilities_have_parameters) {
  const std::string with_defaults{capability::with_defaults};
  capabilities can{{
    with_defaults + "?basic-mode=explicit&also-supported=report-all,trim",
    "urn:if?module=ietf-interfaces&revision=2018-02-20&features=a,b&x",
    "urn:y?module=y",
    "urn:z?",
    "urn:p?scheme=a%2Cb%zz%4",
  }};
  BOOST_TEST(can.has(with_defaults));
  BOOST_TEST(!can.has(with_defaults + "?basic-mode=explicit"));
  BOOST_TEST(!can.has("urn"));
  BOOST_TEST(*can.parameter(with_defaults, "basic-mode") == "explicit");
  BOOST_TEST(!can.parameter(with_defaults, "basic"));
  BOOST_TEST(!can.parameter("urn:z", "basic-mode"));
  BOOST_TEST(*can.parameter("urn:if", "x") == "");
  BOOST_TEST(*can.parameter("urn:p", "scheme") == "a,b%zz%4");
  const std::vector<std::string> also{"report-all", "trim"};
  BOOST_TEST(can.list(with_defaults, "also-supported") == also,
             boost::test_tools::per_element());
  const std::vector<yang_module> modules{
    {"ietf-interfaces", "2018-02-20", "urn:if", {"a", "b"}},
    {"y", "", "urn:y", {}},
  };
  BOOST_TEST((can.modules() == modules));
}

BOOST_AUTO_TEST_SUITE_END()
