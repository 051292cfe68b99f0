#include "tieline/transports/cli/line_terminal.hpp"

#include <algorithm>

namespace tieline::cli {

namespace {

// Longer than any line that a device redraws.
constexpr size_t longest_line = size_t{16} * 1024;
constexpr size_t kept_of_line = size_t{4} * 1024;
constexpr size_t longest_sequence = 64;

constexpr char escape_char = '\x1b';

bool is_text(char c) {
  return static_cast<unsigned char>(c) >= ' ' && c != '\x7f';
}

} // namespace

void line_terminal::push(std::string_view bytes, std::string& finished) {
  for (size_t i = 0; i < bytes.size();) {
    auto c = bytes[i];
    if (state_ == state::text && (is_text(c) || c == '\t')) {
      auto end = i + 1;
      while (end < bytes.size() && (is_text(bytes[end]) || bytes[end] == '\t'))
        ++end;
      write(bytes.substr(i, end - i));
      if (line_.size() > longest_line && cursor_ == line_.size()) {
        auto done = line_.size() - kept_of_line;
        finished.append(line_, 0, done);
        line_.erase(0, done);
        cursor_ = line_.size();
        continues_ = true;
      }
      i = end;
      continue;
    }
    ++i;
    switch (state_) {
      case state::text:
        control(c, finished);
        break;
      case state::escape:
        parameters_.clear();
        if (c == '[')
          state_ = state::control;
        else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_')
          state_ = state::string;
        else if (c == '(' || c == ')' || c == '*' || c == '+' || c == '#'
                 || c == '%')
          state_ = state::escape_one;
        else if (c != escape_char)
          state_ = state::text;
        break;
      case state::escape_one:
        state_ = state::text;
        break;
      case state::control:
        if (c >= '@' && c <= '~') {
          state_ = state::text;
          sequence(c);
        } else if (c == escape_char) {
          state_ = state::escape;
        } else if (c < ' ') {
          // Terminals carry these out in the middle of a sequence.
          control(c, finished);
        } else if (parameters_.size() < longest_sequence) {
          parameters_ += c;
        } else {
          state_ = state::text;
        }
        break;
      case state::string:
        if (c == '\x07')
          state_ = state::text;
        else if (c == escape_char)
          state_ = state::string_escape;
        else if (c == '\n' || parameters_.size() >= longest_line) {
          // One that never ends must not swallow all that follows.
          state_ = state::text;
          control(c, finished);
        } else
          parameters_ += c;
        break;
      case state::string_escape:
        state_ = c == '\\' ? state::text : state::string;
        break;
    }
  }
}

void line_terminal::clear_line() {
  line_.clear();
  cursor_ = 0;
  end_of_writing_ = 0;
  continues_ = false;
}

void line_terminal::write(std::string_view text) {
  if (cursor_ > line_.size())
    line_.resize(cursor_, ' ');
  line_.replace(cursor_, std::min(text.size(), line_.size() - cursor_), text);
  cursor_ += text.size();
  end_of_writing_ = cursor_;
  // What is blank behind it was wiped, to be written over.
  if (cursor_ < line_.size()
      && line_.find_first_not_of(' ', cursor_) == std::string::npos)
    line_.resize(cursor_);
}

void line_terminal::end_line(std::string& finished) {
  // What was there was blanked and then written over in part, as pagers do.
  auto end = std::max(cursor_, end_of_writing_);
  if (end < line_.size()
      && line_.find_first_not_of(' ', end) == std::string::npos)
    line_.resize(end);
  finished += line_;
  finished += '\n';
  clear_line();
}

void line_terminal::control(char c, std::string& finished) {
  switch (c) {
    case '\n':
      end_line(finished);
      break;
    case '\r':
      cursor_ = 0;
      break;
    case '\b':
      if (cursor_ > 0)
        --cursor_;
      end_of_writing_ = 0;
      break;
    case escape_char:
      state_ = state::escape;
      break;
    default:
      break;
  }
}

void line_terminal::sequence(char final) {
  cursor_ = std::min(cursor_, line_.size());
  switch (final) {
    case 'C': {
      auto to = std::min(cursor_ + parameter(1), longest_line);
      cursor_ = std::max(cursor_, to);
      break;
    }
    case 'D':
      cursor_ -= std::min(cursor_, parameter(1));
      break;
    case 'G':
      cursor_ = std::min(parameter(1), longest_line) - 1;
      break;
    case 'K':
      if (parameter(0) == 0)
        line_.resize(cursor_);
      else if (parameter(0) == 1)
        line_.replace(0, cursor_, cursor_, ' ');
      else
        line_.clear();
      break;
    case 'J':
      if (parameter(0) == 0)
        line_.resize(cursor_);
      else
        line_.clear();
      break;
    case 'P':
      line_.erase(cursor_, std::min(parameter(1), line_.size() - cursor_));
      break;
    case '@':
      line_.insert(cursor_, std::min(parameter(1), longest_line), ' ');
      break;
    default:
      // Colours, modes, and moves to other lines.
      break;
  }
}

size_t line_terminal::parameter(size_t fallback) const {
  size_t result = 0;
  auto has_digit = false;
  for (auto c : parameters_) {
    if (c < '0' || c > '9')
      break;
    has_digit = true;
    result = std::min(result * 10 + static_cast<size_t>(c - '0'), longest_line);
  }
  // Zero moves by one, too.
  return has_digit && (result > 0 || fallback == 0) ? result : fallback;
}

} // namespace tieline::cli
