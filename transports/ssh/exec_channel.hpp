#pragma once

#include "tieline/messages/failure.hpp"
#include "tieline/messages/request.hpp"
#include "tieline/transports/ssh/link.hpp"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace tieline::ssh {

/// One command on a channel of its own, from opening that to its close.
class exec_channel {
public:
  struct trouble {
    errc code;
    step at;
    std::string cause;
  };

  /// Takes what it needs of `what`. The link outlives the channel.
  exec_channel(link& session, request what);

  exec_channel(const exec_channel&) = delete;

  exec_channel& operator=(const exec_channel&) = delete;

  ~exec_channel();

  /// Does what can be done now without waiting.
  void advance();

  /// Returns whether the command is through, or in trouble.
  bool has_outcome() const noexcept {
    return through_ || trouble_;
  }

  const std::optional<trouble>& error() const noexcept {
    return trouble_;
  }

  /// Returns the result, once, if there is an outcome and no trouble.
  reply take_reply() {
    return std::move(reply_);
  }

  /// Returns whether the command was started.
  bool started() const noexcept {
    return phase_ >= phase::running;
  }

  /// Returns whether the server refused to open a channel at all.
  bool refused() const noexcept {
    return phase_ == phase::closed && trouble_
           && trouble_->code == errc::channel_refused;
  }

  /// Returns the request of a channel that was refused, once.
  request take_request() {
    return std::move(request_);
  }

  /// Gives the command up; what it still sends is dropped.
  void cancel(trouble why);

  /// Returns whether nothing of it is left on the connection.
  bool closed() const noexcept {
    return phase_ == phase::closed;
  }

private:
  enum class phase { opening, requesting, running, closing, closed };

  static int on_data(ssh_session, ssh_channel, void* data, uint32_t size,
                     int is_stderr, void* self);

  static void on_eof(ssh_session, ssh_channel, void* self);

  static void on_close(ssh_session, ssh_channel, void* self);

  static void on_status(ssh_session, ssh_channel, int status, void* self);

  static void on_signal(ssh_session, ssh_channel, const char* signal, int core,
                        const char* text, const char* language, void* self);

  bool open();

  bool start();

  void feed();

  void close();

  void release();

  link& link_;
  request request_;
  ssh_channel channel_ = nullptr;
  ssh_channel_callbacks_struct callbacks_{};
  phase phase_ = phase::opening;
  reply reply_;
  std::optional<trouble> trouble_;
  bool through_ = false;
  size_t fed_ = 0;
  bool eof_sent_ = false;
  bool eof_received_ = false;
  bool exit_received_ = false;
  bool close_received_ = false;
};

} // namespace tieline::ssh
