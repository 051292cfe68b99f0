#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tieline {

/// One event of an event stream.
struct sse_event {
  std::string type = "message";
  /// Lines are separated by a newline.
  std::string data;
  /// The last id in the stream up to this event. Empty: there was none.
  std::string id;
};

/// Reads an event stream (`text/event-stream`, HTML standard, 9.2.6) from bytes
/// that may be split anywhere. An event that is incomplete at the end of the
/// stream is dropped.
class sse_reader {
public:
  /// @param limit the maximum size of one event, in bytes
  explicit sse_reader(size_t limit = size_t{1} << 20) : limit_(limit) {
    // nop
  }

  /// Takes the next bytes and appends the events that they complete to `out`.
  /// Returns false once an event exceeds the limit; from then on it reads
  /// nothing.
  bool read(std::string_view bytes, std::vector<sse_event>& out);

  /// Returns the `Last-Event-ID` with which the stream continues where it
  /// ended. Empty: the stream had no id.
  const std::string& last_event_id() const noexcept {
    return last_event_id_;
  }

  /// Returns how long the server asks to wait before a new request, if it does.
  std::optional<std::chrono::milliseconds> retry() const noexcept {
    return retry_;
  }

private:
  void take_line(std::vector<sse_event>& out);

  void take_field(std::string_view name, std::string_view value);

  void dispatch(std::vector<sse_event>& out);

  size_t limit_;
  std::string line_;
  bool first_line_ = true;
  /// The last byte was a CR: a LF that follows belongs to it.
  bool after_cr_ = false;
  bool overrun_ = false;
  std::string type_;
  std::string data_;
  std::string id_;
  std::string last_event_id_;
  std::optional<std::chrono::milliseconds> retry_;
};

} // namespace tieline
