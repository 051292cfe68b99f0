#include "tieline/transports/http/sse.hpp"

#include <algorithm>
#include <utility>

namespace tieline {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

// More than a day of milliseconds makes no sense, and ten digits fit.
constexpr size_t max_digits = 10;

} // namespace

bool sse_reader::read(std::string_view bytes, std::vector<sse_event>& out) {
  while (!bytes.empty() && !overrun_) {
    if (std::exchange(after_cr_, false) && bytes.front() == '\n')
      bytes.remove_prefix(1);
    auto end = bytes.find_first_of("\r\n");
    auto piece = bytes.substr(0, end);
    if (line_.size() + data_.size() + piece.size() > limit_) {
      overrun_ = true;
      break;
    }
    line_ += piece;
    if (end == std::string_view::npos)
      break;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    take_line(out);
    line_.clear();
  }
  return !overrun_;
}

void sse_reader::take_line(std::vector<sse_event>& out) {
  std::string_view line = line_;
  if (std::exchange(first_line_, false)
      && line.substr(0, byte_order_mark.size()) == byte_order_mark)
    line.remove_prefix(byte_order_mark.size());
  if (line.empty()) {
    dispatch(out);
    return;
  }
  auto colon = line.find(':');
  if (colon == 0) // a comment
    return;
  std::string_view value;
  if (colon != std::string_view::npos) {
    value = line.substr(colon + 1);
    if (!value.empty() && value.front() == ' ')
      value.remove_prefix(1);
  }
  take_field(line.substr(0, colon), value);
}

void sse_reader::take_field(std::string_view name, std::string_view value) {
  if (name == "event") {
    type_ = value;
  } else if (name == "data") {
    data_ += value;
    data_ += '\n';
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos)
      id_ = value;
  } else if (name == "retry") {
    auto digits = std::all_of(value.begin(), value.end(),
                              [](char c) { return c >= '0' && c <= '9'; });
    if (digits && !value.empty() && value.size() <= max_digits)
      retry_ = std::chrono::milliseconds{std::stoll(std::string{value})};
  }
}

void sse_reader::dispatch(std::vector<sse_event>& out) {
  last_event_id_ = id_;
  auto type = std::exchange(type_, {});
  if (data_.empty())
    return;
  data_.pop_back();
  out.push_back({type.empty() ? "message" : std::move(type),
                 std::exchange(data_, {}), id_});
}

} // namespace tieline
