#include "tieline/messages/support/host_port.hpp"

#include "tieline/messages/support/text.hpp"

#include <algorithm>
#include <charconv>

namespace tieline {

namespace {

std::string read_port(std::string_view text, uint16_t& port) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(),
                                      port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0)
    return "the port is not 1 to 65535: " + in_quotes(text);
  return {};
}

std::string check_host(std::string_view host) {
  constexpr std::string_view others = "/[]@=*,?#";
  auto bad = [others](char c) {
    return c <= ' ' || c > '~' || others.find(c) != std::string_view::npos;
  };
  if (host.empty())
    return "there is no host";
  if (std::any_of(host.begin(), host.end(), bad))
    return "not a host: " + in_quotes(host);
  return {};
}

} // namespace

std::string host_port(std::string_view host, uint16_t port) {
  std::string result{host};
  if (host.find(':') != std::string_view::npos)
    result = '[' + result + ']';
  return result + ':' + std::to_string(port);
}

std::string read_host_port(std::string_view text, std::string& host,
                           uint16_t& port) {
  std::string_view name;
  auto colon = text.rfind(':');
  if (text.substr(0, 1) == "[") {
    auto end = text.find(']');
    if (end == std::string_view::npos)
      return "a bracket is not closed";
    name = text.substr(1, end - 1);
    colon = end + 1;
    if (text.substr(colon, 1) != ":")
      return "there is no port";
  } else {
    if (colon == std::string_view::npos)
      return "there is no port";
    name = text.substr(0, colon);
    if (name.find(':') != std::string_view::npos)
      return "an IPv6 address needs brackets";
  }
  if (auto wrong = check_host(name); !wrong.empty())
    return wrong;
  host = name;
  return read_port(text.substr(colon + 1), port);
}

} // namespace tieline
