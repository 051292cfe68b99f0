#include "tieline/actors/cluster/membership/addresses.hpp"

#include "tieline/messages/support/host_port.hpp"
#include "tieline/messages/support/text.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

namespace tieline {

namespace {

constexpr double most_weight = 1000;
constexpr uint16_t etcd_port = 2379;

bool is_visible(char c) {
  return c > ' ' && c <= '~';
}

std::string read_weight(std::string_view text, double& weight) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(),
                                      weight);
  if (error != std::errc{} || end != text.data() + text.size()
      || !(weight >= 0 && weight <= most_weight))
    return "the weight is not 0 to 1000: " + in_quotes(text);
  return {};
}

/// Reads each with `read`; `id_of` tells what must differ.
template <class T, class Read, class IdOf>
std::string read_all(const std::vector<std::string>& texts, std::vector<T>& out,
                     Read read, IdOf id_of) {
  std::set<std::string> known;
  for (const auto& text : texts) {
    T x;
    if (auto wrong = read(text, x); !wrong.empty())
      return in_quotes(text) + ": " + wrong;
    if (auto id = id_of(x); !known.insert(id).second)
      return in_quotes(text) + ": there is another " + id;
    out.push_back(std::move(x));
  }
  return {};
}

} // namespace

std::string read_node(std::string_view text, cluster_node& out) {
  auto equals = text.find('=');
  if (equals == std::string_view::npos)
    return "not name=host:port";
  auto name = text.substr(0, equals);
  auto place = text.substr(equals + 1);
  if (auto wrong = check_node_name(name); !wrong.empty())
    return wrong;
  out.name = name;
  if (auto star = place.find('*'); star != std::string_view::npos) {
    if (auto wrong = read_weight(place.substr(star + 1), out.weight);
        !wrong.empty())
      return wrong;
    place = place.substr(0, star);
  }
  return read_host_port(place, out.host, out.port);
}

std::string read_nodes(const std::vector<std::string>& texts,
                       std::vector<cluster_node>& out) {
  auto wrong = read_all(texts, out, read_node,
                        [](const cluster_node& x) { return x.name; });
  if (!wrong.empty())
    return wrong;
  std::sort(out.begin(), out.end(),
            [](auto& x, auto& y) { return x.name < y.name; });
  std::map<std::pair<std::string, uint16_t>, std::string> places;
  for (const auto& x : out)
    if (auto [other, is_new] = places.emplace(std::pair{x.host, x.port},
                                              x.name);
        !is_new)
      return "nodes " + other->second + " and " + x.name + " are both at "
             + host_port(x.host, x.port);
  return {};
}

std::string read_etcd_url(std::string_view text, etcd_endpoint& out) {
  auto begins = [text](std::string_view with) {
    return text.substr(0, with.size()) == with;
  };
  constexpr std::string_view https = "https://";
  constexpr std::string_view http = "http://";
  if (!begins(https) && !begins(http))
    return "not https://host:port or http://host:port";
  out.tls = begins(https);
  auto rest = text.substr(out.tls ? https.size() : http.size());
  if (!rest.empty() && rest.back() == '/')
    rest.remove_suffix(1);
  if (rest.find('@') != std::string_view::npos)
    return "the user is set by etcd-username";
  if (rest.find('/') != std::string_view::npos)
    return "etcd takes no path";
  auto bracket = rest.find(']');
  auto has_port = bracket == std::string_view::npos
                    ? rest.find(':') != std::string_view::npos
                    : bracket + 1 != rest.size();
  auto place = std::string{rest};
  if (!has_port)
    place += ':' + std::to_string(etcd_port);
  return read_host_port(place, out.host, out.port);
}

std::string read_etcd_urls(const std::vector<std::string>& texts,
                           std::vector<etcd_endpoint>& out) {
  return read_all(texts, out, read_etcd_url, [](const etcd_endpoint& x) {
    return host_port(x.host, x.port);
  });
}

std::string check_node_name(std::string_view name) {
  auto bad = [](char c) {
    return !is_visible(c) || c == '/' || c == '=' || c == ',';
  };
  if (name.empty())
    return "there is no name";
  if (std::any_of(name.begin(), name.end(), bad))
    return "not a name: " + in_quotes(name);
  return {};
}

} // namespace tieline
