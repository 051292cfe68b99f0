#pragma once

#include "connection.hpp"
#include "outbox.hpp"

#include <string_view>

namespace tieline::lab {

/// The server's side of a stream of bytes that goes both ways.
class conversation {
public:
  conversation() = default;
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
  virtual outbox& output() noexcept = 0;
  virtual bool over() const noexcept = 0;

  /// Returns when to call `work` even without input.
  virtual clock::time_point wake_at(clock::time_point now) const = 0;
};

} // namespace tieline::lab
