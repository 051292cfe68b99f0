#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::netconf {

/// A YANG module that a server has (RFC 6020, 5.6.4).
struct yang_module {
  std::string name;
  /// As `2024-01-31`; empty: not told.
  std::string revision;
  /// The URI of its namespace.
  std::string name_space;
  std::vector<std::string> features;

  friend bool operator==(const yang_module& x, const yang_module& y) {
    return x.name == y.name && x.revision == y.revision
           && x.name_space == y.name_space && x.features == y.features;
  }
};

/// What a side of a NETCONF session told that it can do: URIs, some with
/// parameters, as in `urn:...:with-defaults:1.0?basic-mode=explicit`.
class capabilities {
public:
  capabilities() = default;

  explicit capabilities(std::vector<std::string> all);

  /// Returns the URIs as they were told, parameters included.
  const std::vector<std::string>& all() const noexcept {
    return all_;
  }

  /// Returns whether there is this URI, whatever its parameters, also if it is
  /// spelled as old servers do.
  bool has(std::string_view uri) const;

  /// Returns a parameter of a URI, percent-decoded, or none if there is none.
  std::optional<std::string> parameter(std::string_view uri,
                                       std::string_view name) const;

  /// Returns the parts, separated by commas, of a parameter of a URI.
  std::vector<std::string> list(std::string_view uri,
                                std::string_view name) const;

  /// Returns the modules that the URIs name, in their order. A server of YANG
  /// 1.1 modules tells these elsewhere (RFC 7950, 5.6.4).
  std::vector<yang_module> modules() const;

private:
  /// Returns the URI as it was told; none if it was not.
  std::optional<std::string_view> find(std::string_view uri) const;

  std::vector<std::string> all_;
};

} // namespace tieline::netconf
