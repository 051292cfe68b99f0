#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/errc.hpp"

#include <caf/error.hpp>
#include <caf/timespan.hpp>

#include <map>
#include <string>

namespace tieline {

/// Where and why an operation failed: the context of every `caf::error` with
/// an @ref errc that tieline makes. Holds no secret.
struct failure {
  /// Whose connection; empty where no connection is involved.
  connection_key key;
  step at = step::none;
  /// The cause in words, from the library or peer that reported it.
  std::string cause;
  /// After which time it makes sense to ask again; zero: not known.
  caf::timespan retry_after{0};
  /// What a device said about an `errc::operation_failed`, field by field, as
  /// the plugin documents it.
  std::map<std::string, std::string> details{};

  template <class Inspector>
  friend bool inspect(Inspector& f, failure& x) {
    return f.object(x).fields(f.field("key", x.key), f.field("at", x.at),
                              f.field("cause", x.cause),
                              f.field("retry_after", x.retry_after),
                              f.field("details", x.details));
  }
};

/// Returns an error of tieline with its context.
caf::error make_error(errc code, failure context);

/// Returns the errc of `x`, or `errc::none` if `x` is not an error of tieline.
errc code_of(const caf::error& x) noexcept;

/// Returns the context of an error of tieline; empty for any other.
failure failure_of(const caf::error& x);

/// Returns one line for people, e.g. `ssh://r1: authentication failed
/// (authentication): tried password, publickey`.
std::string describe(const caf::error& x);

} // namespace tieline
