#pragma once

#include "channel.hpp"
#include "login.hpp"

#include "tieline/lab/io/connection.hpp"

#include <libssh/callbacks.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace tieline::lab {

/// One SSH session, the server's side.
class session final : public connection {
public:
  session(device_state& where, const command_table& commands, unique_fd socket);
  ~session() override;

  bool advance(std::uint32_t events) override;
  std::uint32_t interest() const override;
  clock::time_point wake_at() const override;
  int fd() const override;
  void prepare(hang_up how) override;

private:
  // A login that is answered later.
  struct held_answer {
    ssh_ptr<ssh_message> request;
    login_decision decision;
    clock::time_point due;
  };

  static void on_global_request(ssh_session ssh, ssh_message request,
                                void* self);

  bool alive() const;
  bool exchange_keys();
  bool read_requests();
  bool handle(ssh_ptr<ssh_message> request);
  bool handle_login(ssh_ptr<ssh_message> request);
  bool answer(ssh_message request, login_decision decision);
  bool answer_held(std::uint32_t events);
  void handle_open(ssh_message request);
  bool handle_channel_request(ssh_message request);
  bool advance_channels();
  /// Returns whether it ends with its first command by a reset.
  bool resets() const;
  void flood();
  void ask_for_channel();
  void abandon_channels();

  device_state& where_;
  const command_table& commands_;
  ssh_session ssh_;
  ssh_callbacks_struct callbacks_{};
  login login_;
  bool keys_exchanged_ = false;
  bool dropped_ = false; // has sent as much as `drop_after_bytes` allows
  bool logged_in_ = false;
  bool served_ = false;   // has closed a channel
  bool has_more_ = false; // stopped only for the sake of others
  std::optional<held_answer> held_;
  std::vector<std::unique_ptr<channel>> channels_;
  std::uint64_t sent_ = 0; // bytes of output, all channels
};

} // namespace tieline::lab
