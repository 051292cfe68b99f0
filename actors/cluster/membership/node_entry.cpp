#include "tieline/actors/cluster/membership/node_entry.hpp"

#include "tieline/actors/node/protocol.hpp"

#include <charconv>
#include <cmath>
#include <iomanip>
#include <limits>
#include <map>
#include <sstream>

namespace tieline {

namespace {

constexpr auto no_entry = "not the entry of a node";

template <class T>
bool read_number(const std::string& text, T& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(),
                                      out);
  return error == std::errc{} && end == text.data() + text.size();
}

} // namespace

std::string print_node_entry(const cluster_node& x) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out << protocol() << "\nname: " << x.name << "\nhost: " << x.host
      << "\nport: " << x.port << "\nweight: "
      << std::setprecision(std::numeric_limits<double>::max_digits10)
      << x.weight << "\nleaving: " << (x.state == node_state::leaving) << '\n';
  return out.str();
}

std::string read_node_entry(const std::string& text, cluster_node& out) {
  std::istringstream in{text};
  std::string line;
  std::getline(in, line);
  if (line != protocol()) {
    // Up to protocol 1 it was an object of JSON that names it.
    auto begin = line.find("tieline protocol ");
    if (begin == std::string::npos)
      return no_entry;
    return "it speaks " + line.substr(begin, line.find('"', begin) - begin)
           + ", not " + protocol();
  }
  std::map<std::string, std::string> said;
  while (std::getline(in, line))
    if (auto colon = line.find(": "); colon != std::string::npos)
      said[line.substr(0, colon)] = line.substr(colon + 2);
  out.name = said["name"];
  out.host = said["host"];
  if (out.name.empty() || out.host.empty()
      || !read_number(said["port"], out.port)
      || !read_number(said["weight"], out.weight) || !(out.weight >= 0)
      || std::isinf(out.weight)
      || (said["leaving"] != "0" && said["leaving"] != "1"))
    return no_entry;
  out.state = said["leaving"] == "1" ? node_state::leaving : node_state::alive;
  return {};
}

} // namespace tieline
