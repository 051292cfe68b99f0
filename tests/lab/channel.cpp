#include "channel.hpp"

#include "tieline/lab/netconf/dialog.hpp"
#include "tieline/lab/shell/dialog.hpp"

#include <algorithm>
#include <utility>

namespace tieline::lab {

namespace {

// More input than this waits in the client, by flow control.
constexpr std::size_t echo_limit = 256 * 1024;
// A command that reads stdin fails beyond this.
constexpr std::size_t stdin_limit = 64 * 1024 * 1024;
// One write: what is buffered per channel before the socket takes it.
constexpr std::size_t write_limit = 64 * 1024;

/// The text of `bytes`: numbered by column, so that gaps are seen.
const std::string& filler() {
  static const std::string text = [] {
    constexpr std::string_view line
      = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+\n";
    static_assert(line.size() == 64);
    std::string result;
    while (result.size() < write_limit + line.size())
      result += line;
    return result;
  }();
  return text;
}

bool write_pending(ssh_channel raw) {
  return ssh_get_status(ssh_channel_get_session(raw)) & SSH_WRITE_PENDING;
}

} // namespace

channel::channel(ssh_channel raw, device_state& where)
  : raw_(raw),
    where_(where) {
  callbacks_.size = sizeof(callbacks_);
  callbacks_.userdata = this;
  callbacks_.channel_data_function = on_data;
  ssh_set_channel_callbacks(raw_, &callbacks_);
}

channel::~channel() {
  if (!raw_)
    return;
  auto raw = raw_;
  abandon();
  ssh_channel_free(raw);
}

void channel::abandon() {
  // libssh keeps a freed channel until its peer closes it, callbacks included.
  ssh_remove_channel_callbacks(raw_, &callbacks_);
  raw_ = nullptr;
}

void channel::exec(const command_table& commands, std::string line) {
  line_ = std::move(line);
  command_ = commands.find(line_);
  if (command_.found && command_.found->stdin_is == input::read)
    stage_ = stage::reading;
  else
    start();
}

void channel::start() {
  result_ = command_.found ? run(command_.found->run,
                                 {device{where_}, command_.arguments, input_})
                           : unknown_command();
  if (command_.found && command_.found->stdin_is == input::read)
    input_.clear();
  ready_at_ = clock::now() + result_.delay
              + where_.faults.delay(fault::slow_command);
  stage_ = stage::delayed;
}

void channel::speak_netconf(const std::string& user) {
  dialog_ = std::make_unique<netconf::dialog>(where_.managed(), where_.faults,
                                              user);
  stage_ = stage::talking;
}

bool channel::start_shell(const command_table& commands,
                          const std::string& user) {
  const auto& settings = where_.shared.settings;
  const auto* how = shell::find_personality(settings.platform);
  if (how == nullptr)
    return false;
  auto run_line = [this, &commands](const std::string& line) {
    auto found = commands.find(line);
    if (found.found == nullptr || found.found->stdin_is == input::read)
      return shell::answer{{}, {}, 0, false};
    auto got = run(found.found->run, {device{where_}, found.arguments, {}});
    return shell::answer{got.output + got.error, got.delay, got.fill};
  };
  dialog_ = std::make_unique<shell::dialog>(
    *how,
    shell::setting{user, settings.password, settings.enable_secret, run_line},
    where_.shell, where_.faults, clock::now());
  stage_ = stage::talking;
  return true;
}

clock::time_point channel::wake_at() const noexcept {
  if (stage_ == stage::talking)
    return dialog_->wake_at(clock::now());
  return stage_ == stage::delayed ? ready_at_ : clock::time_point::max();
}

bool channel::advance(allowance& output) {
  // Neither reads nor writes: what the peer closed only has to be closed here.
  if (ssh_channel_is_closed(raw_) && stage_ != stage::done)
    stage_ = stage::closing;
  auto worked = drain_input();
  if (stage_ == stage::reading && input_.size() > stdin_limit) {
    result_ = {"", "% Too much input\n", 1};
    stage_ = stage::sending;
  }
  if (stage_ == stage::reading && ssh_channel_is_eof(raw_))
    start();
  if (stage_ == stage::delayed)
    worked |= pester();
  if ((stage_ == stage::delayed || stage_ == stage::sending)
      && where_.faults.has(fault::drop_on_eof) && ssh_channel_is_eof(raw_))
    output.hang_up = true;
  if (stage_ == stage::delayed && ready_at_ <= clock::now())
    stage_ = stage::sending;
  if (stage_ == stage::sending)
    worked |= send(output);
  if (stage_ == stage::talking)
    worked |= talk(output);
  if (stage_ == stage::closing) {
    dialog_.reset();
    worked |= close();
  }
  return worked;
}

// -- input --------------------------------------------------------------------

int channel::on_data(ssh_session, ssh_channel, void* data, std::uint32_t size,
                     int is_stderr, void* self) {
  if (is_stderr)
    return static_cast<int>(size);
  return static_cast<int>(static_cast<channel*>(self)->take_input(
    static_cast<const char*>(data), size));
}

bool channel::wants_input() const noexcept {
  switch (stage_) {
    case stage::idle:
    case stage::reading:
    case stage::talking:
      return true;
    case stage::delayed:
    case stage::sending:
      return result_.echo;
    default:
      return false;
  }
}

std::size_t channel::input_limit() const noexcept {
  return stage_ == stage::reading ? stdin_limit + 1 : echo_limit;
}

std::uint32_t channel::take_input(const char* data, std::uint32_t size) {
  if (!wants_input())
    return size;
  auto limit = input_limit();
  auto n = std::min<std::size_t>(size, limit - std::min(limit, input_.size()));
  input_.append(data, n);
  stalled_ = n < size;
  return static_cast<std::uint32_t>(n);
}

bool channel::drain_input() {
  if (!stalled_ || (wants_input() && input_.size() >= input_limit()))
    return false;
  char buffer[32 * 1024];
  auto n = ssh_channel_read_nonblocking(raw_, buffer, sizeof(buffer), 0);
  stalled_ = n == static_cast<int>(sizeof(buffer));
  if (n > 0 && wants_input())
    input_.append(buffer, static_cast<std::size_t>(n));
  return true;
}

// -- output -------------------------------------------------------------------

channel::chunk channel::next_chunk() const {
  if (dialog_) {
    auto ready = dialog_->output().ready(clock::now());
    return {ready.data(), ready.size(), false};
  }
  auto& r = result_;
  if (sent_output_ < r.output.size())
    return {r.output.data() + sent_output_, r.output.size() - sent_output_,
            false};
  if (sent_error_ < r.error.size())
    return {r.error.data() + sent_error_, r.error.size() - sent_error_, true};
  if (filled_ < r.fill)
    return {filler().data() + filled_ % 64,
            static_cast<std::size_t>(
              std::min<std::uint64_t>(write_limit, r.fill - filled_)),
            false};
  if (r.echo)
    return {input_.data(), input_.size(), false};
  return {nullptr, 0, false};
}

void channel::consume(std::size_t n) {
  if (dialog_)
    dialog_->output().consume(n, clock::now());
  else if (sent_output_ < result_.output.size())
    sent_output_ += n;
  else if (sent_error_ < result_.error.size())
    sent_error_ += n;
  else if (filled_ < result_.fill)
    filled_ += n;
  else
    input_.erase(0, n);
}

bool channel::talk(allowance& output) {
  auto worked = false;
  dialog_->work(clock::now());
  if (!input_.empty() && dialog_->wants_input()) {
    dialog_->take(input_);
    input_.clear();
    worked = true;
  }
  dialog_->work(clock::now());
  auto all = false;
  worked |= write_out(output, all);
  // Who sent end of file still gets the replies.
  auto left = ssh_channel_is_eof(raw_) && input_.empty() && !stalled_;
  if (stage_ == stage::talking && (left || dialog_->over())
      && dialog_->output().empty())
    return finish();
  return worked;
}

bool channel::send(allowance& output) {
  auto all = false;
  auto worked = write_out(output, all);
  if (!all || (result_.echo && !ssh_channel_is_eof(raw_)))
    return worked;
  return finish();
}

bool channel::write_out(allowance& output, bool& all) {
  auto worked = false;
  for (;;) {
    auto next = next_chunk();
    if (next.size == 0) {
      all = true;
      return worked;
    }
    if (output.left == 0) {
      output.exceeded = true;
      return worked;
    }
    auto window = ssh_channel_window_size(raw_);
    if (window == 0 || write_pending(raw_))
      return worked;
    auto size = static_cast<std::uint32_t>(
      std::min<std::uint64_t>({next.size, window, write_limit, output.left}));
    auto write = next.is_error ? ssh_channel_write_stderr : ssh_channel_write;
    auto n = write(raw_, next.data, size);
    worked = true;
    if (n < 0) {
      stage_ = stage::closing;
      return true;
    }
    if (n == 0) // the keys are being exchanged anew
      return true;
    output.left -= static_cast<std::uint64_t>(n);
    consume(static_cast<std::size_t>(n));
  }
}

bool channel::pester() {
  if (!where_.faults.has(fault::flood_requests))
    return false;
  // Not a request of a server; it wants no answer, so this does not wait.
  for (int i = 0; i < 100 && !write_pending(raw_); ++i)
    ssh_channel_change_pty_size(raw_, 80, 24);
  return true;
}

bool channel::finish() {
  if (where_.faults.has(fault::half_close)) {
    ssh_channel_send_eof(raw_);
    stage_ = stage::idle;
    return true;
  }
  if (where_.faults.has(fault::no_exit_status)) {
    stage_ = stage::closing;
    return true;
  }
  if (result_.signal.empty())
    ssh_channel_request_send_exit_status(raw_, result_.status);
  else
    ssh_channel_request_send_exit_signal(raw_, result_.signal.c_str(), 0, "",
                                         "");
  stage_ = stage::closing;
  return true;
}

bool channel::close() {
  if (close_pending_ && write_pending(raw_))
    return false;
  // While the socket is full libssh sends less than all and must be asked
  // again.
  close_pending_ = ssh_channel_close(raw_) == SSH_AGAIN;
  if (!close_pending_)
    stage_ = stage::done;
  return true;
}

} // namespace tieline::lab
