#pragma once

#include <tieline/lab/faults/fault_set.hpp>
#include <tieline/lab/shell/dialog.hpp>
#include <tieline/transports/cli/shell_session.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace tieline::test {

/// Returns a platform that tieline ships.
std::shared_ptr<const cli::platform> shipped(const std::string& name);

/// A session in the shell of a simulated device, in virtual time. Bytes go from
/// one to the other at once, or in random pieces after random times.
class shell_world {
public:
  using clock = cli::shell_session::clock;
  using event = cli::shell_session::event;

  struct options {
    std::string platform = "cisco_iosxe";
    std::string enable_secret = {};
    std::map<std::string, secret> secrets = {};
    std::vector<std::pair<lab::fault, uint64_t>> faults = {};
    /// Random pieces and times.
    std::optional<uint32_t> seed = std::nullopt;
    caf::timespan idle_return_interval{0};
    std::function<void(cli::platform&)> change = {};
  };

  struct outcome {
    cli::shell_result result;
    std::string error;
  };

  explicit shell_world(options how);

  shell_world() : shell_world(options{}) {
    // nop
  }

  /// Lets time pass until there is an event, at most so long.
  /// @returns false if none came
  bool wait(std::chrono::milliseconds most = std::chrono::minutes{5});

  /// Returns all events, and forgets them.
  std::vector<event> take_events() {
    return std::exchange(events_, {});
  }

  /// Returns whether an event of this kind comes; drops others.
  template <class Event>
  bool comes() {
    while (wait())
      for (auto& x : take_events())
        if (std::holds_alternative<Event>(x))
          return true;
    return false;
  }

  /// Opens the session. Returns why not; empty if it is open.
  std::string open();

  /// Runs lines; returns what came of it, or its error as text.
  outcome run(cli::shell_request what,
              std::chrono::milliseconds timeout = std::chrono::seconds{60});

  outcome run(const std::string& line) {
    cli::shell_request what;
    what.lines = {line};
    return run(std::move(what));
  }

  /// Returns the id of the request: 1, 2, 3 and so on.
  uint64_t submit(cli::shell_request what, std::chrono::milliseconds timeout);

  /// Lets time pass.
  void pass(std::chrono::milliseconds time);

  cli::shell_session& session() {
    return *session_;
  }

  lab::fault_set& faults() {
    return faults_;
  }

  lab::shell::device_config& config() {
    return config_;
  }

  clock::time_point now() const {
    return now_;
  }

  /// Returns all that the device was sent.
  const std::string& sent() const {
    return sent_;
  }

private:
  void pump();

  bool step(clock::time_point until);

  lab::fault_set faults_;
  lab::shell::device_config config_;
  std::unique_ptr<lab::shell::dialog> device_;
  std::unique_ptr<cli::shell_session> session_;
  std::optional<std::mt19937> random_;
  clock::time_point now_ = clock::time_point{} + std::chrono::hours{1};
  clock::time_point next_delivery_ = now_;
  std::string in_flight_;
  std::string sent_;
  std::vector<event> events_;
  uint64_t next_id_ = 1;
  bool ended_ = false;
};

} // namespace tieline::test
