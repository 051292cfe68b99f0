#define BOOST_TEST_MODULE the README has the settings of the transports
#include "tieline/transports/http/http.hpp"
#include "tieline/transports/netconf/netconf.hpp"
#include "tieline/transports/ssh/ssh.hpp"

#include <caf/config_option_set.hpp>

#include <boost/test/included/unit_test.hpp>

#include <fstream>
#include <set>
#include <string>

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

} // namespace

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
