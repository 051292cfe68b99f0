#pragma once

#include "tieline/lab/device.hpp"

#include <libssh/libssh.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace tieline::lab::test {

/// What a command left behind, as a client sees it.
struct outcome {
  bool accepted = false; ///< the exec request was
  std::string output;
  std::string error;
  int status = -1; ///< -1: none
  std::string signal;
};

/// A blocking libssh client.
class client {
public:
  explicit client(const device& where, int timeout_seconds = 20);
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  ~client();

  ssh_session raw() const {
    return session_;
  }
  std::string error() const {
    return ssh_get_error(session_);
  }

  /// Exchanges keys.
  bool connect();

  // Each returns an SSH_AUTH_ code.
  int none();
  int password(const std::string& user, const std::string& password);
  int key(const std::string& user, ssh_key key);
  int answer(const std::string& user, const std::string& answer);

  /// Connects and logs in as lab.
  bool open();

  /// Runs a command in a channel of its own; nothing if there is no channel.
  std::optional<outcome> run(const std::string& line,
                             const std::string& input = "");

  /// Returns the presented host key as base64.
  std::string host_key() const;
  std::string host_key_fingerprint() const;

private:
  ssh_session session_;
};

/// Makes a key pair; returns the private half.
ssh_key new_key();
/// Returns the key's line for an authorized_keys file.
std::string public_line(ssh_key key);

/// Connects a TCP socket. Returns -1 if that is not done in time.
int tcp_connect(const device& where, int timeout_ms);
/// Reads until the end, an error or a silence of `timeout_ms`; `why` is then 0,
/// the errno, or EAGAIN.
std::string tcp_read(int fd, int timeout_ms, int& why);

/// Reads until there is an SSH banner; returns whether there was in time.
bool tcp_reads_banner(int fd);

/// Waits until `condition` holds, at most ten seconds. Returns whether.
template <class F>
bool eventually(F condition) {
  using clock = std::chrono::steady_clock;
  auto deadline = clock::now() + std::chrono::seconds{10};
  while (!condition())
    if (clock::now() > deadline)
      return false;
  return true;
}

/// Counts the entries of a folder under /proc/self, as fd or task.
std::size_t count_own(const char* what);

/// Returns the CPU time used by this process's threads of that name, in ms.
double cpu_ms(const std::string& thread_name);

/// Returns a number of /proc/self/status, as VmRSS in kB.
long own_status(const std::string& field);

} // namespace tieline::lab::test
