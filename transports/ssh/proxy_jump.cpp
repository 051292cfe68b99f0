#include "tieline/transports/ssh/proxy_jump.hpp"

#include "tieline/messages/support/text.hpp"
#include "tieline/transports/ssh/config/patterns.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <system_error>

namespace tieline::ssh {

namespace {

// As with OpenSSH, a hop has nothing else of the host behind it.
constexpr std::string_view inherited[] = {"config-file", "config-exec",
                                          "known-hosts", "global-known-hosts",
                                          "host-key-policy"};

/// Returns what tells hops apart.
std::string name_of(const connection_params& x) {
  auto port = x.port ? ':' + std::to_string(*x.port) : std::string{};
  return lower_case(x.hostname) + port;
}

} // namespace

proxy_chain::proxy_chain(const connection_params& target)
  : target_(name_of(target)) {
  for (const auto& [name, value] : target.extras)
    if (std::find(std::begin(inherited), std::end(inherited), dashed(name))
        != std::end(inherited))
      common_.extras.emplace(name, value);
}

hop proxy_chain::make_hop(std::string_view text) const {
  hop result{{std::string{text}, "ssh"}, common_};
  auto& params = result.params;
  constexpr std::string_view scheme = "ssh://";
  if (text.substr(0, scheme.size()) == scheme) {
    text.remove_prefix(scheme.size());
    if (!text.empty() && text.back() == '/')
      text.remove_suffix(1);
  }
  if (auto at = text.rfind('@'); at != std::string_view::npos) {
    params.username = text.substr(0, at);
    text.remove_prefix(at + 1);
  }
  std::string_view port;
  if (!text.empty() && text.front() == '[') {
    auto end = std::min(text.find(']'), text.size());
    params.hostname = text.substr(1, end - 1);
    port = text.substr(std::min(end + 1, text.size()));
  } else {
    auto colon = std::min(text.find(':'), text.size());
    params.hostname = text.substr(0, colon);
    port = text.substr(colon);
  }
  if (!port.empty()) {
    uint16_t number = 0;
    auto last = port.data() + port.size();
    auto [end, code] = std::from_chars(port.data() + 1, last, number);
    params.port = port.front() == ':' && end == last && code == std::errc{}
                    ? number
                    : uint16_t{0};
  }
  return result;
}

std::string proxy_chain::prepend(std::string_view value) {
  std::vector<hop> fresh;
  while (!value.empty()) {
    auto comma = value.find(',');
    fresh.push_back(make_hop(value.substr(0, comma)));
    value.remove_prefix(std::min(comma, value.size() - 1) + 1);
  }
  for (const auto& x : fresh)
    if (x.params.hostname.empty() || (x.params.port && *x.params.port == 0))
      return "must be [user@]host[:port] with commas between them";
  if (fresh.empty())
    return "is empty";
  hops_.insert(hops_.begin(), fresh.begin(), fresh.end());
  std::vector<std::string> names;
  std::string way = target_;
  for (auto i = hops_.rbegin(); i != hops_.rend(); ++i) {
    names.push_back(name_of(i->params));
    way += " via " + names.back();
  }
  names.push_back(target_);
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) != names.end())
    return "it leads to a host by that host itself: " + way;
  return {};
}

} // namespace tieline::ssh
