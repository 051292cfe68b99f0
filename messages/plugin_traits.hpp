#pragma once

#include "tieline/messages/option_kind.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tieline {

/// The port of params that have none.
struct default_port {
  uint16_t port = 0;
  /// Only of params whose extra of this name means this value; empty: of all.
  std::string extra = {};
  std::string value = {};

  template <class Inspector>
  friend bool inspect(Inspector& f, default_port& x) {
    return f.object(x).fields(f.field("port", x.port),
                              f.field("extra", x.extra),
                              f.field("value", x.value));
  }
};

/// An extra that a plugin knows.
struct extra_traits {
  /// With dashes or underscores: params may have either.
  std::string name;
  option_kind kind = option_kind::text;
  /// The value of params that do not have the extra.
  std::string fallback;
  /// The extra that, unless it is empty, says where another value than the
  /// fallback may come from, e.g. a file. Empty: there is no such.
  std::string overruled_by = {};

  template <class Inspector>
  friend bool inspect(Inspector& f, extra_traits& x) {
    return f.object(x).fields(f.field("name", x.name), f.field("kind", x.kind),
                              f.field("fallback", x.fallback),
                              f.field("overruled_by", x.overruled_by));
  }
};

/// What a plugin tells of itself, once: which params mean the same, and what
/// its transports can do. Params of a plugin that tells nothing are the same if
/// they are written in the same way.
struct plugin_traits {
  /// The first one holds whose condition is met.
  std::vector<default_port> ports = {};
  std::vector<extra_traits> extras = {};
  /// The names of the secrets that mean nothing when they are empty.
  std::vector<std::string> secrets = {};
  /// Whether its transports are stepwise_transport_actor.
  bool tells_steps = false;

  template <class Inspector>
  friend bool inspect(Inspector& f, plugin_traits& x) {
    return f.object(x).fields(f.field("ports", x.ports),
                              f.field("extras", x.extras),
                              f.field("secrets", x.secrets),
                              f.field("tells_steps", x.tells_steps));
  }
};

/// As the connections of a plugin have them in common. Never null.
using shared_traits = std::shared_ptr<const plugin_traits>;

} // namespace tieline
