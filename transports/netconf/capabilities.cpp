#include "tieline/transports/netconf/capabilities.hpp"

#include <algorithm>
#include <utility>

namespace tieline::netconf {

namespace {

std::string_view without_parameters(std::string_view uri) {
  return uri.substr(0, uri.find('?'));
}

/// Returns whether a URI that was told means this capability. Old servers write
/// `urn:ietf:params:xml:ns:netconf:` for `urn:ietf:params:netconf:`.
bool means(std::string_view told, std::string_view uri) {
  constexpr std::string_view old = "urn:ietf:params:xml:ns:netconf:";
  constexpr std::string_view right = "urn:ietf:params:netconf:";
  told = without_parameters(told);
  if (told == uri)
    return true;
  return told.substr(0, old.size()) == old
         && uri.substr(0, right.size()) == right
         && told.substr(old.size()) == uri.substr(right.size());
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> result;
  while (!text.empty()) {
    auto end = std::min(text.find(separator), text.size());
    if (end > 0)
      result.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

std::string percent_decode(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    auto escaped = text[i] == '%' && text.size() - i > 2;
    auto high = escaped ? hex_digit(text[i + 1]) : -1;
    auto low = escaped ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      result += text[i];
      continue;
    }
    result += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return result;
}

std::optional<std::string> parameter_of(std::string_view uri,
                                        std::string_view name) {
  auto begin = uri.find('?');
  if (begin == std::string_view::npos)
    return std::nullopt;
  for (auto x : split(uri.substr(begin + 1), '&')) {
    auto equals = std::min(x.find('='), x.size());
    if (x.substr(0, equals) == name)
      return percent_decode(x.substr(std::min(equals + 1, x.size())));
  }
  return std::nullopt;
}

std::vector<std::string> parts_of(const std::optional<std::string>& list) {
  std::vector<std::string> result;
  if (list)
    for (auto x : split(*list, ','))
      result.emplace_back(x);
  return result;
}

} // namespace

capabilities::capabilities(std::vector<std::string> all)
  : all_(std::move(all)) {
  constexpr std::string_view blanks = " \t\r\n";
  for (auto& x : all_) {
    x.erase(0, x.find_first_not_of(blanks));
    x.erase(x.find_last_not_of(blanks) + 1);
  }
}

bool capabilities::has(std::string_view uri) const {
  return find(uri).has_value();
}

std::optional<std::string>
capabilities::parameter(std::string_view uri, std::string_view name) const {
  auto found = find(uri);
  return found ? parameter_of(*found, name) : std::nullopt;
}

std::vector<std::string> capabilities::list(std::string_view uri,
                                            std::string_view name) const {
  return parts_of(parameter(uri, name));
}

std::vector<yang_module> capabilities::modules() const {
  std::vector<yang_module> result;
  for (const auto& x : all_)
    if (auto name = parameter_of(x, "module"))
      result.push_back({std::move(*name),
                        parameter_of(x, "revision").value_or(""),
                        std::string{without_parameters(x)},
                        parts_of(parameter_of(x, "features"))});
  return result;
}

std::optional<std::string_view> capabilities::find(std::string_view uri) const {
  auto found = std::find_if(all_.begin(), all_.end(),
                            [&](const auto& x) { return means(x, uri); });
  if (found == all_.end())
    return std::nullopt;
  return *found;
}

} // namespace tieline::netconf
