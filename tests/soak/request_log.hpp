#pragma once

#include <tieline/messages/errc.hpp>

#include <caf/error.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::soak {

/// The kinds of requests that tieline gets.
enum class request_kind : uint8_t { open, execute, close, look, order };

/// The requests of all participants and their outcomes. Thread-safe.
class request_log {
public:
  static constexpr std::array<std::string_view, 5> request_kinds
    = {"open", "execute", "close", "look", "order"};

  /// By errc; the first is success, the one after the last an error that is
  /// none of tieline's.
  static constexpr size_t outcomes = std::size(names_of<errc>::values) + 1;

  void asked(request_kind what) {
    ++asked_.at(index(what));
  }

  /// An empty error: it succeeded.
  void answered(request_kind what, const caf::error& reason);

  /// Notes that the caller has ended before `count` answers came.
  void dropped(request_kind what, uint64_t count) {
    dropped_.at(index(what)) += count;
  }

  /// Notes that tieline has broken a promise.
  void violation(std::string what);

  uint64_t asked_of(request_kind what) const {
    return asked_.at(index(what));
  }

  uint64_t dropped_of(request_kind what) const {
    return dropped_.at(index(what));
  }

  uint64_t count(request_kind what, size_t outcome) const {
    return answered_.at(index(what)).at(outcome);
  }

  uint64_t answered_of(request_kind what) const;

  uint64_t answered_in_all() const;

  /// Returns the first few violations, and how many there were.
  std::vector<std::string> violations() const;

private:
  template <class T>
  using per_kind = std::array<T, request_kinds.size()>;

  using counter = std::atomic<uint64_t>;

  static size_t index(request_kind what) {
    return static_cast<size_t>(what);
  }

  per_kind<counter> asked_{};
  per_kind<counter> dropped_{};
  per_kind<std::array<counter, outcomes>> answered_{};

  mutable std::mutex mutex_;
  std::vector<std::string> violations_;
  uint64_t further_violations_ = 0;
};

} // namespace tieline::soak
