#pragma once

#include "tieline/messages/sink.hpp"

#include <caf/timespan.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tieline {

/// One operation for an open session. The plugin defines the meaning of body
/// and attributes: for `ssh` the body is the command line, and the attribute
/// `stdin` is the input of the command.
struct request {
  std::string body;
  std::map<std::string, std::string> attributes;
  /// Time until the answer, waiting included. Zero or less: the settings, up to
  /// `acquire-timeout` until it runs and `execute-timeout` from then on.
  caf::timespan timeout{0};
  /// The maximum of output and error output together, in bytes. A request that
  /// exceeds it fails with `errc::output_limit`. Zero: the setting
  /// `tieline.output-limit`.
  uint64_t output_limit = 0;
  /// Receives the output piece by piece. The reply follows when the sink has
  /// taken everything, and then has no output. With a sink there is no limit
  /// unless `output_limit` is set here.
  std::optional<sink_actor> sink = std::nullopt;
  /// A name by which the request can be canceled. Many may have the same.
  std::string tag = {};
  /// Whether it goes on when the actor that asked has ended. By default it is
  /// canceled then: nobody wants its reply any more. What was sent without a
  /// sender goes on in any case.
  bool outlives_caller = false;
  /// Who asks, as `explain` and events tell it. Empty: the name of the actor
  /// and of its node.
  std::string caller = {};
  /// The lease under which it runs (see connection_actor). Zero: under none.
  uint64_t lease = 0;
  /// Set by the connection: the number by which a transport is told to cancel
  /// it.
  uint64_t number = 0;

  template <class Inspector>
  friend bool inspect(Inspector& f, request& x) {
    return f.object(x).fields(
      f.field("body", x.body), f.field("attributes", x.attributes),
      f.field("timeout", x.timeout), f.field("output_limit", x.output_limit),
      f.field("sink", x.sink), f.field("tag", x.tag),
      f.field("outlives_caller", x.outlives_caller),
      f.field("caller", x.caller), f.field("lease", x.lease),
      f.field("number", x.number));
  }
};

/// The result of a request. A command that ran and failed is a reply, not an
/// error.
struct reply {
  std::string output;
  std::string error_output;
  /// The status as the plugin defines it: for `ssh` the exit status, or -1 if a
  /// signal ended the command.
  int32_t status = 0;
  /// Further results of the plugin, e.g. `exit_signal` of `ssh`.
  std::map<std::string, std::string> attributes;
  /// The time from the arrival of the request at the session to its end.
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
