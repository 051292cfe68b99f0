#pragma once

#include "tieline/transports/io/poller.hpp"
#include "tieline/transports/ssh/greeting.hpp"
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
class libssh_session {
public:
  /// Takes the socket.
  /// @param algorithms host key algorithms in the order to ask for them
  /// @returns null if libssh has no memory for it or refuses the profile, or
  ///          if a descriptor is not to be had or its number is above 65535.
  static std::shared_ptr<libssh_session> make(int fd, const profile& who,
                                              const std::string& algorithms);

  libssh_session(const libssh_session&) = delete;

  libssh_session& operator=(const libssh_session&) = delete;

  ~libssh_session();

  ssh_session get() const noexcept {
    return session_;
  }

  /// Reads the server's greeting as far as it has come. When that is done the
  /// socket has another number.
  greeting::progress greet();

  /// Returns what the server has said so far.
  const greeting& said() const noexcept {
    return greeting_;
  }

  /// Makes the next step of the key exchange; as ssh_connect. The greeting is
  /// to be done.
  int connect();

  /// Reads and writes what can be without waiting; as ssh_event_dopoll. What
  /// the peer had sent before it ended the connection is read to its end, even
  /// if what we send meanwhile meets a closed socket.
  int pump();

  /// Returns whether the peer was seen to have ended the connection. Nothing
  /// that is sent reaches it any more, and there is no socket to wait for.
  bool ended() const noexcept {
    return end_.has_value();
  }

  /// Returns whether nothing more will come: the session is dead, or all that
  /// the peer had sent before its end was read.
  bool over() const noexcept;

  /// Returns whether the peer has closed the connection after its last byte,
  /// and all was read: nothing that it had to say is missing.
  bool complete() const noexcept {
    return ended() && end_->cause == 0 && over();
  }

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

  /// Asks a peer that leaves such requests open, by a channel that no server
  /// opens: some say SSH_MSG_UNIMPLEMENTED, of which libssh does not tell.
  /// @returns as `ask`
  std::optional<uint64_t> ask_by_channel();

  /// Returns the bytes received.
  uint64_t received() const noexcept {
    return counter_.in_bytes;
  }

  /// Returns the packets sent.
  uint64_t sent() const noexcept {
    return payload_counter_.out_packets;
  }

  /// A packet with so many bytes of content was of use to somebody.
  void used(size_t content) noexcept {
    // At the most: length, padding, header, code of authentication.
    constexpr size_t around = 128;
    useful_ += content + around;
  }

  /// Returns how many of the bytes received were of use, roughly.
  uint64_t useful() const noexcept {
    return useful_;
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

  /// Returns libssh's error message: the last, or the first of a key exchange.
  std::string error() const;

  /// Returns the packet by which we have told our algorithms (RFC 4253, 7.1).
  const std::string& offer() const noexcept {
    return offer_;
  }

  /// Tells the server and closes the socket.
  void disconnect();

private:
  libssh_session(ssh_session session, int fd) : session_(session), fd_(fd) {
    // nop
  }

  /// What is left of a connection that the peer has ended.
  struct remainder {
    std::string bytes;
    size_t fed = 0;
    /// The socket's error, or zero: it was closed.
    int cause = 0;
    bool read = false;
  };

  bool identify();

  bool hand_over();

  void take_remainder();

  int pump_remainder();

  ssh_session session_;
  // The question whether the peer is alive; owned by the session.
  ssh_channel question_ = nullptr;
  // For the pumps of an open session; made with the first one.
  ssh_event event_ = nullptr;
  // Ours until libssh has it in the place of its end of a pair of sockets.
  int fd_;
  int libssh_end_ = -1;
  int our_end_ = -1;
  bool libssh_has_its_end_ = false;
  bool taken_ = false;
  std::optional<remainder> end_;
  greeting greeting_;
  std::string offer_;
  // Of a key exchange; what follows from it must not hide it.
  std::string first_error_;
  uint64_t useful_ = 0;
  ssh_counter_struct counter_{};
  // Also counts packets.
  ssh_counter_struct payload_counter_{};
};

} // namespace tieline::ssh
