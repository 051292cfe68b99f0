#include "tieline/transports/netconf/framing.hpp"

#include "tieline/messages/support/ascii.hpp"
#include "tieline/transports/netconf/errors.hpp"

#include <algorithm>
#include <utility>

namespace tieline::netconf {

namespace {

constexpr std::string_view end_mark = "]]>]]>";

constexpr size_t most_kept = size_t{1} << 20;

} // namespace

void frame_reader::push(std::string_view bytes) {
  if (error_)
    return;
  drop_taken();
  buffer_ += bytes;
}

void frame_reader::drop_taken() {
  // Moving what is left only when it is the smaller part keeps this linear.
  if (taken_ <= buffer_.size() / 2)
    return;
  buffer_.erase(0, taken_);
  dropped_ += taken_;
  searched_ -= std::min(searched_, taken_);
  taken_ = 0;
  // One large message is no reason to hold that much for ever.
  if (buffer_.empty() && buffer_.capacity() > most_kept)
    buffer_.shrink_to_fit();
}

caf::expected<std::optional<std::string>> frame_reader::next() {
  std::optional<std::string> result;
  if (!error_)
    result = framing_ == framing::chunked ? next_by_chunks() : next_by_end();
  if (error_)
    return error_;
  return result;
}

void frame_reader::use(framing how) {
  framing_ = how;
  searched_ = taken_;
  state_ = state::first_line_feed;
}

bool frame_reader::in_message() const noexcept {
  if (framing_ == framing::end_of_message)
    return !std::all_of(buffer_.begin() + static_cast<ptrdiff_t>(taken_),
                        buffer_.end(), is_blank);
  return !message_.empty() || state_ > state::line_feed;
}

std::optional<std::string> frame_reader::next_by_end() {
  auto pos = buffer_.find(end_mark, std::max(taken_, searched_));
  if (pos == std::string::npos) {
    // The mark's first bytes may be here already.
    auto overlap = std::min(buffer_.size() - taken_, end_mark.size() - 1);
    searched_ = buffer_.size() - overlap;
    if (searched_ - taken_ > limit_)
      fail_limit();
    return std::nullopt;
  }
  if (pos - taken_ > limit_) {
    fail_limit();
    return std::nullopt;
  }
  auto result = buffer_.substr(taken_, pos - taken_);
  taken_ = searched_ = pos + end_mark.size();
  drop_taken();
  return result;
}

std::optional<std::string> frame_reader::next_by_chunks() {
  while (taken_ < buffer_.size()) {
    if (state_ == state::data) {
      auto size = std::min<uint64_t>(chunk_left_, buffer_.size() - taken_);
      message_.append(buffer_, taken_, size);
      taken_ += size;
      chunk_left_ -= size;
      if (chunk_left_ == 0)
        state_ = state::line_feed;
      continue;
    }
    auto whole = take(buffer_[taken_++]);
    if (error_)
      return std::nullopt;
    if (whole)
      return std::exchange(message_, {});
  }
  drop_taken();
  return std::nullopt;
}

bool frame_reader::take(char c) {
  switch (state_) {
    case state::first_line_feed:
    case state::first_hash:
      if (c == '\n')
        state_ = state::first_hash;
      else if (c == '#' && state_ == state::first_hash)
        state_ = state::size_or_end;
      else if (is_blank(c))
        state_ = state::first_line_feed;
      else
        fail_syntax("a line feed and '#' before a chunk", c, c == '<');
      return false;
    case state::line_feed:
      if (c == '\n')
        state_ = state::hash;
      else
        fail_syntax("a line feed before a chunk", c);
      return false;
    case state::hash:
      if (c == '#')
        state_ = state::size_or_end;
      else
        fail_syntax("'#' before a chunk", c);
      return false;
    case state::size_or_end:
      if (c == '#' && !message_.empty())
        state_ = state::end;
      else if (c == '#')
        fail(error_at(errc::protocol_error, step::session,
                      "bad framing: a message without a chunk" + place()));
      else if (c == '0' || !is_digit(c))
        fail_syntax("a chunk's size", c);
      else {
        chunk_left_ = static_cast<uint64_t>(c - '0');
        state_ = state::size;
      }
      return false;
    case state::size:
      if (c == '\n')
        begin_data();
      else
        take_size_digit(c);
      return false;
    case state::end:
      if (c != '\n') {
        fail_syntax("a line feed after the last chunk", c);
        return false;
      }
      // Some peers send a line feed too many.
      state_ = state::first_line_feed;
      return true;
    case state::data:
      break;
  }
  return false;
}

void frame_reader::take_size_digit(char c) {
  if (!is_digit(c)) {
    fail_syntax("a digit or line feed in a chunk's size", c);
    return;
  }
  chunk_left_ = chunk_left_ * 10 + static_cast<uint64_t>(c - '0');
  if (chunk_left_ > max_chunk_size)
    fail(error_at(errc::protocol_error, step::session,
                  "bad framing: a chunk's size is above 4294967295" + place()));
}

void frame_reader::begin_data() {
  state_ = state::data;
  if (chunk_left_ > limit_ - message_.size())
    fail_limit();
}

void frame_reader::fail(caf::error reason) {
  error_ = std::move(reason);
  // What it holds is of no use any more.
  for (auto* x : {&buffer_, &message_}) {
    x->clear();
    x->shrink_to_fit();
  }
  taken_ = searched_ = 0;
}

std::string frame_reader::place() const {
  return ", at byte " + std::to_string(dropped_ + taken_ - 1)
         + " of the session";
}

void frame_reader::fail_syntax(std::string_view expected, char found,
                               bool is_old) {
  std::string shown;
  if (found == '\n')
    shown = "a line feed";
  else if (found > ' ' && found <= '~')
    shown = std::string{'\''} + found + '\'';
  else
    shown = "the byte " + std::to_string(static_cast<unsigned char>(found));
  fail(error_at(errc::protocol_error, step::session,
                "bad framing: expected " + std::string{expected} + ", got "
                  + shown + place()
                  + (is_old ? "; the peer may speak NETCONF 1.0 only, whatever "
                              "its hello says: the option version=1.0 helps"
                            : "")));
}

void frame_reader::fail_limit() {
  fail(
    error_at(errc::output_limit, step::session,
             "a message is larger than " + std::to_string(limit_) + " bytes"));
}

caf::expected<std::string> frame(std::string_view message, framing how,
                                 size_t chunk_size) {
  std::string result;
  if (how == framing::end_of_message) {
    result.reserve(message.size() + end_mark.size());
    result += message;
    result += end_mark;
    // A message that ends in ]]> makes an early mark, too.
    if (result.find(end_mark) != message.size())
      return error_at(errc::invalid_request, step::execute,
                      "a message with ]]>]]> inside cannot be sent to a peer "
                      "that only knows NETCONF 1.0");
    return result;
  }
  if (message.empty())
    return error_at(errc::invalid_request, step::execute, "an empty message");
  auto size = std::clamp<size_t>(chunk_size, 1, max_chunk_size);
  while (!message.empty()) {
    auto piece = message.substr(0, size);
    result += "\n#" + std::to_string(piece.size()) + '\n';
    result += piece;
    message.remove_prefix(piece.size());
  }
  return result + "\n##\n";
}

} // namespace tieline::netconf
