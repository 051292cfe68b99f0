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

/// What is asked of tieline.
enum class question : uint8_t { open, execute, close, look, order };

/// What was asked, and what came of it: kept by many actors at once.
class ledger {
public:
  static constexpr std::array<std::string_view, 5> questions
    = {"open", "execute", "close", "look", "order"};

  /// By errc; the first is success, the one after the last an error that is
  /// none of tieline's.
  static constexpr size_t outcomes = std::size(names_of<errc>::values) + 1;

  void asked(question what) {
    ++asked_.at(index(what));
  }

  /// An empty error: it succeeded.
  void answered(question what, const caf::error& reason);

  /// Who asked has ended before the answer came.
  void dropped(question what, uint64_t count) {
    dropped_.at(index(what)) += count;
  }

  /// Something was not as it has to be.
  void blame(std::string what);

  uint64_t asked_of(question what) const {
    return asked_.at(index(what));
  }

  uint64_t dropped_of(question what) const {
    return dropped_.at(index(what));
  }

  uint64_t count(question what, size_t outcome) const {
    return answered_.at(index(what)).at(outcome);
  }

  uint64_t answered_of(question what) const;

  uint64_t answered_in_all() const;

  /// Returns the first few things that were not as they have to be, and how
  /// many there were.
  std::vector<std::string> complaints() const;

private:
  template <class T>
  using per_question = std::array<T, questions.size()>;

  using counter = std::atomic<uint64_t>;

  static size_t index(question what) {
    return static_cast<size_t>(what);
  }

  per_question<counter> asked_{};
  per_question<counter> dropped_{};
  per_question<std::array<counter, outcomes>> answered_{};

  mutable std::mutex mutex_;
  std::vector<std::string> complaints_;
  uint64_t further_complaints_ = 0;
};

} // namespace tieline::soak
