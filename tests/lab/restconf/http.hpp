#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::lab::restconf {

/// A request of HTTP/1.1.
struct request {
  std::string method;
  std::string path; ///< as sent: still percent-encoded
  std::map<std::string, std::string> query = {};
  std::map<std::string, std::string> headers = {}; ///< names in lower case
  std::string body = {};

  /// Returns a header; empty if there is none.
  std::string header(const std::string& name) const;
};

struct response {
  int status;
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// Takes requests out of what a client sends.
class request_reader {
public:
  void push(std::string_view bytes) {
    buffer_ += bytes;
  }

  /// Returns the next request, or nothing if there is none yet.
  /// @throws std::invalid_argument it is no HTTP, or much too large
  std::optional<request> next();

  /// Returns once whether the client waits for leave to send the body.
  bool wants_leave();

private:
  void read_head();
  bool read_body();
  bool read_chunks();

  std::string buffer_;
  std::optional<request> current_; // whose head is read
  bool wants_leave_ = false;
};

/// Returns status line and headers, all but the empty line at the end.
std::string head_of(const response& what);

/// Returns text without percent-encoding; `+` stays what it is.
/// @throws std::invalid_argument it is not encoded so
std::string percent_decoded(std::string_view text);

/// Returns text with all but unreserved characters percent-encoded.
std::string percent_encoded(std::string_view text);

/// Returns the bytes as gzip, not made smaller (RFC 1951 section 3.2.4).
std::string gzipped(std::string_view bytes);

/// Returns what base64 stands for; nothing if it is none.
std::optional<std::string> base64_decoded(std::string_view text);

/// Returns text for use in JSON, with quotes.
std::string json_quoted(std::string_view text);

} // namespace tieline::lab::restconf
