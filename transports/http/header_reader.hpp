#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace tieline::http {

/// Collects the header of a response, line by line as libcurl hands it on.
class header_reader {
public:
  /// Most bytes of a header, interim responses (1xx) included.
  static constexpr size_t limit = size_t{256} * 1024;

  /// Takes the next line, with its end. Returns false if that is too much.
  bool take(std::string_view line);

  /// Returns whether the final response's header is complete. What comes after
  /// that are trailers, which are dropped: they must not change what the
  /// header has said.
  bool complete() const noexcept {
    return complete_;
  }

  /// Reads another response from here on, of which the next line is the first:
  /// the one before was for libcurl, which then asks again (Digest).
  void start_over();

  /// Returns what is wrong with the `content-length`; empty if nothing is. The
  /// end of the content cannot be known from a wrong one (RFC 9112, 6.3), and
  /// libcurl goes on as if there was none.
  std::string check_length() const;

  /// Returns the fields by their names in lower case. Fields that came several
  /// times are joined by a comma (RFC 9110, 5.3), `set-cookie` by a newline.
  const std::map<std::string, std::string>& fields() const noexcept {
    return fields_;
  }

  /// Returns a field's value; empty if there is none.
  std::string_view field(const std::string& name) const;

private:
  void add(std::string name, std::string_view value);

  std::map<std::string, std::string> fields_;
  std::string last_name_;
  size_t size_ = 0;
  bool interim_ = false;
  bool complete_ = false;
};

} // namespace tieline::http
