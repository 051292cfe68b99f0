#pragma once

#include "fleet/status_row.hpp"

#include <tieline/messages/explanation.hpp>
#include <tieline/messages/request.hpp>

#include <caf/error.hpp>
#include <caf/timespan.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace fleet {

/// The outcome of one host.
enum class outcome : uint8_t {
  /// The command ended with status 0, or the HTTP status is 200 to 399.
  ok,
  /// The server has ended the command without an exit status, as some devices
  /// always do: nobody knows whether it worked.
  no_status,
  /// There was a session, but the command failed or could not be run.
  failed,
  /// The session could not be opened, or it was lost.
  unreachable,
  /// The user interrupted it.
  canceled,
};

std::string_view to_string(outcome x) noexcept;

/// The result of one host.
struct host_result {
  std::string host;
  fleet::outcome outcome = outcome::ok;
  /// The command's answer; with an error, the output that had come before.
  tieline::reply reply;
  /// What went wrong, if there is no answer.
  caf::error error;
  /// The time from the start of the open to this result.
  caf::timespan elapsed{0};
  /// Why the connection was as it was, if that was asked for.
  std::optional<tieline::explanation> explanation = {};
  /// How the connection was before it was closed, if that was asked for.
  std::optional<status_row> status = {};
};

/// Returns the result of a command that ended.
host_result command_ended(std::string host, tieline::reply reply,
                          caf::timespan elapsed);

/// Returns the result of a session that could not be opened.
host_result open_failed(std::string host, caf::error reason,
                        caf::timespan elapsed);

/// Returns the result of a command that got no answer.
host_result execute_failed(std::string host, caf::error reason,
                           caf::timespan elapsed);

/// Returns whether an explanation of the connection helps to understand the
/// error: the host was waited for in vain, or was not even tried.
bool needs_explanation(const caf::error& x) noexcept;

/// Returns why a result is not ok, in words that are the same for all hosts
/// with the same problem: `exit status 3`, `connection refused`.
std::string cause(const host_result& x);

/// The outcomes of all hosts, counted.
struct tally {
  size_t hosts = 0;
  size_t ok = 0;
  size_t no_status = 0;
  size_t failed = 0;
  size_t unreachable = 0;
  /// How often each cause led to anything but ok.
  std::map<std::string, size_t> causes;

  void add(const host_result& x);

  size_t done() const noexcept {
    return ok + no_status + failed + unreachable;
  }

  /// Returns how many hosts were interrupted or not even begun.
  size_t canceled() const noexcept {
    return hosts - done();
  }
};

/// The exit status of the program. The values are documented to users.
enum class exit_status : int {
  ok = 0,
  internal = 1,
  failed = 2,
  no_status = 3,
  unreachable = 4,
  usage = 5,
  failed_and_unreachable = 6,
  interrupted = 130,
};

exit_status exit_status_of(const tally& x, bool interrupted) noexcept;

} // namespace fleet
