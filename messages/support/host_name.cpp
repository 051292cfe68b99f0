#include "tieline/messages/support/host_name.hpp"

#include "tieline/messages/support/ascii.hpp"
#include "tieline/messages/support/text.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace tieline {

namespace {

bool is_name(std::string_view x) {
  return !x.empty() && std::all_of(x.begin(), x.end(), [](char c) {
    return is_alnum(c) || c == '-' || c == '.' || c == '_';
  });
}

bool is_ipv6(std::string_view x) {
  auto zone = std::min(x.find('%'), x.size());
  in6_addr address{};
  return inet_pton(AF_INET6, std::string{x.substr(0, zone)}.c_str(), &address)
           == 1
         && (zone == x.size() || is_name(x.substr(zone + 1)));
}

} // namespace

std::string read_host(std::string_view text, std::string& host) {
  auto name = text;
  if (name.size() > 2 && name.front() == '[' && name.back() == ']')
    name = name.substr(1, name.size() - 2);
  auto colon = name.rfind(':');
  if (colon == std::string_view::npos) {
    if (!is_name(name))
      return "is empty or has a character that no host name has";
  } else if (!is_ipv6(name)) {
    auto port = name.substr(colon + 1);
    if (!port.empty() && std::all_of(port.begin(), port.end(), is_digit))
      return "has a port, which is a param of its own: " + in_quotes(text);
    return "has a colon and is no IPv6 address: " + in_quotes(text);
  }
  host = name;
  return {};
}

} // namespace tieline
