#pragma once

#include <string>

namespace tieline::test {

/// Returns docs/settings.md as the tables of options have it.
std::string settings_page();

} // namespace tieline::test
