
#include "fleet/limit.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>
#include <vector>

using namespace fleet;

namespace {

const std::vector<host> hosts = {
  {"core1", {"core", "berlin"}, {}},
  {"core2", {"core", "paris"}, {}},
  {"access1", {"access", "berlin"}, {}},
  {"access12", {"access", "paris"}, {}},
};

std::string chosen(const std::string& text) {
  limit what{text};
  std::string result;
  for (auto& x : hosts)
    if (what.matches(x))
      result += (result.empty() ? "" : " ") + x.name;
  return result;
}

struct row {
  const char* text;
  const char* hosts;
};

const row rows[] = {
  {"*", "core1 core2 access1 access12"},
  {"core1", "core1"},
  {"core*", "core1 core2"},
  {"access?", "access1"},
  {"core[13]", "core1"},
  {"core[!1]", "core2"},
  {"core1,access12", "core1 access12"},
  {" core1 , access12 ", "core1 access12"},
  {"berlin", "core1 access1"},
  {"ber*,!core", "access1"},
  {"!berlin", "core2 access12"},
  {"core,!core1", "core2"},
  {"!core1,core", "core2"},
  {"!*", ""},
  {"nothing", ""},
  {"CORE1", ""},
};

} // namespace

BOOST_AUTO_TEST_SUITE(limit_test)

BOOST_AUTO_TEST_CASE(globs_match_names_and_groups) {
  for (auto& row : rows)
    BOOST_TEST_CONTEXT(row.text)
  BOOST_TEST(chosen(row.text) == row.hosts);
}

BOOST_AUTO_TEST_CASE(an_empty_pattern_is_an_error) {
  for (auto* text : {"", ",", "core1,", "!", "core1, ,core2"})
    BOOST_TEST_CONTEXT(text)
  BOOST_CHECK_THROW(limit{text}, std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(patterns_that_match_nothing_are_told) {
  auto unused = limit{"core1,cor,!paris,!rome"}.unused(hosts);
  BOOST_TEST(unused == (std::vector<std::string>{"cor", "rome"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
