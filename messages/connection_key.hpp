#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <tuple>

namespace tieline {

/// The name of one connection: host and plugin, each with a good `check_name`.
/// Keys are compared byte by byte. Both parts may be empty.
struct connection_key {
  std::string hostname;
  std::string plugin_name;

  friend bool operator==(const connection_key& x, const connection_key& y) {
    return x.hostname == y.hostname && x.plugin_name == y.plugin_name;
  }

  friend bool operator!=(const connection_key& x, const connection_key& y) {
    return !(x == y);
  }

  friend bool operator<(const connection_key& x, const connection_key& y) {
    return std::tie(x.hostname, x.plugin_name)
           < std::tie(y.hostname, y.plugin_name);
  }

  template <class Inspector>
  friend bool inspect(Inspector& f, connection_key& x) {
    return f.object(x).fields(f.field("hostname", x.hostname),
                              f.field("plugin_name", x.plugin_name));
  }
};

/// Returns `plugin_name://hostname`.
inline std::string to_string(const connection_key& x) {
  return x.plugin_name + "://" + x.hostname;
}

} // namespace tieline

template <>
struct std::hash<tieline::connection_key> {
  size_t operator()(const tieline::connection_key& x) const noexcept {
    std::hash<std::string_view> hash;
    // Mixing keeps ("ab", "c") apart from ("a", "bc") and from ("c", "ab").
    return hash(x.hostname) * 31 + hash(x.plugin_name);
  }
};
