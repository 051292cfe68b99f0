#pragma once

#include "tieline/transports/io/poller.hpp"
#include "tieline/transports/ssh/known_hosts.hpp"
#include "tieline/transports/ssh/profile.hpp"

#include <libssh/libssh.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tieline::ssh {

/// A libssh session on a connected socket, and the rules of who may close
/// that. Used by one thread at a time; it may move between threads.
class link {
public:
  /// Takes the socket.
  /// @param algorithms host key algorithms in the order to ask for them
  /// @returns null if libssh has no memory for it or refuses the profile, or
  ///          if the socket's number is above 65535.
  static std::shared_ptr<link> make(int fd, const profile& who,
                                    const std::string& algorithms);

  link(const link&) = delete;

  link& operator=(const link&) = delete;

  ~link();

  ssh_session get() const noexcept {
    return session_;
  }

  /// Makes the next step of banner and key exchange; as ssh_connect.
  int connect();

  /// Reads and writes what can be without waiting; as ssh_event_dopoll.
  int pump();

  /// Returns whether the session is over. To be asked after every call of
  /// libssh: some answer "again" for ever after that.
  bool dead() const noexcept;

  /// Returns the socket, or -1 once libssh has closed it: the number may
  /// already be another's then.
  int fd() const noexcept;

  /// Returns whether the peer has closed or reset the connection, as far as
  /// one can see without reading on.
  bool peer_gone() const noexcept;

  bool write_pending() const noexcept;

  /// Returns what to wait for: epoll's bits.
  uint32_t events() const noexcept;

  /// Sends acknowledgments at once, until the kernel thinks otherwise: it has
  /// to be said after each wake-up. Without it a delayed one stalls OpenSSH
  /// 41 ms.
  void quick_ack() const noexcept;

  /// Asks the peer for a sign of life (keepalive@openssh.com); whatever it
  /// answers shows in `received`.
  /// @returns the bytes received before it was asked, or nothing if there is a
  ///          request already that it has not answered: libssh sends one at a
  ///          time.
  std::optional<uint64_t> ask();

  /// Returns the bytes received.
  uint64_t received() const noexcept {
    return counter_.in_bytes;
  }

  /// Returns the packets sent.
  uint64_t sent() const noexcept {
    return payload_counter_.out_packets;
  }

  /// Returns the bytes received and those that wait in the socket.
  uint64_t arrived() const noexcept;

  /// Returns how the server names itself; empty until it does.
  std::string banner() const;

  /// Returns the key that the server proved in the key exchange; empty if
  /// there is none that makes sense.
  host_key server_key() const;

  /// Returns those of the algorithms agreed on that only old devices need,
  /// separated by commas; empty if there is none.
  std::string weak_algorithms() const;

  /// Returns libssh's last error message.
  std::string error() const;

  /// Tells the server and closes the socket.
  void disconnect();

private:
  link(ssh_session session, int fd) : session_(session), fd_(fd) {
    // nop
  }

  ssh_session session_;
  // For the pumps of an open session; made with the first one.
  ssh_event event_ = nullptr;
  // Ours until libssh takes it in its first ssh_connect.
  int fd_;
  bool taken_ = false;
  ssh_counter_struct counter_{};
  // Also counts packets.
  ssh_counter_struct payload_counter_{};
};

} // namespace tieline::ssh
