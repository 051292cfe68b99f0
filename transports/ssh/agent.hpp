#pragma once

#include "tieline/transports/io/worker_pool.hpp"
#include "tieline/transports/ssh/link.hpp"

#include <caf/actor_addr.hpp>

#include <functional>
#include <memory>
#include <string>

namespace tieline::ssh {

/// Logs in with the keys of an SSH agent. libssh blocks while it talks to the
/// agent, so each call runs on a worker; meanwhile the link is the worker's.
class agent_login {
public:
  agent_login(std::shared_ptr<link> session, std::string socket_path)
    : link_(std::move(session)),
      path_(std::move(socket_path)) {
    // nop
  }

  agent_login(const agent_login&) = delete;

  agent_login& operator=(const agent_login&) = delete;

  /// Cuts the agent's socket, so that the worker comes back and frees what it
  /// holds, if it waits for an agent that never answers.
  ~agent_login();

  /// Connects to the agent. Returns false if there is none.
  bool connect();

  /// Runs ssh_userauth_agent on a worker, and `done` with its result in the
  /// context of `asker`.
  void start(io::worker_pool& workers, caf::actor_addr asker,
             std::function<void(int)> done);

private:
  std::shared_ptr<link> link_;
  std::string path_;
  // A second descriptor of the socket that libssh has.
  int socket_ = -1;
};

} // namespace tieline::ssh
