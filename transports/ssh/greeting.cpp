#include "tieline/transports/ssh/greeting.hpp"

#include "tieline/messages/support/printable.hpp"
#include "tieline/messages/support/text.hpp"

#include <algorithm>
#include <utility>

namespace tieline::ssh {

namespace {

// More before an identification is no SSH server's greeting.
constexpr size_t max_greeting = size_t{64} * 1024;

// With its line end (RFC 4253, 4.2).
constexpr size_t max_identification = 255;

constexpr size_t max_said = 300;

constexpr std::string_view mark = "SSH-";

bool begins(std::string_view text, std::string_view with) {
  return text.substr(0, with.size()) == with;
}

/// Returns whether a line that begins so may be an identification.
bool may_identify(std::string_view line) {
  return begins(line, mark) || begins(mark, line);
}

} // namespace

size_t greeting::take(std::string_view bytes) {
  size_t used = 0;
  while (now_ == progress::waiting && used < bytes.size()) {
    auto rest = bytes.substr(used);
    auto end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    auto piece = rest.substr(0, end);
    used += piece.size();
    taken_ += piece.size();
    line_ += piece;
    other_line_ = other_line_ || !may_identify(line_);
    auto whole = piece.back() == '\n';
    if (other_line_) {
      said_.append(line_, 0, max_said + 1 - std::min(said_.size(), max_said));
      line_.clear();
      other_line_ = !whole;
      if (taken_ > max_greeting)
        fail(errc::protocol_error, "64 kB came, and no SSH identification",
             true);
    } else if (line_.size() > max_identification) {
      fail(errc::protocol_error,
           "the identification has more than 255 bytes: "
             + line_.substr(0, max_said),
           true);
    } else if (whole) {
      judge();
    }
  }
  return used;
}

void greeting::judge() {
  if (begins(line_, "SSH-2.") || begins(line_, "SSH-1.99-"))
    now_ = progress::done;
  else
    fail(errc::protocol_error,
         "the server does not speak SSH 2, it is "
           + line_.substr(0, line_.find_first_of("\r\n")),
         true);
}

void greeting::end(int error) {
  // What it had begun to say is among its last words.
  said_ += line_;
  fail(errc::connection_lost,
       error == 0 ? "closed by the peer" : errno_message(error), false);
}

void greeting::fail(errc code, std::string cause, bool permanent) {
  now_ = progress::failed;
  code_ = code;
  cause_ = std::move(cause);
  permanent_ = permanent;
  if (auto words = said(); !words.empty())
    cause_ += "; it said: " + words;
}

std::string greeting::said() const {
  std::string result;
  for (auto c : std::string_view{said_}.substr(0, max_said)) {
    auto blank = c == '\r' || c == '\n' || c == ' ';
    if (!blank)
      result += c;
    else if (!result.empty() && result.back() != ' ')
      result += ' ';
  }
  while (!result.empty() && result.back() == ' ')
    result.pop_back();
  result = printable(result);
  if (said_.size() > max_said)
    result += "...";
  return result;
}

} // namespace tieline::ssh
