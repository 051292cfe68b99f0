#include "tieline/actors/admission/credential_guard.hpp"

#include "tieline/messages/internal/ticket.hpp"

#include <utility>

namespace tieline {

namespace {

constexpr auto attempts_kept_for = std::chrono::hours{24};

} // namespace

bool credential_guard::refused(const ticket& what, time_point now) {
  if (hosts_ == 0 || what.credential == 0)
    return false;
  pruning_.run(entries_, [now](const auto& x) {
    return now - x.second.last_wanted > attempts_kept_for;
  });
  auto& e = entries_[what.credential];
  e.last_wanted = now;
  if (e.stopped || !e.hosts.insert(what.key.hostname).second)
    return false;
  e.username = what.username;
  if (++e.failures < hosts_)
    return false;
  e.stopped = true;
  e.stopped_by = what.key;
  e.hosts.clear();
  return true;
}

std::optional<connection_key> credential_guard::accepted(const ticket& what) {
  auto node = entries_.extract(what.credential);
  if (node.empty() || !node.mapped().stopped)
    return std::nullopt;
  return std::move(node.mapped().stopped_by);
}

std::vector<connection_key>
credential_guard::clear(const std::string& username) {
  std::vector<connection_key> result;
  for (auto i = entries_.begin(); i != entries_.end();) {
    auto& e = i->second;
    if (e.username != username) {
      ++i;
      continue;
    }
    if (e.stopped)
      result.push_back(std::move(e.stopped_by));
    i = entries_.erase(i);
  }
  return result;
}

bool credential_guard::holds_back(uint64_t credential, time_point now) {
  auto i = entries_.find(credential);
  if (i == entries_.end())
    return false;
  i->second.last_wanted = now;
  return i->second.stopped;
}

credential_guard::standing credential_guard::of(uint64_t credential) const {
  auto i = entries_.find(credential);
  if (i == entries_.end())
    return {};
  return {i->second.stopped, i->second.failures};
}

} // namespace tieline
