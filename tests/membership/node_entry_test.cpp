#include <tieline/actors/cluster/membership/node_entry.hpp>
#include <tieline/actors/node/protocol.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tieline;

BOOST_AUTO_TEST_SUITE(node_entry_test)

BOOST_AUTO_TEST_CASE(a_node_is_read_as_it_was_printed) {
  cluster_node x{"a", "2001:db8::1", 4711, 2.5, node_state::leaving};
  cluster_node y;
  BOOST_CHECK_EQUAL(read_node_entry(print_node_entry(x), y), "");
  BOOST_CHECK(x == y);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_node_is_said) {
  struct row {
    std::string text;
    std::string wrong;
  };
  auto ours = protocol() + '\n';
  std::string none = "not the entry of a node";
  const row rows[] = {
    {"", none},
    {"{}", none},
    {ours, none},
    {R"({"protocol":1})", none},
    {R"({"protocol":"tieline protocol 0"})",
     "it speaks tieline protocol 0, not " + protocol()},
    {"tieline protocol 99\nname: a\n",
     "it speaks tieline protocol 99, not " + protocol()},
    {ours + "name: a\nhost: h\nport: 65536\nweight: 1\nleaving: 0\n", none},
    {ours + "name: a\nhost: h\nport: 1\nweight: -1\nleaving: 0\n", none},
    {ours + "name: a\nhost: h\nport: 1\nweight: inf\nleaving: 0\n", none},
    {ours + "name: a\nhost: h\nport: 1\nweight: nan\nleaving: 0\n", none},
    {ours + "name: \nhost: h\nport: 1\nweight: 1\nleaving: 0\n", none},
    {ours + "name: a\nhost: h\nport: 1\nweight: 1\n", none},
  };
  for (const auto& [text, wrong] : rows) {
    BOOST_TEST_CONTEXT(text) {
      cluster_node x;
      BOOST_CHECK_EQUAL(read_node_entry(text, x), wrong);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
