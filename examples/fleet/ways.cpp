#include "fleet/ways.hpp"

#include "fleet/command_line.hpp"

#include <tieline/messages/failure.hpp>
#include <tieline/transports/ssh/ssh_config.hpp>

#include <algorithm>
#include <utility>

namespace fleet {

namespace {

/// Has no jump host be taken from ssh_config(5).
void go_directly(tieline::connection_params& params) {
  params.extras.emplace("proxy-jump", "none");
}

tieline::hop as_hop(const host& x) {
  tieline::hop result{{x.name, "ssh"}, x.params};
  if (x.direct)
    go_directly(result.params);
  return result;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> result;
  for (size_t begin = 0; begin <= text.size();) {
    auto end = std::min(text.find(',', begin), text.size());
    result.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

} // namespace

ways::ways(std::vector<host> hops, const std::optional<std::string>& given)
  : hops_(std::move(hops)),
    given_(given) {
  if (!given_ || *given_ == "none")
    return;
  // Those of the command line are hosts like the others, without a login yet.
  for (const auto& name : split(*given_)) {
    if (find(name) != nullptr)
      continue;
    auto made = tieline::jump_hosts(name);
    if (!made)
      throw usage_error{"-J: " + tieline::failure_of(made.error()).cause
                        + ", or a host of the inventory"};
    hops_.push_back({name, {}, made->front().params});
  }
}

bool ways::any(const std::vector<host>& hosts) const {
  if (given_)
    return *given_ != "none";
  return std::any_of(hosts.begin(), hosts.end(),
                     [](const host& x) { return !x.jump.empty(); });
}

const host* ways::find(const std::string& name) const {
  auto i = std::find_if(hops_.begin(), hops_.end(),
                        [&](const host& x) { return x.name == name; });
  return i == hops_.end() ? nullptr : &*i;
}

std::vector<tieline::hop> ways::way_to(const host& x) const {
  std::vector<tieline::hop> result;
  std::vector<std::string> seen{x.name};
  auto text = x.name;
  for (const auto* at = &x; !at->jump.empty();) {
    const auto* next = find(at->jump);
    if (next == nullptr)
      throw inventory_error{at->jump_place, at->name + ".jump",
                            "unknown host '" + at->jump + "'"};
    text += " via " + next->name;
    if (std::find(seen.begin(), seen.end(), next->name) != seen.end())
      throw inventory_error{at->jump_place, at->name + ".jump",
                            "leads to a host by that host itself: " + text
                              + " (jump: none ends a way)"};
    seen.push_back(next->name);
    result.insert(result.begin(), as_hop(*next));
    at = next;
  }
  return result;
}

std::vector<tieline::hop> ways::given_way() const {
  std::vector<tieline::hop> result;
  for (const auto& name : split(*given_)) {
    const auto* x = find(name);
    // Only the first is reached as the inventory says.
    if (result.empty())
      result = way_to(*x);
    result.push_back(as_hop(*x));
  }
  return result;
}

void ways::add_to(std::vector<host>& hosts) const {
  auto none = given_ && *given_ == "none";
  std::vector<tieline::hop> given;
  if (given_ && !none)
    given = given_way();
  for (auto& x : hosts) {
    if ((none || x.direct) && x.plugin != "http")
      go_directly(x.params);
    if (none)
      continue;
    auto way = given_ ? given : way_to(x);
    auto own = std::find_if(way.begin(), way.end(), [&](const auto& hop) {
      return hop.key.hostname == x.name;
    });
    // A jump host that is among the hosts is reached as it is for the others.
    way.erase(own, way.end());
    x.params.via = std::move(way);
  }
}

} // namespace fleet
