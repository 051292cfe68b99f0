#pragma once

#include "connection.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace tieline::lab {

/// What is to be sent, in order, some of it later or slowly.
class outbox {
public:
  /// How to send something.
  struct manner {
    clock::time_point due = clock::time_point::min(); ///< not before
    /// One byte, then so long nothing.
    std::optional<std::chrono::milliseconds> per_byte = {};
  };

  void add(std::string bytes) {
    add(std::move(bytes), manner{});
  }
  void add(std::string bytes, manner how);

  /// Adds what is to be sent next, before all that waits.
  void add_first(std::string bytes);

  /// Returns what may be sent now; empty if nothing may.
  std::string_view ready(clock::time_point now) const;

  /// Tells that the first `n` bytes of what is ready were sent.
  void consume(std::size_t n, clock::time_point now);

  /// Returns when there is more to send than now.
  clock::time_point wake_at(clock::time_point now) const;

  /// Drops what was not sent.
  void clear();

  bool empty() const noexcept {
    return parcels_.empty();
  }
  /// Returns how many bytes wait.
  std::size_t size() const noexcept {
    return size_;
  }

private:
  struct parcel {
    std::string bytes;
    manner how;
  };

  std::deque<parcel> parcels_;
  std::size_t ahead_ = 0; // parcels that were added first
  std::size_t sent_ = 0;  // of the first parcel
  std::size_t size_ = 0;
};

} // namespace tieline::lab
