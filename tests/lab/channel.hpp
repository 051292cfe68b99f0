#pragma once

#include "command_table.hpp"
#include "device_state.hpp"

#include "tieline/lab/io/connection.hpp"
#include "tieline/lab/io/conversation.hpp"

#include <libssh/callbacks.h>

#include <cstdint>
#include <memory>
#include <string>

namespace tieline::lab {

/// How much output a session may still send, for `drop_after_bytes`.
struct allowance {
  std::uint64_t left;
  bool exceeded = false; // a channel had more to say
  bool hang_up = false;  // the connection is to end at once
};

/// One session channel: takes a command, sends its result, closes; or carries a
/// NETCONF session.
class channel {
public:
  /// Takes over a channel just accepted.
  channel(ssh_channel raw, device_state& where);
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;
  ~channel();

  /// Leaves the channel to libssh, which is about to free the whole session.
  void abandon();

  ssh_channel raw() const noexcept {
    return raw_;
  }

  /// Returns whether it has no command yet.
  bool idle() const noexcept {
    return stage_ == stage::idle;
  }

  /// Starts a command line.
  void exec(const command_table& commands, std::string line);

  /// Starts a NETCONF session.
  void speak_netconf(const std::string& user);

  /// Starts a shell. Returns whether the device has one.
  bool start_shell(const command_table& commands, const std::string& user);

  /// Does what can be done without waiting. Returns whether it used the
  /// connection: libssh may then have read more from it.
  bool advance(allowance& output);

  /// Returns whether nothing is left to do.
  bool done() const noexcept {
    return stage_ == stage::done;
  }

  /// Returns when there is more to do even without an event.
  clock::time_point wake_at() const noexcept;

private:
  enum class stage {
    idle,    // no command yet
    reading, // collects all of stdin for the command
    delayed, // has a result, but pretends to work on it
    sending, // the result
    talking, // NETCONF, or as a shell
    closing, // says end of file and closes
    done,
  };

  struct chunk {
    const char* data;
    std::size_t size;
    bool is_error;
  };

  static int on_data(ssh_session, ssh_channel, void* data, std::uint32_t size,
                     int is_stderr, void* self);
  std::uint32_t take_input(const char* data, std::uint32_t size);
  bool drain_input();
  bool wants_input() const noexcept;
  std::size_t input_limit() const noexcept;
  void start();
  chunk next_chunk() const;
  void consume(std::size_t n);
  bool talk(allowance& output);
  bool send(allowance& output);
  bool write_out(allowance& output, bool& all);
  bool finish();
  bool close();
  bool pester();

  ssh_channel raw_;
  device_state& where_;
  ssh_channel_callbacks_struct callbacks_{};
  stage stage_ = stage::idle;
  std::string line_;
  command_table::match command_{};
  std::string input_;
  bool stalled_ = false; // libssh holds input that was too much for us
  result result_;
  std::size_t sent_output_ = 0;
  std::size_t sent_error_ = 0;
  std::uint64_t filled_ = 0;
  clock::time_point ready_at_;
  std::unique_ptr<conversation> dialog_;
  bool close_pending_ = false;
};

} // namespace tieline::lab
