#include "tieline/messages/options/groups.hpp"

#include "tieline/messages/options/option_value.hpp"

#include <caf/config_value.hpp>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

namespace tieline {

namespace {

/// Each part of tieline checks its own, but none of them would miss one that
/// has another name.
constexpr std::string_view known[] = {
  "cli", "cluster", "credential", "http", "netconf", "node", "plugin", "ssh",
};

std::string list_of_known() {
  std::string result;
  for (auto name : known)
    result += (result.empty() ? "" : ", ") + std::string{name};
  return result;
}

} // namespace

caf::error check_groups(const caf::settings& config) {
  const auto* ours = caf::get_if<caf::settings>(&config, "tieline");
  if (ours == nullptr)
    return {};
  for (const auto& [name, value] : *ours) {
    if (!caf::holds_alternative<caf::settings>(value))
      continue;
    std::string_view text{name.data(), name.size()};
    if (std::find(std::begin(known), std::end(known), text) == std::end(known))
      return invalid_setting('.' + std::string{text},
                             "unknown group; there are " + list_of_known());
  }
  return {};
}

} // namespace tieline
