#include "command_table.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace tieline::lab {

void command_table::add(std::string name, command run, input stdin_is) {
  entries_.insert_or_assign(std::move(name), entry{std::move(run), stdin_is});
}

command_table::match command_table::find(std::string_view line) const {
  constexpr std::string_view blank = " \t\r\n";
  auto first = line.find_first_not_of(blank);
  if (first == std::string_view::npos)
    return {nullptr, {}};
  line = line.substr(first, line.find_last_not_of(blank) + 1 - first);
  // The longest name first, then one word less each time.
  for (auto size = line.size(); size != std::string_view::npos;
       size = line.find_last_of(' ', size - 1)) {
    if (auto i = entries_.find(line.substr(0, size)); i != entries_.end()) {
      auto rest = line.substr(size);
      rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(' ')));
      return {&i->second, rest};
    }
  }
  return {nullptr, {}};
}

result run(const command& what, const invocation& how) {
  try {
    return what(how);
  } catch (const std::exception& x) {
    return {"", std::string{"% Command failed: "} + x.what() + "\n", 1};
  } catch (...) {
    return {"", "% Command failed\n", 1};
  }
}

result unknown_command() {
  return {"", "% Invalid input\n", 1};
}

} // namespace tieline::lab
