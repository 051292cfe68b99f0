#include "tieline/transports/ssh/channel.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tieline::ssh {

namespace {

constexpr size_t max_write = size_t{32} * 1024;
constexpr size_t max_read = size_t{32} * 1024;

// How long a command that may want input has to show by its output that it does
// not. Devices hang up at the end of input, whatever they still had to say.
constexpr auto late_end = std::chrono::seconds{1};

// How long after the end of the output an exit status may still come.
constexpr auto status_patience = std::chrono::seconds{2};

// How much of what came before a refusal is told with it.
constexpr size_t max_excerpt = 200;

} // namespace

channel::channel(libssh_session& session, program what)
  : libssh_(session),
    program_(std::move(what)) {
  reply_.status = -1;
  ssh_callbacks_init(&callbacks_);
  callbacks_.userdata = this;
  callbacks_.channel_data_function = on_data;
  callbacks_.channel_eof_function = on_eof;
  callbacks_.channel_close_function = on_close;
  callbacks_.channel_exit_status_function = on_status;
  callbacks_.channel_exit_signal_function = on_signal;
}

channel::~channel() {
  release();
}

void channel::advance() {
  // Before the program starts, too: nobody wants it any more.
  if (program_.writer && program_.writer->lost())
    cancel(sink_lost());
  if (phase_ == phase::opening && !open())
    return;
  if (phase_ == phase::requesting && !start())
    return;
  if (phase_ == phase::running) {
    if (!libssh_.dead())
      feed();
    take_rest();
    through_ = is_through();
    if (through_ && !trouble_ && !exit_received_)
      reply_.attributes["exit_status"] = "none";
    if (has_outcome())
      phase_ = phase::closing;
    else
      plan();
  }
  if (phase_ == phase::closing)
    close();
}

void channel::cancel(trouble why) {
  if (has_outcome())
    return;
  trouble_ = std::move(why);
  due_ = io::never;
  if (phase_ == phase::running && program_.what == program::kind::command
      && !libssh_.dead())
    // Closing alone does not end a command that neither reads nor writes.
    ssh_channel_request_send_signal(channel_, "TERM");
  // A channel that is still being opened can be closed only after that.
  if (phase_ != phase::opening)
    phase_ = phase::closing;
}

bool channel::open() {
  if (channel_ == nullptr) {
    channel_ = ssh_channel_new(libssh_.get());
    // Before it is open: a server may take back at once what it has granted.
    if (channel_ != nullptr)
      ssh_set_channel_callbacks(channel_, &callbacks_);
  }
  auto result = channel_ != nullptr ? ssh_channel_open_session(channel_)
                                    : SSH_ERROR;
  if (result == SSH_AGAIN || libssh_.dead())
    return false;
  if (result != SSH_OK) {
    refused_ = true;
    if (!has_outcome())
      trouble_ = trouble{errc::channel_refused, step::channel, libssh_.error()};
    release();
    return false;
  }
  libssh_.used(0);
  phase_ = has_outcome() ? phase::closing : phase::requesting;
  return true;
}

int channel::request_start() {
  switch (program_.what) {
    case program::kind::command:
      return ssh_channel_request_exec(channel_, program_.name.c_str());
    case program::kind::subsystem:
      return ssh_channel_request_subsystem(channel_, program_.name.c_str());
    case program::kind::shell:
      break;
  }
  // One request at a time: libssh mixes up the answers of two.
  if (!has_terminal_) {
    auto result = ssh_channel_request_pty_size(channel_, "vt100",
                                               program_.columns, program_.rows);
    if (result != SSH_OK)
      return result;
    has_terminal_ = true;
  }
  if (close_received_)
    return SSH_AGAIN;
  return ssh_channel_request_shell(channel_);
}

bool channel::start() {
  static constexpr const char* names[] = {"command", "subsystem", "shell"};
  if (close_received_ && !begun_) {
    settle_unanswered();
    return true;
  }
  // What is sent now reaches nobody, so it has not begun.
  if (!begun_ && libssh_.ended())
    return false;
  begun_ = true;
  auto result = request_start();
  if (result != SSH_OK && close_received_) {
    settle_unanswered();
    return true;
  }
  if (result == SSH_AGAIN || libssh_.dead())
    return false;
  libssh_.used(0);
  heard_ = io::clock::now();
  if (result == SSH_OK) {
    phase_ = phase::running;
  } else {
    trouble_ = trouble{errc::channel_refused, step::channel,
                       std::string{"the "}
                         + names[static_cast<size_t>(program_.what)]
                         + " was refused: " + libssh_.error()};
    phase_ = phase::closing;
  }
  return true;
}

void channel::settle_unanswered() {
  // Who tells an exit status has run it.
  if (exit_received_) {
    phase_ = phase::running;
    return;
  }
  phase_ = phase::closing;
  if (has_outcome())
    return;
  std::string cause = "the server closed the channel instead of answering";
  auto said = reply_.output + reply_.error_output;
  if (!said.empty())
    cause += "; it said: " + said.substr(0, max_excerpt);
  trouble_ = trouble{errc::channel_refused, step::channel, std::move(cause)};
}

// Writes no more than libssh sends at once: it would buffer without bounds, and
// wait for a window to open.
void channel::feed() {
  if (eof_sent_ || close_received_)
    return;
  auto& input = program_.input;
  while (fed_ < input.size()) {
    auto window = ssh_channel_window_size(channel_);
    if (window == 0 || libssh_.write_pending())
      return;
    auto size = std::min({input.size() - fed_, max_write, size_t{window}});
    auto n = ssh_channel_write(channel_, input.data() + fed_,
                               static_cast<uint32_t>(size));
    if (n < 0 || libssh_.dead())
      break;
    if (n == 0)
      return;
    // The server may give a window for each.
    libssh_.used(0);
    fed_ += static_cast<size_t>(n);
    sent_ += static_cast<size_t>(n);
  }
  if (program_.interactive) {
    input.clear();
    fed_ = 0;
    return;
  }
  end_input();
}

void channel::end_input() {
  auto late = program_.input_end == stdin_eof::late && program_.input.empty();
  if (program_.input_end == stdin_eof::never
      || (late && io::clock::now() < heard_ + late_end))
    return;
  eof_sent_ = true;
  ssh_channel_send_eof(channel_);
}

void channel::plan() {
  due_ = io::never;
  if (eof_received_)
    due_ = heard_ + status_patience;
  else if (!eof_sent_ && !program_.interactive && program_.input.empty()
           && program_.input_end == stdin_eof::late)
    due_ = heard_ + late_end;
}

size_t channel::take(const char* data, size_t size, bool is_error) {
  // Of a program that is given up nothing matters any more.
  if (has_outcome())
    return size;
  if (program_.writer && program_.writer->full()) {
    kept_ = true;
    return 0;
  }
  hand_on(data, size, is_error);
  return size;
}

void channel::hand_on(const char* data, size_t size, bool is_error) {
  if (has_outcome())
    return;
  taken_ += size;
  heard_ = io::clock::now();
  if (auto limit = program_.output_limit; limit > 0 && taken_ > limit) {
    // Not cancel(): libssh is in the middle of this channel.
    trouble_ = trouble{errc::output_limit, step::execute,
                       "more than " + std::to_string(limit) + " bytes"};
    reply_ = {};
    return;
  }
  std::string piece{data, size};
  if (!program_.writer)
    (is_error ? reply_.error_output : reply_.output) += piece;
  else if (is_error)
    program_.writer->put({{}, std::move(piece)});
  else
    program_.writer->put({std::move(piece), {}});
}

void channel::take_rest() {
  if (!kept_ || program_.writer->full())
    return;
  kept_ = false;
  std::string buffer(max_read, '\0');
  for (auto is_error : {false, true})
    for (;;) {
      // Takes what is kept, and does not wait for more.
      auto n = ssh_channel_read_nonblocking(channel_, buffer.data(),
                                            static_cast<uint32_t>(max_read),
                                            is_error ? 1 : 0);
      if (n == SSH_ERROR && libssh_.dead()) {
        cancel({errc::connection_lost, step::execute,
                "the session ended before the sink had taken all"});
        return;
      }
      if (n <= 0)
        break;
      // Room or not: libssh does not have it any more, and the same call may
      // have read more from the socket and filled the writer with that.
      hand_on(buffer.data(), static_cast<size_t>(n), is_error);
      if (program_.writer->full()) {
        kept_ = true;
        return;
      }
    }
}

bool channel::ended() const {
  if (close_received_)
    return true;
  // Some hang up as soon as they have told how it ended.
  if (exit_received_ && libssh_.complete())
    return true;
  // Some never say more than that, and some hang up then.
  return eof_received_
         && (exit_received_ || libssh_.over()
             || io::clock::now() >= heard_ + status_patience);
}

bool channel::is_through() const {
  if (!ended())
    return false;
  return !program_.writer || (!kept_ && program_.writer->flushed());
}

void channel::close() {
  // Again until it is not: the first call may have sent the EOF only.
  if (ssh_channel_close(channel_) == SSH_AGAIN && !libssh_.over())
    return;
  if (close_received_ || libssh_.over())
    release();
}

void channel::release() {
  phase_ = phase::closed;
  if (channel_ == nullptr)
    return;
  // libssh keeps a channel until its remote close, callbacks included.
  ssh_remove_channel_callbacks(channel_, &callbacks_);
  ssh_channel_free(std::exchange(channel_, nullptr));
}

int channel::on_data(ssh_session, ssh_channel, void* data, uint32_t size,
                     int is_stderr, void* self) {
  auto& x = *static_cast<channel*>(self);
  if (size > 0)
    x.libssh_.used(size);
  return static_cast<int>(
    x.take(static_cast<const char*>(data), size, is_stderr != 0));
}

void channel::on_eof(ssh_session, ssh_channel, void* self) {
  auto& x = *static_cast<channel*>(self);
  if (!std::exchange(x.eof_received_, true))
    x.libssh_.used(0);
  x.heard_ = io::clock::now();
}

void channel::on_close(ssh_session, ssh_channel, void* self) {
  auto& x = *static_cast<channel*>(self);
  if (!std::exchange(x.close_received_, true))
    x.libssh_.used(0);
}

void channel::on_status(ssh_session, ssh_channel, int status, void* self) {
  auto& x = *static_cast<channel*>(self);
  if (!std::exchange(x.exit_received_, true))
    x.libssh_.used(0);
  x.reply_.status = status;
}

void channel::on_signal(ssh_session, ssh_channel, const char* signal, int,
                        const char*, const char*, void* self) {
  auto& x = *static_cast<channel*>(self);
  if (!std::exchange(x.exit_received_, true))
    x.libssh_.used(0);
  x.reply_.status = -1;
  x.reply_.attributes["exit_signal"] = signal != nullptr ? signal : "";
}

} // namespace tieline::ssh
