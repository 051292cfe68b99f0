#pragma once

#include "tieline/transports/ssh/agent.hpp"
#include "tieline/transports/ssh/auth_plan.hpp"
#include "tieline/transports/ssh/profile.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tieline::ssh {

/// How logins went, so that the next one begins with what is known to work: a
/// server hangs up after a few refusals. Any thread may use it; it holds no
/// secret.
class login_memory {
public:
  /// @param key the agent's key that logged in, if one did
  void worked(const profile& who, auth_method method, const std::string& key);

  /// The server refused these keys of the agent and hung up before the others.
  void refused(const profile& who, const std::set<std::string>& keys);

  /// Returns what logged in to this host the last time.
  std::optional<auth_method> method_of(const profile& who) const;

  /// Returns the keys with those first that logged in: here, or else this user
  /// anywhere; those last that were refused here.
  std::vector<agent_key> ordered(const profile& who,
                                 std::vector<agent_key> keys) const;

private:
  struct entry {
    std::optional<auth_method> method;
    std::string key;
    std::set<std::string> refused;
  };

  mutable std::mutex mutex_;
  std::map<std::string, entry> hosts_;
  // The key that logged in last, by username.
  std::map<std::string, std::string> users_;
};

} // namespace tieline::ssh
