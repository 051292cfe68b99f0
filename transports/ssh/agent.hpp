#pragma once

#include "tieline/transports/io/worker_pool.hpp"
#include "tieline/transports/ssh/libssh_session.hpp"

#include <caf/actor_addr.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::ssh {

class agent_socket;
class agent_relay;

/// A key that an agent has.
struct agent_key {
  /// The public half, or the certificate, as it goes over the wire.
  std::string blob;
  std::string comment;
};

/// Reads an agent's answer to the question for its keys
/// (draft-miller-ssh-agent, 3.5). What does not make sense is left out.
std::vector<agent_key> parse_agent_keys(std::string_view answer);

/// Logs in with the keys of an SSH agent, one that is chosen from outside at a
/// time: libssh by itself would try them all, in the agent's order.
///
/// libssh blocks while it talks to the agent, so that runs on a worker;
/// meanwhile the session is the worker's. libssh does not talk to the agent
/// itself but to a relay that shows it one key.
class agent_login {
public:
  agent_login(std::shared_ptr<libssh_session> session, std::string socket_path,
              std::string username);

  agent_login(const agent_login&) = delete;

  agent_login& operator=(const agent_login&) = delete;

  /// Cuts the agent's socket, so that the worker comes back and frees what it
  /// holds, if it waits for an agent that never answers.
  ~agent_login();

  /// Connects to the agent. Returns why it cannot; empty if it could.
  std::string connect();

  /// Asks for the keys on a worker; calls `done` with them in the context of
  /// `asker`. There are none if the agent is gone.
  void list(io::worker_pool& workers, caf::actor_addr asker,
            std::function<void(std::vector<agent_key>)> done);

  /// Runs ssh_userauth_agent with this key alone on a worker, and `done` with
  /// its result in the context of `asker`; to be called again with the same
  /// key as long as that is "again".
  void sign(const agent_key& key, io::worker_pool& workers,
            caf::actor_addr asker, std::function<void(int)> done);

private:
  std::shared_ptr<libssh_session> libssh_;
  std::string path_;
  std::string username_;
  std::shared_ptr<agent_socket> agent_;
  std::shared_ptr<agent_relay> relay_;
};

} // namespace tieline::ssh
