#include "options/page.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

std::vector<std::string> lines_of(std::istream& in) {
  std::vector<std::string> result;
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

bool has(const std::vector<std::string>& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

} // namespace

BOOST_AUTO_TEST_SUITE(page_test)

BOOST_AUTO_TEST_CASE(the_page_of_the_settings_is_what_the_tables_say) {
  std::ifstream file{TIELINE_SETTINGS_PAGE};
  std::istringstream tables{tieline::test::settings_page()};
  auto written = lines_of(file);
  auto wanted = lines_of(tables);
  for (const auto& line : wanted)
    if (!has(written, line))
      BOOST_ERROR("docs/settings.md lacks this line: " << line);
  for (const auto& line : written)
    if (!has(wanted, line))
      BOOST_ERROR(
        "docs/settings.md has this line, which is not true: " << line);
  BOOST_CHECK_MESSAGE(written == wanted,
                      "docs/settings.md is not what the tables say; "
                      "'./dev docs' writes it");
}

BOOST_AUTO_TEST_SUITE_END()
