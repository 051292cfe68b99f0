#include "tieline/actors/admission/credential_guard.hpp"

#include "tieline/messages/internal/ticket.hpp"

#include <utility>

namespace tieline {

bool credential_guard::refused(const ticket& what) {
  if (hosts_ == 0 || what.credential == 0)
    return false;
  auto& e = entries_[what.credential];
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

credential_guard::standing credential_guard::of(uint64_t credential) const {
  auto i = entries_.find(credential);
  if (i == entries_.end())
    return {};
  return {i->second.stopped, i->second.failures};
}

} // namespace tieline
