#include "fleet/progress.hpp"

#include "fleet/text.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <string_view>

namespace fleet {

namespace {

// What the eye can follow; more would only cost.
constexpr caf::timespan between_draws = std::chrono::milliseconds{100};

size_t width_of(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return 80;
  return size.ws_col;
}

// Progress is a courtesy: that nobody takes it is no error.
void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    auto n = ::write(fd, text.data(), text.size());
    if (n <= 0)
      return;
    text.remove_prefix(static_cast<size_t>(n));
  }
}

} // namespace

std::string progress_line(const tally& so_far, size_t running,
                          caf::timespan elapsed) {
  return std::to_string(so_far.done()) + '/' + std::to_string(so_far.hosts)
         + " done, " + std::to_string(so_far.ok) + " ok, "
         + std::to_string(so_far.failed) + " failed, "
         + std::to_string(so_far.unreachable) + " unreachable, "
         + std::to_string(running) + " running, " + seconds(elapsed);
}

progress::progress(int fd) : fd_(fd), terminal_(isatty(fd) == 1) {
  // nop
}

void progress::show(const tally& so_far, size_t running, caf::timespan now) {
  auto line = [&] { return progress_line(so_far, running, now); };
  if (terminal_) {
    if (visible_ && now - last_shown_ < between_draws)
      return;
    last_shown_ = now;
    visible_ = true;
    // A line that wraps could not be taken back.
    write_all(fd_, "\r\x1b[K" + line().substr(0, width_of(fd_) - 1));
  } else if (so_far.hosts > 0) {
    auto tenth = so_far.done() * 10 / so_far.hosts;
    if (tenth == last_tenth_)
      return;
    last_tenth_ = tenth;
    write_all(fd_, line() + '\n');
  }
}

void progress::hide() {
  if (visible_)
    write_all(fd_, "\r\x1b[K");
  visible_ = false;
}

void progress::say(const std::string& text) {
  hide();
  write_all(fd_, text);
}

} // namespace fleet
