#pragma once

#include <caf/timestamp.hpp>

#include <cstddef>
#include <optional>
#include <set>
#include <string>

namespace tieline::netconf {

/// What a device says about the past of an event stream (RFC 5277, 3.2.5.1).
struct replay_log {
  bool supported = false;
  std::optional<caf::timestamp> created;
  /// Nothing is left from before that.
  std::optional<caf::timestamp> aged;

  /// Reads what a `get` of the streams has brought.
  static replay_log read(const std::string& data, const std::string& stream);

  /// Returns whether it has all that came after this time.
  bool reaches(caf::timestamp since) const;
};

/// Knows up to where a subscription has told the events of a device, and so
/// from where it is to go on after a loss, and which events a replay brings
/// again. Knows no clock: all times are the device's.
class replay_cursor {
public:
  /// Where a subscription is to begin.
  struct start {
    /// Of the first event that is asked for; empty: only new ones.
    std::string time;
    /// Events may be missing before it.
    bool gap = false;
  };

  /// @param start_time from when on the past is asked for; empty: not at all
  explicit replay_cursor(std::string start_time);

  /// Returns where the first subscription begins.
  start begin();

  /// Returns where the next one begins, after a loss.
  start resume(const replay_log& log);

  /// Returns whether the last one asked for what was told already: a device
  /// whose clock has gone back refuses that as lying in the future (RFC 5277,
  /// 2.1.1).
  bool is_resuming() const noexcept {
    return replaying_ && told_until_;
  }

  /// Gives the past up: the next subscription begins with new events.
  void forget();

  /// Takes note of an event. Returns whether it was told before.
  /// @param time as the device wrote it; an event without a valid one is new
  bool was_told(const std::string& time, const std::string& text);

  /// The replay is complete. Returns whether that ends the past that was asked
  /// for, not one that only fills in for a loss.
  bool complete();

  /// Returns the time of the last event; empty: there was none.
  const std::string& last_time() const noexcept {
    return last_time_;
  }

private:
  start begin_at(std::string time, bool gap);

  std::string start_time_;
  /// Of the last event, as the device wrote it.
  std::string last_time_;
  /// Hashes of the events of that time.
  std::multiset<size_t> told_then_;
  /// The place at which a replay goes on. The last event does not tell: a
  /// device's log may be out of order.
  std::optional<caf::timestamp> told_until_;
  /// Hashes of the events of that time that the replay brings again.
  std::multiset<size_t> told_at_last_;
  /// The device tells what it has told before.
  bool replaying_ = false;
  /// The past was asked for, and its end has not been told yet.
  bool past_is_due_;
};

} // namespace tieline::netconf
