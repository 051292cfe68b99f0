#pragma once

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tieline::netconf {

/// How messages are told apart on a stream of bytes (RFC 6242).
enum class framing : uint8_t {
  /// Each ends with `]]>]]>` (4.3): NETCONF 1.0, and every hello.
  end_of_message,
  /// Each is a row of chunks of a told size (4.2): NETCONF 1.1.
  chunked,
};

/// The largest chunk that RFC 6242 allows, in bytes.
constexpr size_t max_chunk_size = 4294967295;

/// The largest message that is read unless told otherwise, in bytes.
constexpr size_t default_message_limit = size_t{64} << 20;

/// Takes the messages out of a stream of bytes, however that is cut. Of either
/// side: client or server. Needs time in proportion to the bytes, whatever they
/// are, and memory for one message and what was pushed last.
class frame_reader {
public:
  /// @param limit largest message, in bytes
  explicit frame_reader(size_t limit = default_message_limit) : limit_(limit) {
    // nop
  }

  /// Adds bytes. To be followed by calls of `next` until it has nothing more.
  void push(std::string_view bytes);

  /// Returns the next whole message, or none if there is none yet. An error is
  /// final, each later call returns it again: `errc::protocol_error` for bytes
  /// that break the framing, `errc::output_limit` for a message that is larger
  /// than the limit, told as soon as that is certain.
  caf::expected<std::optional<std::string>> next();

  /// Reads in another way from here on, bytes that were pushed but not yet
  /// returned included. Only between two messages.
  void use(framing how);

  /// Returns whether a message has begun but not ended: then the end of the
  /// stream cuts it off.
  bool in_message() const noexcept;

private:
  enum class state : uint8_t {
    /// Before the first chunk of a message there may be blanks: some peers send
    /// a line end behind each.
    first_line_feed,
    first_hash,
    line_feed,
    hash,
    size_or_end,
    size,
    data,
    end,
  };

  std::optional<std::string> next_by_end();

  std::optional<std::string> next_by_chunks();

  /// Takes one byte of what stands around the data of chunks; returns whether
  /// a message has ended.
  bool take(char c);

  void take_size_digit(char c);

  void begin_data();

  void fail(caf::error reason);

  /// @param is_old such bytes are those of NETCONF 1.0
  void fail_syntax(std::string_view expected, char found, bool is_old = false);

  /// Says which byte was taken last.
  std::string place() const;

  void drop_taken();

  void fail_limit();

  size_t limit_;
  framing framing_ = framing::end_of_message;
  std::string buffer_;
  /// How much of the buffer was taken.
  size_t taken_ = 0;
  /// How many bytes there were before those in the buffer.
  uint64_t dropped_ = 0;
  /// Up to where no `]]>]]>` begins.
  size_t searched_ = 0;
  state state_ = state::first_line_feed;
  uint64_t chunk_left_ = 0;
  std::string message_;
  caf::error error_;
};

/// Returns the message as it goes over the wire, or `errc::invalid_request` if
/// it cannot: an empty one in chunks, or one with a `]]>]]>` inside that is not
/// in chunks (an attribute's value or a comment may well have that).
/// @param chunk_size largest chunk, in bytes: 1 to max_chunk_size
caf::expected<std::string> frame(std::string_view message, framing how,
                                 size_t chunk_size = max_chunk_size);

} // namespace tieline::netconf
