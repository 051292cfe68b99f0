#include <tieline/transports/ssh/forwarding.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using tieline::ssh::read_refusal;
using tieline::ssh::refused_forward;

namespace {

struct row {
  const char* message;
  refused_forward::kind why;
  const char* cause;
};

using kind = refused_forward::kind;

const row rows[] = {
  {"Channel opening failure: channel 43 error (1) open failed",
   kind::prohibited, "administratively prohibited: open failed"},
  {"Channel opening failure: channel 43 error (2) Connection refused",
   kind::unreachable, "connect failed: Connection refused"},
  {"Channel opening failure: channel 43 error (3) direct-tcpip?",
   kind::prohibited, "unknown channel type: direct-tcpip?"},
  {"Channel opening failure: channel 43 error (4) (full)", kind::shortage,
   "resource shortage: (full)"},
  {"Channel opening failure: channel 43 error (77) what", kind::prohibited,
   "what"},
  {"Channel opening failure: channel 43 error (1)", kind::prohibited,
   "administratively prohibited: "},
  {"Channel opening failure: channel 43 error (", kind::prohibited, ""},
  {"something else", kind::prohibited, "something else"},
  {"", kind::prohibited, ""},
};

} // namespace

BOOST_AUTO_TEST_SUITE(forwarding_test)

BOOST_AUTO_TEST_CASE(what_the_server_said_is_taken_apart) {
  for (const auto& x : rows) {
    BOOST_TEST_CONTEXT(x.message) {
      auto got = read_refusal(x.message);
      BOOST_CHECK(got.why == x.why);
      BOOST_TEST(got.cause == x.cause);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
