#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tieline::lab::netconf {

/// How messages are told apart (RFC 6242).
enum class framing {
  end_of_message, ///< each ends with `]]>]]>`: base 1.0, and every hello
  chunked,        ///< each is a row of chunks: base 1.1
};

/// Takes messages out of what a client sends. The lab has its own, so that it
/// shares no mistake with the transport it is there to test.
class message_reader {
public:
  void push(std::string_view bytes) {
    buffer_ += bytes;
  }

  /// Reads in another way from here on.
  void use(framing how) {
    framing_ = how;
  }

  /// Returns the next message, or nothing if there is none yet.
  /// @throws std::invalid_argument the bytes break the framing
  std::optional<std::string> next();

private:
  std::optional<std::string> next_by_end();
  std::optional<std::string> next_by_chunks();

  framing framing_ = framing::end_of_message;
  std::string buffer_;
  std::size_t searched_ = 0; // up to here no end begins
  std::string message_;      // chunks so far
};

/// Returns a message as it is sent.
std::string frame(std::string_view message, framing how,
                  std::size_t chunk_size = 16 * 1024);

} // namespace tieline::lab::netconf
