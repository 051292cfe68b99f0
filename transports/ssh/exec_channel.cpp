#include "tieline/transports/ssh/exec_channel.hpp"

#include <algorithm>
#include <utility>

namespace tieline::ssh {

namespace {

constexpr size_t max_write = size_t{32} * 1024;

} // namespace

exec_channel::exec_channel(link& session, request what)
  : link_(session),
    request_(std::move(what)) {
  reply_.status = -1;
  ssh_callbacks_init(&callbacks_);
  callbacks_.userdata = this;
  callbacks_.channel_data_function = on_data;
  callbacks_.channel_eof_function = on_eof;
  callbacks_.channel_close_function = on_close;
  callbacks_.channel_exit_status_function = on_status;
  callbacks_.channel_exit_signal_function = on_signal;
}

exec_channel::~exec_channel() {
  release();
}

void exec_channel::advance() {
  if (phase_ == phase::opening && !open())
    return;
  if (phase_ == phase::requesting && !start())
    return;
  if (phase_ == phase::running) {
    feed();
    through_ = close_received_ || (eof_received_ && exit_received_);
    if (has_outcome())
      phase_ = phase::closing;
  }
  if (phase_ == phase::closing)
    close();
}

void exec_channel::cancel(trouble why) {
  if (has_outcome())
    return;
  trouble_ = std::move(why);
  reply_ = {};
  if (phase_ == phase::running && !link_.dead())
    // Closing alone does not end a command that neither reads nor writes.
    ssh_channel_request_send_signal(channel_, "TERM");
  // A channel that is still being opened can be closed only after that.
  if (phase_ != phase::opening)
    phase_ = phase::closing;
}

bool exec_channel::open() {
  if (channel_ == nullptr)
    channel_ = ssh_channel_new(link_.get());
  auto result = channel_ != nullptr ? ssh_channel_open_session(channel_)
                                    : SSH_ERROR;
  if (result == SSH_AGAIN || link_.dead())
    return false;
  if (result != SSH_OK) {
    if (!has_outcome())
      trouble_ = trouble{errc::channel_refused, step::channel, link_.error()};
    release();
    return false;
  }
  ssh_set_channel_callbacks(channel_, &callbacks_);
  phase_ = has_outcome() ? phase::closing : phase::requesting;
  return true;
}

bool exec_channel::start() {
  auto result = ssh_channel_request_exec(channel_, request_.body.c_str());
  if (result == SSH_AGAIN || link_.dead())
    return false;
  if (result == SSH_OK) {
    phase_ = phase::running;
  } else {
    trouble_ = trouble{errc::channel_refused, step::channel,
                       "the command was refused: " + link_.error()};
    phase_ = phase::closing;
  }
  return true;
}

// Writes no more than libssh sends at once: it would buffer without bounds, and
// wait for a window to open.
void exec_channel::feed() {
  if (eof_sent_ || close_received_)
    return;
  static const std::string nothing;
  auto pos = request_.attributes.find("stdin");
  const auto& input = pos != request_.attributes.end() ? pos->second : nothing;
  while (fed_ < input.size()) {
    auto window = ssh_channel_window_size(channel_);
    if (window == 0 || link_.write_pending())
      return;
    auto size = std::min({input.size() - fed_, max_write, size_t{window}});
    auto n = ssh_channel_write(channel_, input.data() + fed_,
                               static_cast<uint32_t>(size));
    if (n < 0 || link_.dead())
      break;
    if (n == 0)
      return;
    fed_ += static_cast<size_t>(n);
  }
  eof_sent_ = true;
  ssh_channel_send_eof(channel_);
}

void exec_channel::close() {
  // Again until it is not: the first call may have sent the EOF only.
  if (ssh_channel_close(channel_) == SSH_AGAIN && !link_.dead())
    return;
  if (close_received_ || link_.dead())
    release();
}

void exec_channel::release() {
  phase_ = phase::closed;
  if (channel_ == nullptr)
    return;
  // libssh keeps a channel until its remote close, callbacks included.
  ssh_remove_channel_callbacks(channel_, &callbacks_);
  ssh_channel_free(std::exchange(channel_, nullptr));
}

int exec_channel::on_data(ssh_session, ssh_channel, void* data, uint32_t size,
                          int is_stderr, void* self) {
  auto& x = *static_cast<exec_channel*>(self);
  auto limit = x.request_.output_limit;
  auto& out = x.reply_;
  if (x.has_outcome())
    return static_cast<int>(size);
  if (limit > 0 && out.output.size() + out.error_output.size() + size > limit) {
    // Not cancel(): libssh is in the middle of this channel.
    x.trouble_ = trouble{errc::output_limit, step::execute,
                         "more than " + std::to_string(limit) + " bytes"};
    out = {};
    return static_cast<int>(size);
  }
  auto& stream = is_stderr != 0 ? out.error_output : out.output;
  stream.append(static_cast<const char*>(data), size);
  return static_cast<int>(size);
}

void exec_channel::on_eof(ssh_session, ssh_channel, void* self) {
  static_cast<exec_channel*>(self)->eof_received_ = true;
}

void exec_channel::on_close(ssh_session, ssh_channel, void* self) {
  static_cast<exec_channel*>(self)->close_received_ = true;
}

void exec_channel::on_status(ssh_session, ssh_channel, int status, void* self) {
  auto& x = *static_cast<exec_channel*>(self);
  x.exit_received_ = true;
  x.reply_.status = status;
}

void exec_channel::on_signal(ssh_session, ssh_channel, const char* signal, int,
                             const char*, const char*, void* self) {
  auto& x = *static_cast<exec_channel*>(self);
  x.exit_received_ = true;
  x.reply_.status = -1;
  x.reply_.attributes["exit_signal"] = signal != nullptr ? signal : "";
}

} // namespace tieline::ssh
