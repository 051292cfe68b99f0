#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace tieline::http {

/// Decodes the content of an answer piece by piece (RFC 9110, 8.4.1): `gzip`,
/// and `deflate` both as it is written there and as old servers send it.
class content_decoder {
public:
  /// Gets at most 64 KiB at once; returns false to have no more.
  using output = std::function<bool(std::string_view)>;

  enum class outcome {
    good,
    /// `output` wants no more.
    refused,
    /// The content is not what its header says.
    malformed,
  };

  /// Returns a decoder for a `content-encoding`; null if the content is not
  /// encoded, or in a way that is not known here.
  static std::unique_ptr<content_decoder> make(std::string_view encoding);

  content_decoder(const content_decoder&) = delete;

  content_decoder& operator=(const content_decoder&) = delete;

  ~content_decoder();

  /// Decodes a piece.
  outcome take(std::string_view data, const output& out);

  /// Returns whether no content is cut off: there was none at all, or all.
  bool complete() const noexcept {
    return !begun_ || ended_;
  }

private:
  explicit content_decoder(bool gzip);

  bool begin(int window_bits);

  outcome decode(std::string_view data, const output& out);

  const bool gzip_;
  std::unique_ptr<z_stream_s> stream_;
  /// Of deflate, until it is known which one it is.
  std::string held_;
  bool begun_ = false;
  bool ended_ = false;
};

} // namespace tieline::http
