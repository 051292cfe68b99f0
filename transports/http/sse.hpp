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
  /// The last id that the stream has told of up to this event; empty: none.
  std::string id;
};

/// Reads an event stream (`text/event-stream`, HTML standard, 9.2.6) from its
/// bytes, however they are split. An event that is not complete when the
/// stream ends is dropped.
class sse_reader {
public:
  /// @param limit most bytes of one event
  explicit sse_reader(size_t limit = size_t{1} << 20) : limit_(limit) {
    // nop
  }

  /// Takes the next bytes and appends the events that are complete now to
  /// `out`. Returns false once an event exceeds the limit; then it reads
  /// nothing more.
  bool read(std::string_view bytes, std::vector<sse_event>& out);

  /// Returns what to send as `Last-Event-ID` to go on with the stream where it
  /// has ended; empty: the stream has told of none.
  const std::string& last_event_id() const noexcept {
    return last_event_id_;
  }

  /// Returns how long the server asks to wait before that, if it does.
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
