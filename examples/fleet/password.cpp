#include "fleet/password.hpp"

#include "fleet/command_line.hpp"

#include <tieline/messages/support/wipe.hpp>

#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <string_view>

namespace fleet {

namespace {

/// The controlling terminal, made to read keys as they come and unseen. Signal
/// keys come as characters: so an interrupt cannot leave it that way.
class quiet_terminal {
public:
  quiet_terminal() : fd_(open("/dev/tty", O_RDWR | O_CLOEXEC)) {
    if (fd_ < 0 || tcgetattr(fd_, &before_) != 0)
      throw usage_error{"-k needs a terminal; without one set FLEET_PASSWORD"};
    auto quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
    tcsetattr(fd_, TCSAFLUSH, &quiet);
  }

  ~quiet_terminal() {
    write("\n");
    tcsetattr(fd_, TCSAFLUSH, &before_);
    close(fd_);
  }

  quiet_terminal(const quiet_terminal&) = delete;

  quiet_terminal& operator=(const quiet_terminal&) = delete;

  void write(std::string_view text) {
    [[maybe_unused]] auto n = ::write(fd_, text.data(), text.size());
  }

  /// Returns the next key, or `interrupt_key` when there are no more.
  char read() {
    char result;
    return ::read(fd_, &result, 1) == 1 ? result : interrupt_key;
  }

  static constexpr char interrupt_key = '\x03';

private:
  int fd_;
  termios before_{};
};

} // namespace

std::optional<tieline::secret> ask_password(const std::string& prompt) {
  quiet_terminal terminal;
  terminal.write(prompt);
  std::string typed;
  tieline::wiped_at_end guard{typed};
  // Else growing would leave copies behind.
  typed.reserve(4096);
  for (;;) {
    switch (auto key = terminal.read()) {
      case quiet_terminal::interrupt_key:
        return std::nullopt;
      case '\n':
      case '\r':
        return tieline::secret{typed};
      case '\x7f':
      case '\b':
        if (!typed.empty())
          typed.pop_back();
        break;
      case '\x15': // Ctrl-U
        typed.clear();
        break;
      default:
        if (typed.size() < typed.capacity())
          typed += key;
    }
  }
}

} // namespace fleet
