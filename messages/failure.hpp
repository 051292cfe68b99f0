#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/errc.hpp"
#include "tieline/messages/named_enum.hpp"

#include <caf/error.hpp>
#include <caf/timespan.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tieline {

/// Where and why an operation failed. Every `caf::error` with an @ref errc
/// carries one as its context. It never holds a secret.
struct failure {
  /// The connection; empty where none is involved.
  connection_key key;
  step at = step::none;
  /// The cause, in the words of the library or the peer that reported it.
  std::string cause;
  /// The time after which a retry makes sense. Zero: not known.
  caf::timespan retry_after{0};
  /// Further fields of the error, as the plugin documents them: for example the
  /// fields of a device's own error for an `errc::operation_failed`.
  std::map<std::string, std::string> details{};

  template <class Inspector>
  friend bool inspect(Inspector& f, failure& x) {
    return f.object(x).fields(f.field("key", x.key), f.field("at", x.at),
                              f.field("cause", x.cause),
                              f.field("retry_after", x.retry_after),
                              f.field("details", x.details));
  }
};

/// Returns an error with this code and context, its cause @ref printable.
caf::error make_error(errc code, failure context);

/// Returns the code of `x`, or `errc::none` if `x` is not an error of tieline.
errc code_of(const caf::error& x) noexcept;

/// Returns the context of `x`; empty if `x` is not an error of tieline.
failure failure_of(const caf::error& x);

/// Says in `failure::details` whether a request that came to nothing may have
/// begun: it has not with the value @ref not_begun. Without the detail nobody
/// knows.
inline constexpr auto begun_detail = "begun";
inline constexpr auto not_begun = "no";

/// What an error means for who asked.
enum class failure_class : uint8_t {
  /// There is no error.
  none,
  /// The session or the node was lost while the request was on its way: it may
  /// have run, or may be running still.
  lost,
  /// The network, the host or the time failed. Another try may succeed; the
  /// step of the @ref failure says how far this one came.
  transient,
  /// It has not begun, since something holds it back for now: a queue, a
  /// breaker, an operator, another node. Another try may succeed later.
  refused,
  /// Another try gets the same error: the params, the request or the device
  /// has to change.
  permanent,
  /// Somebody has ended it on purpose. Another try would go against them.
  canceled,
};

template <>
struct names_of<failure_class> {
  static constexpr std::string_view values[]
    = {"none", "lost", "transient", "refused", "permanent", "canceled"};
};

/// Returns the class of any error that an actor of tieline answers, those of
/// CAF among them.
failure_class class_of(const caf::error& x) noexcept;

/// Returns the time after which a retry makes sense. Zero: not known.
caf::timespan retry_after(const caf::error& x);

/// Returns the error as one line that is safe to show, e.g. `ssh://r1:
/// authentication failed (authentication): tried password, publickey`.
std::string describe(const caf::error& x);

} // namespace tieline
