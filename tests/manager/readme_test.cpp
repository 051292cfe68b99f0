#include "tieline/actors/cluster/cluster_settings.hpp"
#include "tieline/actors/node/node_settings.hpp"
#include "tieline/transports/credentials/credentials.hpp"
#include "tieline/transports/http/http.hpp"
#include "tieline/transports/netconf/netconf.hpp"
#include "tieline/transports/ssh/ssh.hpp"

#include <caf/config_option_set.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <set>
#include <string>
#include <vector>

// Those of the manager have a test of their own, settings_test.

namespace {

using names = std::set<std::string>;

/// Returns the first column of the table with this head.
names listed(const std::string& head) {
  std::ifstream readme{TIELINE_README};
  names result;
  auto inside = false;
  for (std::string line; std::getline(readme, line);) {
    if (line.find("| `" + head + "`") == 0) {
      inside = true;
    } else if (inside && line.find('|') != 0) {
      break;
    } else if (inside && line.find("| `") == 0) {
      result.insert(line.substr(3, line.find('`', 3) - 3));
    }
  }
  return result;
}

names declared(const std::string& category,
               void (*add)(caf::config_option_set&)) {
  caf::config_option_set options;
  add(options);
  names result;
  for (auto& x : options)
    if (std::string{x.category().begin(), x.category().end()} == category)
      result.emplace(x.long_name().begin(), x.long_name().end());
  return result;
}

/// Returns the rows of the table between the markers of this name.
std::vector<std::string> rows_of(const std::string& marker) {
  std::ifstream readme{TIELINE_README};
  std::vector<std::string> result;
  auto inside = false;
  for (std::string line; std::getline(readme, line);) {
    if (line == "<!-- " + marker + " -->" || line == "<!-- /" + marker + " -->")
      inside = line == "<!-- " + marker + " -->";
    else if (inside && line.rfind("| `", 0) == 0
             && line.rfind("| `tieline.", 0) != 0)
      result.push_back(line);
  }
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(readme_test)

BOOST_AUTO_TEST_CASE(it_has_the_settings_of_a_credential) {
  std::vector<std::string> expected;
  for (const auto& x : tieline::all_credential_settings())
    expected.push_back("| `" + x.name + "` | " + x.help + " |");
  BOOST_TEST(rows_of("credential settings") == expected,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(it_has_the_settings_of_a_node) {
  std::vector<std::string> expected;
  for (const auto& x : tieline::all_node_settings())
    expected.push_back("| `" + x.name + "` | " + x.fallback + " | " + x.range
                       + " | " + x.help + " |");
  BOOST_TEST(rows_of("node settings") == expected,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(it_has_the_settings_of_a_cluster) {
  std::vector<std::string> expected;
  for (const auto& x : tieline::all_cluster_settings())
    expected.push_back("| `" + x.name + "` | " + x.fallback + " | " + x.range
                       + " | " + x.help + " |");
  BOOST_TEST(rows_of("cluster settings") == expected,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(it_lists_what_there_is) {
  struct row {
    const char* category;
    void (*add)(caf::config_option_set&);
  };
  const row rows[] = {
    {"tieline.http", tieline::http_options::add_options},
    {"tieline.netconf", tieline::netconf_options::add_options},
    {"tieline.ssh", tieline::ssh_options::add_options},
  };
  for (const auto& x : rows) {
    BOOST_TEST_CONTEXT(x.category) {
      auto there = declared(x.category, x.add);
      BOOST_TEST(!there.empty());
      for (const auto& name : listed(x.category + std::string{"."}))
        BOOST_TEST(there.erase(name) == 1u, name << " is no setting");
      for (const auto& name : there)
        BOOST_ERROR("README.md lacks " << name);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
