#pragma once

#include <tieline/messages/interfaces.hpp>

#include <caf/actor_system.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace tieline::test {

/// A sink that keeps what it gets. It ends with this object.
class test_sink {
public:
  /// @param eager answers at once; else not before `release`
  explicit test_sink(caf::actor_system& sys, bool eager = true);

  test_sink(const test_sink&) = delete;

  test_sink& operator=(const test_sink&) = delete;

  ~test_sink();

  const sink_actor& handle() const noexcept {
    return handle_;
  }

  /// Answers what it has not answered yet, and all that follows at once.
  void release();

  /// Answers the first of those that it has not answered.
  void release_one();

  /// Ends.
  void end();

  /// Returns what has come so far.
  std::string output() const;

  std::string error_output() const;

  size_t chunks() const;

private:
  struct record;

  std::shared_ptr<record> record_;
  sink_actor handle_;
};

} // namespace tieline::test
