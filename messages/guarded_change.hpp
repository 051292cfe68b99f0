#pragma once

#include <caf/timespan.hpp>

#include <chrono>
#include <string>

namespace tieline {

/// A change of a device's configuration that the device undoes unless it is
/// confirmed: a confirmed commit (RFC 6241, 8.4).
struct guarded_change {
  /// The content of `<config>` in the `edit-config`.
  std::string config;
  /// `merge` (the default), `replace` or `none`.
  std::string default_operation;
  /// The time after which the device undoes an unconfirmed change: 1 s to 24 h.
  caf::timespan confirm_timeout = std::chrono::seconds{120};

  template <class Inspector>
  friend bool inspect(Inspector& f, guarded_change& x) {
    return f.object(x).fields(f.field("config", x.config),
                              f.field("default_operation", x.default_operation),
                              f.field("confirm_timeout", x.confirm_timeout));
  }
};

} // namespace tieline
