#pragma once

#include "tieline/lab/faults/fault.hpp"

#include <array>
#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tieline::lab {

/// The faults of a device that are on.
class fault_set {
public:
  bool has(fault what) const {
    return on_[static_cast<std::size_t>(what)];
  }
  /// Returns the fault's amount if it is on.
  std::optional<std::uint64_t> amount(fault what) const;
  /// Returns the fault's amount as a time, at most a year; 0 if it is off.
  std::chrono::milliseconds delay(fault what) const;
  void set(fault what, std::uint64_t amount);
  void clear(fault what) {
    on_[static_cast<std::size_t>(what)] = false;
  }
  void clear() {
    on_.reset();
  }

private:
  std::bitset<fault_count> on_;
  std::array<std::uint64_t, fault_count> amounts_{};
};

} // namespace tieline::lab
