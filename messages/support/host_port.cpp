#include "tieline/messages/support/host_port.hpp"

#include "tieline/messages/support/text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace tieline {

namespace {

std::string read_port(std::string_view text, uint16_t& port) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(),
                                      port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0)
    return "the port is not 1 to 65535: " + quoted(text);
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
    return "not a host: " + quoted(host);
  return {};
}

} // namespace

std::string host_port(std::string_view host, uint16_t port) {
  std::string result{host};
  if (host.find(':') != std::string_view::npos)
    result = '[' + result + ']';
  return result + ':' + std::to_string(port);
}

std::string read_host(std::string_view text, std::string& host) {
  auto name = text;
  if (name.size() > 2 && name.front() == '[' && name.back() == ']')
    name = name.substr(1, name.size() - 2);
  auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  };
  auto is_name = [&](std::string_view x) {
    return !x.empty() && std::all_of(x.begin(), x.end(), is_letter);
  };
  auto colon = name.rfind(':');
  if (colon == std::string_view::npos && !is_name(name))
    return "is empty or has a character that no host name has";
  if (colon != std::string_view::npos) {
    auto zone = std::min(name.find('%'), name.size());
    in6_addr address{};
    auto good = inet_pton(AF_INET6, std::string{name.substr(0, zone)}.c_str(),
                          &address)
                  == 1
                && (zone == name.size() || is_name(name.substr(zone + 1)));
    uint16_t port = 0;
    if (!good && read_port(name.substr(colon + 1), port).empty())
      return "has a port, which is a param of its own: " + quoted(text);
    if (!good)
      return "has a colon and is no IPv6 address: " + quoted(text);
  }
  host = name;
  return {};
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
