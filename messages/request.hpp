#pragma once

#include "tieline/messages/sink.hpp"

#include <caf/timespan.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tieline {

/// One operation for an open session. What body and attributes mean is the
/// plugin's: for `ssh` the body is the command line and the attribute `stdin`
/// its input.
struct request {
  std::string body;
  std::map<std::string, std::string> attributes;
  /// Time until the answer, waiting included. Zero or less: the setting
  /// `tieline.execute-timeout`.
  caf::timespan timeout{0};
  /// Most bytes of output and error output together; more is
  /// `errc::output_limit`. Zero: the setting `tieline.output-limit`.
  uint64_t output_limit = 0;
  /// Gets the output as it comes; the reply follows when it has taken all, and
  /// has none. Then the limit is none unless it is given here.
  std::optional<sink_actor> sink = std::nullopt;

  template <class Inspector>
  friend bool inspect(Inspector& f, request& x) {
    return f.object(x).fields(f.field("body", x.body),
                              f.field("attributes", x.attributes),
                              f.field("timeout", x.timeout),
                              f.field("output_limit", x.output_limit),
                              f.field("sink", x.sink));
  }
};

/// What a request brought back. A command that ran and failed is a reply, not
/// an error.
struct reply {
  std::string output;
  std::string error_output;
  /// The plugin's status: for `ssh` the exit status, or -1 if a signal ended
  /// the command.
  int32_t status = 0;
  /// More of the plugin, e.g. `exit_signal` for `ssh`.
  std::map<std::string, std::string> attributes;
  /// From the request's arrival at the session to its end.
  caf::timespan elapsed{0};

  template <class Inspector>
  friend bool inspect(Inspector& f, reply& x) {
    return f.object(x).fields(f.field("output", x.output),
                              f.field("error_output", x.error_output),
                              f.field("status", x.status),
                              f.field("attributes", x.attributes),
                              f.field("elapsed", x.elapsed));
  }
};

} // namespace tieline
