#pragma once

#include "tieline/messages/connection_params.hpp"
#include "tieline/messages/plugin_traits.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tieline {

/// Where params lead to and how, in the one way to write it. Who logs in is not
/// part of it.
struct canonical_params {
  /// In lower case (unless an extra is overruled), except for the zone of an
  /// address; an IPv6 address as RFC 5952 has it. A dot at the end is kept:
  /// without it, a name may stand for another one, by the search list of the
  /// resolver.
  std::string hostname;
  /// None only if the plugin tells of no default that holds.
  std::optional<uint16_t> port;
  /// Without those at their default, and with underscores in the names of those
  /// that the plugin knows. Values that it would refuse are as they were given.
  std::map<std::string, std::string> extras;

  friend bool operator==(const canonical_params& x, const canonical_params& y) {
    return x.hostname == y.hostname && x.port == y.port && x.extras == y.extras;
  }
};

canonical_params canonical(const connection_params& params,
                           const plugin_traits& plugin);

/// Returns whether sessions with these params are the same.
/// @param name of the plugin. Jump hosts of another plugin are the same only if
///        they are written in the same way.
bool mean_same(const connection_params& x, const connection_params& y,
               const plugin_traits& plugin, std::string_view name);

} // namespace tieline
