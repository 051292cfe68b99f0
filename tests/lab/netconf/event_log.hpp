#pragma once

#include <pugixml.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tieline::lab::netconf {

using wall_clock = std::chrono::system_clock;

/// Returns a time as RFC 3339 has it, in UTC with microseconds.
std::string to_time_text(wall_clock::time_point when);

/// Reads a time of RFC 3339; nothing if it is none.
std::optional<wall_clock::time_point> time_from(std::string_view text);

/// One thing that happened on a device.
struct event {
  wall_clock::time_point when;
  std::string content; ///< XML: one element

  /// Returns the event as a `notification` element (RFC 5277).
  std::string notification() const;
};

using event_ptr = std::shared_ptr<const event>;

/// Returns whether the subtree filter inside `filter` selects something of it.
bool selects(pugi::xml_node filter, const event& what);

/// The events of a device that can be replayed: the last so many.
class event_log {
public:
  event_log(std::size_t size, wall_clock::time_point begin)
    : size_(size),
      begin_(begin) {
    // nop
  }

  /// Adds an event. No two have the same time, so that a replay from just
  /// after one misses nothing.
  event_ptr add(std::string content, wall_clock::time_point now);

  const std::deque<event_ptr>& events() const noexcept {
    return events_;
  }

  wall_clock::time_point begin() const noexcept {
    return begin_;
  }

  /// Returns the time of the last event that was dropped, if one was.
  std::optional<wall_clock::time_point> aged() const noexcept {
    return aged_;
  }

private:
  std::size_t size_;
  wall_clock::time_point begin_;
  wall_clock::time_point last_{};
  std::optional<wall_clock::time_point> aged_;
  std::deque<event_ptr> events_;
};

} // namespace tieline::lab::netconf
