#pragma once

#include "tieline/messages/failure.hpp"
#include "tieline/messages/request.hpp"
#include "tieline/transports/io/poller.hpp"
#include "tieline/transports/io/sink_writer.hpp"
#include "tieline/transports/ssh/libssh_session.hpp"
#include "tieline/transports/ssh/ssh.hpp"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tieline::ssh {

/// What runs on a channel.
struct program {
  enum class kind { command, subsystem, shell };

  kind what = kind::command;
  /// The command line, or the subsystem's name (RFC 4254, 6.5).
  std::string name;
  /// Of the terminal that a shell has.
  int columns = 0;
  int rows = 0;
  std::string input;
  /// When the end of the input is told.
  stdin_eof input_end = stdin_eof::late;
  /// More input may follow, until the end of the channel.
  bool interactive = false;
  /// Most bytes of output; zero: any number.
  uint64_t output_limit = 0;
  /// Gets the output as it comes; null: it is collected for the reply.
  std::shared_ptr<io::sink_writer> writer;
};

/// One program on a channel of its own, from opening that to its close.
class channel {
public:
  struct trouble {
    errc code;
    step at;
    std::string cause;
  };

  /// Returns what becomes of a program whose sink is lost.
  static trouble sink_lost() {
    return {errc::canceled, step::execute, "the sink takes no more"};
  }

  /// The session outlives the channel.
  channel(libssh_session& session, program what);

  channel(const channel&) = delete;

  channel& operator=(const channel&) = delete;

  ~channel();

  /// Does what can be done now without waiting.
  void advance();

  /// Returns when to advance though nothing has happened by then.
  io::clock::time_point due() const noexcept {
    return due_;
  }

  /// Adds to the input of an interactive program.
  void put(const std::string& bytes) {
    // With someone who always has more it is never all sent.
    if (fed_ > program_.input.size() / 2) {
      program_.input.erase(0, fed_);
      fed_ = 0;
    }
    program_.input += bytes;
  }

  /// Returns how many bytes of input were sent.
  uint64_t sent() const noexcept {
    return sent_;
  }

  /// Returns whether the program is through, or in trouble.
  bool has_outcome() const noexcept {
    return through_ || trouble_;
  }

  const std::optional<trouble>& error() const noexcept {
    return trouble_;
  }

  /// Returns whether the server is done, but the sink has not taken all yet.
  bool settling() const {
    return phase_ == phase::running && !has_outcome() && ended();
  }

  /// Returns the result, once, if there is an outcome; in trouble, what had
  /// come before.
  reply take_reply() {
    return std::move(reply_);
  }

  /// Returns whether the program was started.
  bool started() const noexcept {
    return phase_ >= phase::running;
  }

  /// Returns whether the server may have begun the program.
  bool begun() const noexcept {
    return begun_;
  }

  /// Returns whether the server has opened a channel for it.
  bool opened() const noexcept {
    return phase_ == phase::requesting || phase_ == phase::running
           || phase_ == phase::closing;
  }

  /// Returns whether the server refused to open a channel at all.
  bool refused() const noexcept {
    return refused_;
  }

  /// Returns the program of a channel that was refused, once.
  program take_program() {
    return std::move(program_);
  }

  /// Gives the program up; what it still sends is dropped.
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

  int request_start();
  /// The server has closed the channel that it was asked to run something on.
  void settle_unanswered();

  void feed();

  /// Tells the end of the input if it is time.
  void end_input();

  /// Returns whether nothing more can be expected of the server.
  bool ended() const;

  void plan();

  /// Takes note of output; returns how much of it.
  size_t take(const char* data, size_t size, bool is_error);

  void hand_on(const char* data, size_t size, bool is_error);

  /// Takes what libssh has kept while the writer was full.
  void take_rest();

  /// Returns whether the server has told the end, and all is handed on.
  bool is_through() const;

  void close();

  void release();

  libssh_session& libssh_;
  program program_;
  ssh_channel channel_ = nullptr;
  ssh_channel_callbacks_struct callbacks_{};
  phase phase_ = phase::opening;
  reply reply_;
  std::optional<trouble> trouble_;
  bool through_ = false;
  // Of the input that is there.
  size_t fed_ = 0;
  uint64_t sent_ = 0;
  uint64_t taken_ = 0;
  // libssh has output that the writer had no room for.
  bool kept_ = false;
  bool has_terminal_ = false;
  bool begun_ = false;
  bool refused_ = false;
  bool eof_sent_ = false;
  bool eof_received_ = false;
  bool exit_received_ = false;
  bool close_received_ = false;
  // When the server last said something about the program.
  io::clock::time_point heard_ = io::clock::time_point::min();
  io::clock::time_point due_ = io::never;
};

} // namespace tieline::ssh
