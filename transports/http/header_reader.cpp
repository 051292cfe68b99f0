#include "tieline/transports/http/header_reader.hpp"

#include "tieline/transports/http/call.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>

namespace tieline::http {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  auto begin = text.find_first_not_of(blank);
  if (begin == std::string_view::npos)
    return {};
  return text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

} // namespace

bool header_reader::take(std::string_view line) {
  size_ += line.size();
  if (size_ > limit)
    return false;
  if (complete_)
    return true;
  if (line.substr(0, 5) == "HTTP/") {
    // HTTP/1.1 100 Continue, HTTP/2 103
    auto space = line.find(' ');
    interim_ = space != std::string_view::npos
               && line.substr(space + 1, 1) == "1";
    fields_.clear();
    last_name_.clear();
    return true;
  }
  if (trimmed(line).empty()) {
    complete_ = !interim_;
    return true;
  }
  // A line that goes on (obsolete, RFC 9112, 5.2) belongs to the one before.
  if (line[0] == ' ' || line[0] == '\t') {
    if (auto pos = fields_.find(last_name_); pos != fields_.end())
      pos->second += ' ' + std::string{trimmed(line)};
    return true;
  }
  auto colon = line.find(':');
  if (colon != std::string_view::npos)
    add(lower(trimmed(line.substr(0, colon))), trimmed(line.substr(colon + 1)));
  return true;
}

std::string_view header_reader::field(const std::string& name) const {
  auto pos = fields_.find(name);
  return pos == fields_.end() ? std::string_view{} : pos->second;
}

void header_reader::start_over() {
  auto size = size_;
  *this = {};
  size_ = size;
}

std::string header_reader::check_length() const {
  auto list = field("content-length");
  if (list.empty())
    return fields_.count("content-length") > 0 ? "the content-length is empty"
                                               : std::string{};
  std::optional<uint64_t> known;
  while (!list.empty()) {
    auto comma = std::min(list.find(','), list.size());
    auto text = trimmed(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    uint64_t length = 0;
    const auto* end = text.data() + text.size();
    auto [stopped, wrong] = std::from_chars(text.data(), end, length);
    if (wrong != std::errc{} || stopped != end || length > INT64_MAX)
      return "the content-length is no number in range";
    if (known && *known != length)
      return "there are two content-lengths";
    known = length;
  }
  return {};
}

void header_reader::add(std::string name, std::string_view value) {
  auto [pos, fresh] = fields_.try_emplace(name, value);
  if (!fresh) {
    pos->second += name == "set-cookie" ? "\n" : ", ";
    pos->second += value;
  }
  last_name_ = std::move(name);
}

} // namespace tieline::http
