#include "fleet/inventory.hpp"

#include <algorithm>
#include <utility>

namespace fleet {

namespace {

template <class T>
void override_with(std::optional<T>& lower, const std::optional<T>& higher) {
  if (higher)
    lower = higher;
}

void override_with(settings& lower, const settings& higher) {
  // Whose login it is, not a part of it.
  if (higher.credential) {
    lower.username.reset();
    lower.password.reset();
    lower.secrets.clear();
  }
  if (higher.password)
    lower.credential.reset();
  override_with(lower.hostname, higher.hostname);
  override_with(lower.port, higher.port);
  override_with(lower.username, higher.username);
  override_with(lower.password, higher.password);
  override_with(lower.platform, higher.platform);
  override_with(lower.credential, higher.credential);
  if (higher.jump) {
    lower.jump = higher.jump;
    lower.jump_place = higher.jump_place;
  }
  for (auto& [name, value] : higher.extras)
    lower.extras.insert_or_assign(name, value);
  for (auto& [name, value] : higher.secrets)
    lower.secrets.insert_or_assign(name, value);
}

/// What a list of entries adds up to.
struct layer {
  settings own;
  settings plugin;
  std::vector<std::string> groups;

  void add(const settings& more_own, const settings& more_plugin) {
    override_with(own, more_own);
    override_with(plugin, more_plugin);
  }

  void add(const layer& higher) {
    add(higher.own, higher.plugin);
    for (auto& name : higher.groups)
      if (std::find(groups.begin(), groups.end(), name) == groups.end())
        groups.push_back(name);
  }
};

/// Adds up each group with its own groups, once.
class group_resolver {
public:
  explicit group_resolver(const std::map<std::string, entry>& groups)
    : groups_(groups) {
    // nop
  }

  /// @param owner who lists the group, for the error.
  const layer& operator()(const group_name& ref, const std::string& owner) {
    if (auto i = resolved_.find(ref.name); i != resolved_.end())
      return i->second;
    auto field = owner + ".groups";
    auto i = groups_.find(ref.name);
    if (i == groups_.end())
      throw inventory_error{ref.where, field,
                            "unknown group '" + ref.name + "'"};
    if (std::find(path_.begin(), path_.end(), ref.name) != path_.end())
      throw inventory_error{ref.where, field, "cycle: " + cycle_to(ref.name)};
    path_.push_back(ref.name);
    layer result;
    for (auto& parent : i->second.groups)
      result.add((*this)(parent, ref.name));
    result.add(i->second.own, i->second.plugin);
    result.groups.insert(result.groups.begin(), ref.name);
    path_.pop_back();
    return resolved_.emplace(ref.name, std::move(result)).first->second;
  }

private:
  std::string cycle_to(const std::string& name) const {
    std::string result;
    for (auto i = std::find(path_.begin(), path_.end(), name); i != path_.end();
         ++i)
      result += *i + " -> ";
    return result + name;
  }

  const std::map<std::string, entry>& groups_;
  std::map<std::string, layer> resolved_;
  std::vector<std::string> path_;
};

tieline::connection_params to_params(settings from, const std::string& name) {
  tieline::connection_params result;
  result.hostname = from.hostname.value_or(name);
  result.port = from.port;
  result.username = from.username.value_or("");
  if (from.password)
    result.password = std::move(*from.password);
  result.platform = from.platform.value_or("");
  result.extras = std::move(from.extras);
  if (from.credential)
    result.extras["credential"] = std::move(*from.credential);
  result.secrets = std::move(from.secrets);
  return result;
}

} // namespace

std::vector<host> resolve(const inventory_files& files) {
  group_resolver group{files.groups};
  // Also the groups that no host uses, so that a mistake does not wait there.
  for (auto& [name, entry] : files.groups)
    group({name, {}}, name);
  std::vector<host> result;
  for (auto& entry : files.hosts) {
    layer sum;
    sum.add(files.defaults.own, files.defaults.plugin);
    for (auto& ref : entry.groups)
      sum.add(group(ref, entry.name));
    sum.add(entry.own, entry.plugin);
    override_with(sum.own, sum.plugin);
    auto jump = sum.own.jump.value_or("");
    auto direct = jump == "none";
    auto jump_place = sum.own.jump_place;
    result.push_back({entry.name,
                      std::move(sum.groups),
                      to_params(std::move(sum.own), entry.name),
                      {},
                      direct ? std::string{} : std::move(jump),
                      direct,
                      std::move(jump_place)});
  }
  return result;
}

} // namespace fleet
