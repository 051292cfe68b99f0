#pragma once

#include "tieline/messages/internal/forwarded_stream.hpp"
#include "tieline/transports/io/poller.hpp"
#include "tieline/transports/ssh/libssh_session.hpp"

#include <caf/actor_addr.hpp>
#include <caf/error.hpp>
#include <caf/typed_response_promise.hpp>

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

namespace tieline::ssh {

/// What the server said when it opened no channel to a host (RFC 4254, 5.1).
struct refused_forward {
  enum class kind {
    /// It may not, or does not know how.
    prohibited,
    /// The host cannot be reached from there.
    unreachable,
    /// It has no room for another.
    shortage,
  };

  kind why = kind::prohibited;
  /// In its own words.
  std::string cause;
};

/// Takes libssh's message apart.
refused_forward read_refusal(const std::string& message);

/// One stream through an open session: bytes between a socket and a channel of
/// direct-tcpip. Neither end reads faster than the other writes.
class forwarding {
public:
  /// @param then called in the owner's context when there is something to do;
  ///        it may destroy the stream
  forwarding(libssh_session& session, std::string host, uint16_t port,
             shared_stream stream, std::shared_ptr<io::poller> poller,
             caf::actor_addr owner,
             std::shared_ptr<std::function<void()>> then);

  forwarding(const forwarding&) = delete;

  forwarding& operator=(const forwarding&) = delete;

  ~forwarding();

  /// Does what can be done now without waiting.
  void advance();

  /// Returns whether the server has not answered yet.
  bool opening() const noexcept {
    return phase_ == phase::opening;
  }

  /// Returns whether both ends are connected, or were.
  bool opened() const noexcept {
    return opened_;
  }

  /// Returns how the server has refused it, if it has.
  const std::optional<refused_forward>& refusal() const noexcept {
    return refusal_;
  }

  /// Asks the server once more after a refusal.
  void try_again();

  /// Returns whether it waits to be tried again, or to be given up.
  bool refused() const noexcept {
    return phase_ == phase::refused;
  }

  /// Returns whether nobody needs it any more.
  bool over() const noexcept {
    return phase_ == phase::over;
  }

  /// Returns whether a host behind it uses it, or may.
  bool in_use() const noexcept {
    return phase_ != phase::over && phase_ != phase::closing;
  }

  /// Nothing more comes of it, because of the session.
  void end(const caf::error& why);

private:
  enum class phase { opening, refused, running, closing, over };

  static int on_data(ssh_session, ssh_channel, void* data, uint32_t size,
                     int is_stderr, void* self);

  static void on_eof(ssh_session, ssh_channel, void* self);

  static void on_close(ssh_session, ssh_channel, void* self);

  void open();

  /// Writes to the socket; returns how much it took.
  size_t give(const char* data, size_t size);

  void to_socket();

  void to_channel();

  /// Returns whether the other end of the socket is closed.
  bool is_abandoned() const;

  void wait();

  void close();

  void release();

  libssh_session& libssh_;
  std::string host_;
  uint16_t port_;
  shared_stream stream_;
  int fd_;
  io::registration registration_;
  bool attached_ = false;
  /// The socket may be ready for more than is known.
  bool woken_ = true;
  /// What the poller waits for.
  std::optional<uint32_t> armed_;
  ssh_channel channel_ = nullptr;
  ssh_channel_callbacks_struct callbacks_{};
  phase phase_ = phase::opening;
  bool opened_ = false;
  std::optional<refused_forward> refusal_;
  /// What the channel or the socket has not taken yet.
  std::string for_channel_;
  std::string for_socket_;
  /// libssh has data that there was no room for.
  bool kept_ = false;
  bool full_ = false;
  bool socket_ended_ = false;
  bool eof_received_ = false;
  bool eof_given_ = false;
  bool close_received_ = false;
};

/// The streams of a session.
class forwardings {
public:
  using promise = caf::typed_response_promise<void>;

  /// @param session is to live as long
  forwardings(connection_key key, libssh_session& session)
    : key_(std::move(key)),
      libssh_(session) {
    // nop
  }

  /// @param then called in the owner's context when `advance` has something to
  ///        do
  void add(std::string host, uint16_t port, shared_stream stream,
           std::shared_ptr<io::poller> poller, caf::actor_addr owner,
           std::shared_ptr<std::function<void()>> then, promise answer);

  void advance();

  /// Returns whether any is in use.
  bool any() const noexcept;

  /// Ends all because the session is lost, or closed.
  void end(const caf::error& why);

private:
  struct entry {
    std::unique_ptr<forwarding> stream;
    promise answer;
    bool answered = false;
  };

  void answer(entry& x);

  /// Returns whether the server is to answer any.
  bool any_opening() const noexcept;

  connection_key key_;
  libssh_session& libssh_;
  std::list<entry> all_;
};

} // namespace tieline::ssh
