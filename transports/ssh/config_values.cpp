#include "tieline/transports/ssh/config_values.hpp"

#include <string>

namespace tieline::ssh {

using config::keyword;

namespace {

void add(const config::evaluation& says, keyword what,
         std::vector<ssh_config_value>& to) {
  const auto* found = says.find(what);
  if (found == nullptr)
    return;
  std::string name{config::name_of(what)};
  auto place_of = [&](size_t i) {
    return i < found->places.size() ? found->places[i] : config::place{};
  };
  if (what != keyword::identity_file && what != keyword::certificate_file) {
    auto from = place_of(0);
    to.push_back({name, found->values, from.file, from.line});
    return;
  }
  for (size_t i = 0; i < found->values.size(); ++i) {
    auto from = place_of(i);
    to.push_back({name, {found->values[i]}, from.file, from.line});
  }
}

} // namespace

std::vector<ssh_config_value> values_of(const config::evaluation& says) {
  std::vector<ssh_config_value> result;
  constexpr keyword first[] = {keyword::hostname, keyword::user, keyword::port};
  for (auto what : first)
    add(says, what, result);
  for (const auto& [what, setting] : says.settings)
    if (what != first[0] && what != first[1] && what != first[2])
      add(says, what, result);
  return result;
}

} // namespace tieline::ssh
