#include "tieline/transports/ssh/ssh_config_value.hpp"

namespace tieline {

std::string to_string(const ssh_config_value& x) {
  auto result = x.keyword;
  for (const auto& value : x.values)
    result += ' ' + value;
  if (x.values.empty())
    result += " none";
  auto place = x.line > 0 ? x.file + ':' + std::to_string(x.line) : "default";
  return result + " (" + place + ')';
}

} // namespace tieline
