#include <tieline/transports/ssh/proxy_jump.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

using namespace tieline;
namespace data = boost::unit_test::data;

namespace {

connection_params target(std::string name) {
  connection_params result;
  result.hostname = std::move(name);
  result.username = "me";
  result.password = secret{"mine"};
  result.extras = {{"config_file", "/c"},
                   {"known-hosts", "/k"},
                   {"private_key_file", "/p"},
                   {"legacy", "true"}};
  return result;
}

/// Returns each hop as `key=user@host:port`.
std::string text(const std::vector<hop>& hops) {
  std::string result;
  for (const auto& x : hops) {
    const auto& p = x.params;
    result += (result.empty() ? "" : " ") + to_string(x.key) + '=' + p.username
              + '@' + p.hostname + ':'
              + (p.port ? std::to_string(*p.port) : "-");
  }
  return result;
}

struct value_case {
  const char* value;
  const char* hops;
};

std::ostream& operator<<(std::ostream& out, const value_case& x) {
  return out << x.value;
}

const value_case value_cases[] = {
  {"bastion", "ssh://bastion=@bastion:-"},
  {"me@bastion:2222", "ssh://me@bastion:2222=me@bastion:2222"},
  {"a,b:23", "ssh://a=@a:- ssh://b:23=@b:23"},
  {"[2001:db8::1]:22", "ssh://[2001:db8::1]:22=@2001:db8::1:22"},
  {"u@[::1]", "ssh://u@[::1]=u@::1:-"},
  {"ssh://u@a:24/", "ssh://ssh://u@a:24/=u@a:24"},
  {"dom@corp@a", "ssh://dom@corp@a=dom@corp@a:-"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(proxy_jump_test)

BOOST_DATA_TEST_CASE(values_are_hops, data::make(value_cases), x) {
  ssh::proxy_chain chain{target("t")};
  BOOST_TEST(chain.prepend(x.value) == "");
  BOOST_TEST(text(chain.hops()) == x.hops);
}

BOOST_AUTO_TEST_CASE(a_hop_inherits_files_and_no_login) {
  ssh::proxy_chain chain{target("t")};
  BOOST_TEST(chain.prepend("b") == "");
  const auto& hop = chain.hops().front().params;
  std::map<std::string, std::string> files{{"config_file", "/c"},
                                           {"known-hosts", "/k"}};
  BOOST_CHECK(hop.extras == files);
  BOOST_TEST(hop.username == "");
  BOOST_TEST(hop.password.empty());
}

BOOST_AUTO_TEST_CASE(what_the_nearest_hop_jumps_through_comes_before_it) {
  ssh::proxy_chain chain{target("t")};
  BOOST_TEST(chain.prepend("c,d") == "");
  BOOST_TEST(chain.nearest().hostname == "c");
  BOOST_TEST(chain.prepend("a,b") == "");
  BOOST_TEST(chain.nearest().hostname == "a");
  BOOST_TEST(text(chain.hops())
             == "ssh://a=@a:- ssh://b=@b:- ssh://c=@c:- ssh://d=@d:-");
}

BOOST_AUTO_TEST_CASE(circles_are_told) {
  ssh::proxy_chain self{target("Bastion")};
  BOOST_TEST(self.prepend("bastion")
             == "it leads to a host by that host itself: bastion via bastion");
  ssh::proxy_chain chain{target("a")};
  BOOST_TEST(chain.prepend("b") == "");
  BOOST_TEST(chain.prepend("a")
             == "it leads to a host by that host itself: a via b via a");
  // Another server of the same machine.
  ssh::proxy_chain ports{target("a")};
  BOOST_TEST(ports.prepend("a:2222") == "");
}

BOOST_AUTO_TEST_SUITE_END()
