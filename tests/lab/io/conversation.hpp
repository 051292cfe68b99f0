#pragma once

#include "connection.hpp"
#include "outbox.hpp"

#include "tieline/lab/faults/fault_set.hpp"

#include <string_view>

namespace tieline::lab {

/// The server's side of a stream of bytes that goes both ways, and its faults.
class conversation {
public:
  explicit conversation(const fault_set& faults) : faults_(faults) {
  }
  conversation(const conversation&) = delete;
  conversation& operator=(const conversation&) = delete;
  virtual ~conversation() = default;

  /// Takes what the client sent.
  virtual void take(std::string_view bytes) = 0;

  /// Returns whether `take` is a good idea: little waits to be sent.
  virtual bool wants_input() const noexcept = 0;

  /// Does what can be done now.
  virtual void work(clock::time_point now) = 0;

  /// What to send. When it is empty and the conversation is over: hang up.
  outbox& output() noexcept {
    return output_;
  }
  bool over() const noexcept {
    return over_;
  }

  /// Returns when to call `work` even without input.
  virtual clock::time_point wake_at(clock::time_point now) const = 0;

protected:
  bool has(fault what) const {
    return faults_.has(what);
  }

  const fault_set& faults_;
  outbox output_;
  bool over_ = false;
};

} // namespace tieline::lab
