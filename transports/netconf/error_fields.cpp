#include "tieline/transports/netconf/error_fields.hpp"

#include "tieline/messages/failure.hpp"
#include "tieline/messages/support/printable.hpp"
#include "tieline/transports/netconf/well_formed.hpp"

#include <algorithm>
#include <utility>

namespace tieline {

namespace netconf {

namespace {

std::string prefix_of(size_t index) {
  return index == 0 ? std::string{} : std::to_string(index + 1) + '.';
}

} // namespace

void put_errors(std::map<std::string, std::string>& into,
                const std::vector<netconf_error>& errors) {
  for (size_t i = 0; i < errors.size(); ++i) {
    auto prefix = prefix_of(i);
    for (auto [name, field] : error_fields)
      if (const auto& value = errors[i].*field; !value.empty())
        into[prefix + name] = value;
  }
}

std::vector<netconf_error>
get_errors(const std::map<std::string, std::string>& from) {
  std::vector<netconf_error> result;
  for (;;) {
    netconf_error next;
    auto prefix = prefix_of(result.size());
    for (auto [name, field] : error_fields)
      if (auto found = from.find(prefix + name); found != from.end())
        next.*field = found->second;
    // Each has at least its severity.
    if (next == netconf_error{})
      return result;
    result.push_back(std::move(next));
  }
}

std::string one_line(std::string text) {
  std::replace_if(
    text.begin(), text.end(),
    [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return printable(text, max_told);
}

} // namespace netconf

std::string describe(const netconf_error& x) {
  auto result = x.tag.empty() ? "an error without a tag" : x.tag;
  if (x.tag.empty() && x.severity == "warning")
    result = "a warning without a tag";
  if (!x.message.empty())
    result += ": " + x.message;
  if (!x.path.empty())
    result += ", at " + x.path;
  return netconf::one_line(std::move(result));
}

std::vector<netconf_error> netconf_errors_of(const caf::error& x) {
  if (code_of(x) != errc::operation_failed)
    return {};
  return netconf::get_errors(failure_of(x).details);
}

std::vector<netconf_error> netconf_warnings_of(const reply& x) {
  return netconf::get_errors(x.attributes);
}

} // namespace tieline
