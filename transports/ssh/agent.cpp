#include "tieline/transports/ssh/agent.hpp"

#include "tieline/messages/support/file.hpp"
#include "tieline/messages/support/text.hpp"
#include "tieline/transports/credentials/wire.hpp"
#include "tieline/transports/io/post.hpp"
#include "tieline/transports/io/thread.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace tieline::ssh {

namespace {

// Of draft-miller-ssh-agent.
constexpr char agent_failure = 5;
constexpr char request_identities = 11;
constexpr char identities_answer = 12;
constexpr char sign_request = 13;

// As much as libssh takes.
constexpr size_t max_message = size_t{256} * 1024;

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

bool read_all(int fd, std::string& to) {
  for (size_t done = 0; done < to.size();) {
    auto n = recv(fd, to.data() + done, to.size() - done, 0);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    done += static_cast<size_t>(n);
  }
  return true;
}

bool write_message(int fd, std::string_view message) {
  std::string framed;
  put_string(framed, message);
  return write_all(fd, framed);
}

std::optional<std::string> read_message(int fd) {
  std::string length(4, '\0');
  if (!read_all(fd, length))
    return std::nullopt;
  std::string_view rest{length};
  auto size = take_number(rest).value_or(0);
  if (size == 0 || size > max_message)
    return std::nullopt;
  std::string result(size, '\0');
  if (!read_all(fd, result))
    return std::nullopt;
  return result;
}

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

/// The connection to an agent. One thread at a time asks; any may cut it.
class agent_socket {
public:
  explicit agent_socket(int fd) : fd_(fd) {
    // nop
  }

  agent_socket(const agent_socket&) = delete;

  agent_socket& operator=(const agent_socket&) = delete;

  ~agent_socket() {
    close(fd_);
  }

  void cut() const noexcept {
    shutdown(fd_, SHUT_RDWR);
  }

  /// Blocks. Returns the answer, or nothing if the agent is gone.
  std::optional<std::string> ask(std::string_view message) const {
    if (!write_message(fd_, message))
      return std::nullopt;
    return read_message(fd_);
  }

private:
  int fd_;
};

/// What libssh takes for the agent: has one key, and has the agent sign with
/// it. A thread of its own, since libssh waits for each answer.
class agent_relay {
public:
  /// @throws std::system_error there is no socket or no thread left
  explicit agent_relay(std::shared_ptr<agent_socket> agent)
    : agent_(std::move(agent)) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      throw std::system_error{errno, std::generic_category()};
    end_ = ends[0];
    try {
      thread_ = io::start_thread("tieline.agent", [this] { run(); });
    } catch (...) {
      close(ends[0]);
      close(ends[1]);
      throw;
    }
    libssh_end_ = ends[1];
  }

  agent_relay(const agent_relay&) = delete;

  agent_relay& operator=(const agent_relay&) = delete;

  ~agent_relay() {
    cut();
    thread_.join();
    close(end_);
    if (libssh_end_ >= 0)
      close(libssh_end_);
  }

  /// Returns the end for libssh, which closes it; -1 if it has it already.
  int take_end() noexcept {
    return std::exchange(libssh_end_, -1);
  }

  void show(const agent_key& key) {
    std::lock_guard guard{mutex_};
    shown_ = key;
  }

  void cut() const noexcept {
    shutdown(end_, SHUT_RDWR);
    agent_->cut();
  }

private:
  void run() {
    while (auto request = read_message(end_)) {
      std::optional<std::string> answer;
      if (request->front() == request_identities)
        answer = list();
      else if (request->front() == sign_request)
        answer = agent_->ask(*request);
      else
        answer = std::string(1, agent_failure);
      if (!answer || !write_message(end_, *answer))
        break;
    }
    // Whoever waits for the next answer shall not.
    shutdown(end_, SHUT_RDWR);
  }

  std::string list() {
    std::lock_guard guard{mutex_};
    std::string result(1, identities_answer);
    put_number(result, 1);
    put_string(result, shown_.blob);
    put_string(result, shown_.comment);
    return result;
  }

  std::shared_ptr<agent_socket> agent_;
  int end_ = -1;
  int libssh_end_ = -1;
  std::mutex mutex_;
  agent_key shown_;
  std::thread thread_;
};

std::vector<agent_key> parse_agent_keys(std::string_view answer) {
  std::vector<agent_key> result;
  if (answer.empty() || answer.front() != identities_answer)
    return result;
  answer.remove_prefix(1);
  for (auto n = take_number(answer).value_or(0); n > 0; --n) {
    auto blob = take_string(answer);
    auto comment = take_string(answer);
    if (!blob || !comment)
      break;
    result.push_back({std::string{*blob}, std::string{*comment}});
  }
  return result;
}

agent_login::agent_login(std::shared_ptr<libssh_session> session,
                         std::string socket_path, std::string username)
  : libssh_(std::move(session)),
    path_(std::move(socket_path)),
    username_(std::move(username)) {
  // nop
}

agent_login::~agent_login() {
  if (agent_)
    agent_->cut();
  if (relay_)
    relay_->cut();
}

std::string agent_login::connect() {
  auto path = resolve_path(path_);
  sockaddr_un name{};
  if (path.empty())
    return "SSH_AUTH_SOCK is not set";
  if (path.size() >= sizeof(name.sun_path))
    return path + " is too long a path";
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), path.size());
  // A local connect that does not block succeeds or fails at once.
  auto fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0
      || ::connect(fd, reinterpret_cast<sockaddr*>(&name), sizeof(name)) != 0) {
    auto why = errno_message(errno);
    if (fd >= 0)
      close(fd);
    return path + ": " + why;
  }
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  agent_ = std::make_shared<agent_socket>(fd);
  return {};
}

void agent_login::list(io::worker_pool& workers, caf::actor_addr asker,
                       std::function<void(std::vector<agent_key>)> done) {
  workers.ask(
    path_, std::move(asker),
    [agent = agent_] {
      auto answer = agent->ask(std::string(1, request_identities));
      return answer ? parse_agent_keys(*answer) : std::vector<agent_key>{};
    },
    [](const std::string&) { return std::vector<agent_key>{}; },
    std::move(done));
}

void agent_login::sign(const agent_key& key, io::worker_pool& workers,
                       caf::actor_addr asker, std::function<void(int)> done) {
  if (!relay_) {
    try {
      relay_ = std::make_shared<agent_relay>(agent_);
    } catch (const std::system_error&) {
      // As with an agent that has died.
      io::post(asker, [done = std::move(done)] { done(SSH_AUTH_ERROR); });
      return;
    }
    ssh_set_agent_socket(libssh_->get(), relay_->take_end());
  }
  relay_->show(key);
  workers.ask(
    path_, std::move(asker),
    // The relay lives as long as libssh may wait for it.
    [libssh_session = libssh_, relay = relay_, user = username_]() mutable {
      no_sigpipe guard;
      auto result = ssh_userauth_agent(libssh_session->get(), user.c_str());
      // The session may be gone: then this was the last to hold the session.
      libssh_session.reset();
      relay.reset();
      return result;
    },
    // As with an agent that died, the next method gets its turn.
    [](const std::string&) -> int { return SSH_AUTH_ERROR; }, std::move(done));
}

} // namespace tieline::ssh
