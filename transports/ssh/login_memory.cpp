#include "tieline/transports/ssh/login_memory.hpp"

#include <algorithm>

namespace tieline::ssh {

namespace {

// To forget costs a refusal or two.
constexpr size_t max_entries = 200'000;

std::string name_of(const profile& who) {
  return who.user + '@' + who.host + ':' + std::to_string(who.port);
}

template <class Map>
auto& entry_of(Map& all, const std::string& name) {
  if (all.size() >= max_entries && all.count(name) == 0)
    all.clear();
  return all[name];
}

} // namespace

void login_memory::worked(const profile& who, auth_method method,
                          const std::string& key) {
  std::lock_guard guard{mutex_};
  entry_of(hosts_, name_of(who)) = {method, key, {}};
  if (!key.empty())
    entry_of(users_, who.user) = key;
}

void login_memory::refused(const profile& who,
                           const std::set<std::string>& keys) {
  std::lock_guard guard{mutex_};
  entry_of(hosts_, name_of(who)).refused.insert(keys.begin(), keys.end());
}

std::optional<auth_method> login_memory::method_of(const profile& who) const {
  std::lock_guard guard{mutex_};
  auto pos = hosts_.find(name_of(who));
  return pos == hosts_.end() ? std::nullopt : pos->second.method;
}

std::vector<agent_key>
login_memory::ordered(const profile& who, std::vector<agent_key> keys) const {
  std::lock_guard guard{mutex_};
  auto host = hosts_.find(name_of(who));
  auto user = users_.find(who.user);
  auto rank = [&](const agent_key& x) {
    if (host != hosts_.end() && host->second.key == x.blob)
      return 0;
    if (host != hosts_.end() && host->second.refused.count(x.blob) > 0)
      return 3;
    return user != users_.end() && user->second == x.blob ? 1 : 2;
  };
  std::stable_sort(keys.begin(), keys.end(), [&](const auto& x, const auto& y) {
    return rank(x) < rank(y);
  });
  return keys;
}

} // namespace tieline::ssh
