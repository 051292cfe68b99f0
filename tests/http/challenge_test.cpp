#include <tieline/transports/http/challenge.hpp>

#include <boost/test/unit_test.hpp>

using namespace tieline::http;

namespace {

struct row {
  const char* challenges;
  const char* told;
};

const row rows[] = {
  {"", "it offers no way to log in"},
  {"Basic", "it offers Basic"},
  {"Basic realm=\"a\"", "it offers Basic"},
  {"Digest realm=\"a, Basic b\", nonce=\"x\", qop = \"auth\"",
   "it offers Digest"},
  {"Basic realm=\"\\\", Bearer\", Digest nonce=x, algorithm=MD5",
   "it offers Basic, Digest"},
  {"Negotiate, NTLM", "it offers Negotiate, NTLM"},
  {"NTLM TlRMTVNTUAAC==, Negotiate", "it offers NTLM, Negotiate"},
  {"Digest nonce=\"1\", Digest nonce=\"2\", digest nonce=\"3\"",
   "it offers Digest"},
  {" , ,basic realm=x", "it offers basic"},
  {"realm=\"x\"", "it offers no way to log in"},
  {"Basic realm=\"no end", "it offers Basic"},
  {"\"Basic\"", "it offers no way to log in"},
  {"a,b,c,d,e,f,g,h,i,j,k,l", "it offers a, b, c, d, e, f, g, h, i, j"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(challenge_test)

BOOST_AUTO_TEST_CASE(schemes_are_told_from_their_parameters) {
  for (const auto& x : rows)
    BOOST_TEST_CONTEXT(x.challenges)
  BOOST_TEST(describe_offer(offered_schemes(x.challenges)) == x.told);
}

BOOST_AUTO_TEST_CASE(the_case_of_a_scheme_does_not_matter) {
  auto schemes = offered_schemes("BASIC realm=x");
  BOOST_TEST(offers(schemes, "basic"));
  BOOST_TEST(!offers(schemes, "bearer"));
}

BOOST_AUTO_TEST_SUITE_END()
