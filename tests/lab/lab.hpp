#pragma once

#include "tieline/lab/command.hpp"
#include "tieline/lab/counters.hpp"
#include "tieline/lab/device.hpp"
#include "tieline/lab/options.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace tieline::lab {

/// Serves simulated devices from construction to destruction. Each is an SSH
/// server of its own; a few threads serve all of them.
class server {
public:
  /// Listens on all endpoints.
  /// @throws std::system_error an address or port cannot be had
  /// @throws std::invalid_argument an option makes no sense
  explicit server(options o = {});
  server(server&&) noexcept;
  server& operator=(server&&) noexcept;
  /// Closes every connection and joins the threads.
  ~server();

  const options& settings() const noexcept;

  std::size_t size() const noexcept;
  /// @throws std::out_of_range there is no such device
  device at(std::size_t index) const;

  /// Adds a command to all devices, or replaces the one of that name. A line
  /// is served by the command with the longest name that it starts with, word
  /// by word: `show version` also serves `show version brief`.
  void add_command(std::string name, command run,
                   input stdin_is = input::ignored);

  /// Returns the counters of all devices together.
  counters count() const;

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace tieline::lab
