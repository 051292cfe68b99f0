#include "framing.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace tieline::lab::netconf {

namespace {

constexpr std::string_view end_mark = "]]>]]>";
// The digits of the largest chunk size, 4294967295.
constexpr std::size_t most_digits = 10;

} // namespace

std::optional<std::string> message_reader::next() {
  return framing_ == framing::chunked ? next_by_chunks() : next_by_end();
}

std::optional<std::string> message_reader::next_by_end() {
  auto end = buffer_.find(end_mark, searched_);
  if (end == std::string::npos) {
    searched_ = buffer_.size() - std::min(buffer_.size(), end_mark.size() - 1);
    return std::nullopt;
  }
  auto result = buffer_.substr(0, end);
  buffer_.erase(0, end + end_mark.size());
  searched_ = 0;
  return result;
}

std::optional<std::string> message_reader::next_by_chunks() {
  std::size_t at = 0;
  std::optional<std::string> result;
  while (!result) {
    auto header = std::string_view{buffer_}.substr(at);
    if (header.substr(0, 2) != std::string_view{"\n#"}.substr(0, header.size()))
      throw std::invalid_argument("no chunk begins here");
    auto line_end = header.find('\n', 1);
    auto size_text = header.substr(std::min<std::size_t>(2, header.size()),
                                   line_end == std::string_view::npos
                                     ? line_end
                                     : line_end - 2);
    if (line_end == std::string_view::npos) {
      if (size_text.size() > most_digits)
        throw std::invalid_argument("a chunk's size has no end");
      break;
    }
    if (size_text == "#") {
      if (message_.empty())
        throw std::invalid_argument("a message without a chunk");
      at += line_end + 1;
      result = std::exchange(message_, {});
      break;
    }
    std::size_t size = 0;
    auto end = size_text.data() + size_text.size();
    auto [stop, error] = std::from_chars(size_text.data(), end, size);
    if (error != std::errc{} || stop != end || size == 0
        || size_text.front() == '0' || size_text.size() > most_digits)
      throw std::invalid_argument("no chunk has such a size");
    if (header.size() < line_end + 1 + size)
      break;
    message_ += header.substr(line_end + 1, size);
    at += line_end + 1 + size;
  }
  buffer_.erase(0, at);
  return result;
}

std::string frame(std::string_view message, framing how,
                  std::size_t chunk_size) {
  std::string result;
  if (how == framing::end_of_message)
    return result.append(message).append(end_mark);
  for (std::size_t at = 0; at < message.size(); at += chunk_size) {
    auto chunk = message.substr(at, chunk_size);
    result.append("\n#").append(std::to_string(chunk.size())).append("\n");
    result.append(chunk);
  }
  return result.append("\n##\n");
}

} // namespace tieline::lab::netconf
