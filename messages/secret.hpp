#pragma once

#include <string>
#include <string_view>

namespace tieline {

/// A string that is never printed or logged, and that is wiped when destroyed.
///
/// Its text form (`caf::deep_to_string`, logs, JSON, config values) is `***`.
/// Binary serialization carries the value only after @ref permit_serialization.
/// Otherwise the receiver gets a secret that is @ref withheld; a transport that
/// needs it answers `errc::secret_withheld`.
class secret {
public:
  secret() = default;

  explicit secret(std::string_view value) : value_(value), given_(true) {
    // nop
  }

  secret(const secret&) = default;

  secret(secret&& other) noexcept;

  secret& operator=(const secret& other);

  secret& operator=(secret&& other) noexcept;

  ~secret();

  /// Returns the value in clear, before a NUL, for as long as the secret lives.
  std::string_view reveal() const noexcept {
    return value_;
  }

  bool empty() const noexcept {
    return value_.empty();
  }

  /// Returns whether it was made of a value, even of an empty one: a password
  /// may be empty.
  bool given() const noexcept {
    return given_;
  }

  /// Returns whether the value stayed behind on another node.
  bool withheld() const noexcept {
    return withheld_;
  }

  /// Sets whether secrets may leave this process in messages to other nodes.
  /// The default is no. Permit it only if every link uses TLS.
  static void permit_serialization(bool permitted) noexcept;

  static bool serialization_permitted() noexcept;

  /// Compares in constant time for values of one length.
  friend bool operator==(const secret& lhs, const secret& rhs) noexcept;

  friend bool operator!=(const secret& lhs, const secret& rhs) noexcept {
    return !(lhs == rhs);
  }

  template <class Inspector>
  friend bool inspect(Inspector& f, secret& x) {
    if (f.has_human_readable_format()) {
      auto get = [] { return std::string{"***"}; };
      auto set = [&x](std::string value) {
        x = secret{value};
        return true;
      };
      return f.apply(get, set);
    }
    if constexpr (Inspector::is_loading) {
      return f.object(x).fields(f.field("withheld", x.withheld_),
                                f.field("given", x.given_),
                                f.field("value", x.value_));
    } else {
      secret out;
      if (serialization_permitted() || x.empty())
        out = x;
      else
        out.withheld_ = out.given_ = true;
      return f.object(out).fields(f.field("withheld", out.withheld_),
                                  f.field("given", out.given_),
                                  f.field("value", out.value_));
    }
  }

private:
  void wipe() noexcept;

  std::string value_;
  bool withheld_ = false;
  bool given_ = false;
};

} // namespace tieline
