#pragma once

#include <caf/timespan.hpp>

#include <chrono>
#include <string>

namespace tieline {

/// A change of a device's configuration that undoes itself unless it is proven
/// to be good: a confirmed commit (RFC 6241, 8.4).
struct guarded_change {
  /// For `edit-config`: the content of `<config>`.
  std::string config;
  /// `merge` (the default), `replace` or `none`.
  std::string default_operation;
  /// After which time the device undoes what is not confirmed: 1 s to 24 h.
  caf::timespan confirm_timeout = std::chrono::seconds{120};

  template <class Inspector>
  friend bool inspect(Inspector& f, guarded_change& x) {
    return f.object(x).fields(f.field("config", x.config),
                              f.field("default_operation", x.default_operation),
                              f.field("confirm_timeout", x.confirm_timeout));
  }
};

} // namespace tieline
