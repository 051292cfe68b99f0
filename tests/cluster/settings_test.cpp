#include <tieline/actors/cluster/membership/addresses.hpp>
#include <tieline/actors/cluster/membership/cluster_settings.hpp>
#include <tieline/messages/interfaces.hpp>

#include <caf/actor_system_config.hpp>

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace tieline;
using namespace std::chrono_literals;

namespace tieline {

std::ostream& operator<<(std::ostream& out, errc x) {
  return out << to_string(x);
}

} // namespace tieline

namespace {

caf::expected<cluster_settings> loaded(const std::string& text) {
  std::istringstream in{"tieline { cluster {" + text + "} }"};
  auto config = caf::actor_system_config::parse_config(in);
  BOOST_REQUIRE(config);
  return cluster_settings::load(*config);
}

} // namespace

BOOST_AUTO_TEST_SUITE(settings_test)

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  init();
  struct row {
    std::string text;
    const char* error;
  };
  const std::string tls = "etcd = [\"https://e\"]\n";
  const row rows[] = {
    {"nodes = [\"a\"]", "nodes: 'a': not name=host:port"},
    {"nodes = [\"a=h:1\", \"a=h:2\"]", "nodes: 'a=h:2': there is another a"},
    {"nodes = [\"b=h:1\", \"a=h:1\"]", "nodes: nodes a and b are both at h:1"},
    {"nodes = [\"a=h:1\"]\netcd = [\"http://e\"]", "nodes: contradicts etcd"},
    {"advertise = \"h\"", "advertise: there is no port"},
    {"etcd = [\"e:2379\"]", "etcd: 'e:2379': not https://host:port"},
    {"etcd = [\"http://e\", \"http://e:2379/\"]",
     "etcd: 'http://e:2379/': there is another e:2379"},
    {"etcd-ca-file = \"a\"", "etcd-ca-file: there is no etcd"},
    {"etcd-username = \"u\"", "etcd-username: there is no etcd"},
    {"etcd = [\"http://e\"]\netcd-ca-file = \"a\"",
     "etcd-ca-file: no URL of etcd is https"},
    {tls + "etcd-key = \"k\"", "etcd-certificate: etcd-key needs it"},
    {tls + "etcd-username = \"u\"", "etcd-password-file: etcd-username needs"},
    {tls + "etcd-password-file = \"p\"", "etcd-username: etcd-password-file"},
    {"etcd = [\"http://e\"]\netcd-username = \"u\"\netcd-password-file = \"p\"",
     "etcd: the password would go to e in plain text"},
    {"etcd = [\"http://127.0.0.1.example.com\"]\netcd-username = \"u\"\n"
     "etcd-password-file = \"p\"",
     "etcd: the password would go to 127.0.0.1.example.com in plain text"},
    {tls + "etcd-prefix = \"/a/\"", "etcd-prefix: ends with /"},
    {tls + "etcd-prefix = \"\"", "etcd-prefix: not a name"},
    {"lease = 2500ms\nrenew-interval = 500ms\nclose-before = 1s",
     "lease: etcd counts whole seconds"},
    {"lease = 29s", "lease: 29s is less than twice the renew-interval and "
                    "close-before, which is 30s"},
  };
  for (const auto& [text, error] : rows) {
    BOOST_TEST_CONTEXT(text) {
      auto got = loaded(text);
      BOOST_REQUIRE(!got);
      BOOST_CHECK_EQUAL(code_of(got.error()), errc::invalid_setting);
      auto begin = std::string{"tieline.cluster."} + error;
      BOOST_CHECK_EQUAL(failure_of(got.error()).cause.substr(0, begin.size()),
                        begin);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_password_may_go_to_loopback_in_plain_text) {
  for (auto host : {"localhost", "127.0.0.1", "[::1]"}) {
    BOOST_TEST_CONTEXT(host) {
      cluster_settings x;
      x.etcd = {std::string{"http://"} + host};
      x.etcd_username = "u";
      x.etcd_password_file = "p";
      BOOST_CHECK(!x.check());
    }
  }
}

BOOST_AUTO_TEST_CASE(nodes_are_read) {
  struct row {
    const char* text;
    cluster_node node;
  };
  const row good[] = {
    {"a=h:1", {"a", "h", 1, 1, node_state::alive}},
    {"a-1.b=192.0.2.1:65535*0",
     {"a-1.b", "192.0.2.1", 65535, 0, node_state::alive}},
    {"a=[2001:db8::1]:4711*2.5",
     {"a", "2001:db8::1", 4711, 2.5, node_state::alive}},
  };
  for (const auto& [text, node] : good) {
    BOOST_TEST_CONTEXT(text) {
      cluster_node got;
      BOOST_CHECK_EQUAL(read_node(text, got), "");
      BOOST_CHECK(got == node);
    }
  }
  std::vector<cluster_node> all;
  BOOST_CHECK_EQUAL(read_nodes({"b=h:1", "a=h:2"}, all), "");
  BOOST_REQUIRE_EQUAL(all.size(), 2u);
  BOOST_CHECK_EQUAL(all[0].name, "a");
}

BOOST_AUTO_TEST_CASE(nodes_that_are_none_are_not) {
  struct row {
    const char* text;
    const char* wrong;
  };
  const row bad[] = {
    {"", "not name=host:port"},
    {"=h:1", "there is no name"},
    {"a/b=h:1", "not a name: 'a/b'"},
    {"a b=h:1", "not a name: 'a b'"},
    {"a=h", "there is no port"},
    {"a=:1", "there is no host"},
    {"a=h:", "the port is not 1 to 65535: ''"},
    {"a=h:0", "the port is not 1 to 65535: '0'"},
    {"a=h:65536", "the port is not 1 to 65535: '65536'"},
    {"a=h:1x", "the port is not 1 to 65535: '1x'"},
    {"a=2001:db8::1:1", "an IPv6 address needs brackets"},
    {"a=[::1", "a bracket is not closed"},
    {"a=[::1]", "there is no port"},
    {"a=h:1*", "the weight is not 0 to 1000: ''"},
    {"a=h:1*nan", "the weight is not 0 to 1000: 'nan'"},
    {"a=h:1*-1", "the weight is not 0 to 1000: '-1'"},
    {"a=h:1*1001", "the weight is not 0 to 1000: '1001'"},
    {"a=h@i:1", "not a host: 'h@i'"},
  };
  for (const auto& [text, wrong] : bad) {
    BOOST_TEST_CONTEXT(text) {
      cluster_node got;
      BOOST_CHECK_EQUAL(read_node(text, got), wrong);
    }
  }
}

BOOST_AUTO_TEST_CASE(urls_of_etcd_are_read) {
  struct row {
    const char* text;
    etcd_endpoint endpoint;
  };
  const row good[] = {
    {"https://e", {"e", 2379, true}},
    {"http://e:1/", {"e", 1, false}},
    {"https://[::1]", {"::1", 2379, true}},
    {"https://[::1]:7", {"::1", 7, true}},
  };
  for (const auto& [text, endpoint] : good) {
    BOOST_TEST_CONTEXT(text) {
      etcd_endpoint got;
      BOOST_CHECK_EQUAL(read_etcd_url(text, got), "");
      BOOST_CHECK(got == endpoint);
    }
  }
  struct bad_row {
    const char* text;
    const char* wrong;
  };
  const bad_row bad[] = {
    {"e:2379", "not https://host:port or http://host:port"},
    {"ftp://e", "not https://host:port or http://host:port"},
    {"https://", "there is no host"},
    {"https://u:p@e", "the user is set by etcd-username"},
    {"https://e/v3", "etcd takes no path"},
    {"https://e:", "the port is not 1 to 65535: ''"},
    {"https://::1", "an IPv6 address needs brackets"},
    {"https://e?a", "not a host: 'e?a'"},
  };
  for (const auto& [text, wrong] : bad) {
    BOOST_TEST_CONTEXT(text) {
      etcd_endpoint got;
      BOOST_CHECK_EQUAL(read_etcd_url(text, got), wrong);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
