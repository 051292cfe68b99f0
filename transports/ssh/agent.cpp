#include "tieline/transports/ssh/agent.hpp"

#include "tieline/messages/support/file.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace tieline::ssh {

namespace {

/// Keeps SIGPIPE from this thread: libssh writes to an agent without
/// MSG_NOSIGNAL, and one that has died would end the process.
class no_sigpipe {
public:
  no_sigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }

  no_sigpipe(const no_sigpipe&) = delete;

  no_sigpipe& operator=(const no_sigpipe&) = delete;

  ~no_sigpipe() {
    timespec now{};
    if (!was_pending_)
      sigtimedwait(&pipe_, nullptr, &now);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

std::string resolve_path(const std::string& path) {
  if (path != "env")
    return expand_home(path);
  // Unsafe only beside a setenv, and we have none.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  const auto* value = std::getenv("SSH_AUTH_SOCK");
  return value != nullptr ? value : "";
}

} // namespace

agent_login::~agent_login() {
  if (socket_ >= 0) {
    shutdown(socket_, SHUT_RDWR);
    close(socket_);
  }
}

bool agent_login::connect() {
  auto path = resolve_path(path_);
  sockaddr_un name{};
  if (path.empty() || path.size() >= sizeof(name.sun_path))
    return false;
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), path.size());
  // A local connect that does not block succeeds or fails at once.
  auto fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return false;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&name), sizeof(name)) != 0) {
    close(fd);
    return false;
  }
  socket_ = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (socket_ < 0 || ssh_set_agent_socket(link_->get(), fd) != SSH_OK) {
    close(fd);
    return false;
  }
  return true;
}

void agent_login::start(io::worker_pool& workers, caf::actor_addr asker,
                        std::function<void(int)> done) {
  workers.ask(
    path_, std::move(asker),
    [link = link_]() mutable {
      no_sigpipe guard;
      auto result = ssh_userauth_agent(link->get(), nullptr);
      // The session may be gone: then this was the last to hold the link.
      link.reset();
      return result;
    },
    // As with an agent that died, the next method gets its turn.
    [](const std::string&) -> int { return SSH_AUTH_ERROR; }, std::move(done));
}

} // namespace tieline::ssh
