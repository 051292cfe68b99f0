#pragma once

#include "tieline/messages/request.hpp"
#include "tieline/transports/netconf/netconf_error.hpp"

#include <caf/expected.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tieline::netconf {

/// An answer (RFC 6241, 4.2).
struct rpc_reply {
  /// Some servers leave it out when they could not read the question.
  std::optional<std::string> message_id;
  /// Wherever they stand: those of severity `error` first; at most 100 in all.
  std::vector<netconf_error> errors;
  /// How many there were.
  size_t error_count = 0;
  /// Whether one of them is more than a warning.
  bool failed = false;
  /// What is inside of `<rpc-reply>`, without `<ok/>` and the
  /// `<rpc-error>` directly in it. Each
  /// element declares the prefixes that `<rpc-reply>` has declared for it, so
  /// that it can stand alone.
  std::string output;
  /// How many bytes were repaired.
  size_t repaired = 0;
};

/// An event (RFC 5277, 4).
struct event {
  /// As RFC 3339 has it; see @ref parse_date_time.
  std::string event_time;
  /// The whole `<notification>`.
  std::string text;
  /// The subscription is over with it: a notificationComplete (RFC
  /// 5277, 2.1.1).
  bool is_last = false;
};

/// A message that is no good. Its frame tells where the next one begins.
struct broken_message {
  enum class kind : uint8_t {
    /// What it was to be cannot be seen.
    other,
    reply,
    notification,
  };

  kind what = kind::other;
  /// Of a reply, if that can be seen.
  std::optional<std::string> message_id = {};
  /// An `errc::protocol_error` that says what is wrong, where, and what stands
  /// around.
  caf::error reason = {};
  /// As it was sent.
  std::string text = {};
  /// A notificationComplete, of which something else is wrong.
  bool is_last = false;
};

/// What a server may send after its hello.
using incoming = std::variant<rpc_reply, event, broken_message>;

/// How to read a message.
struct reading {
  /// How deep elements may lie in each other.
  size_t depth = 256;
  /// Whether bytes that are no text of XML are repaired (see @ref xml::repair).
  /// An event then says so in a comment behind its end.
  bool lenient = false;
};

/// Reads a message of a server.
incoming read_message(std::string text, const reading& how = {});

/// Does the same.
/// @returns the error of a broken message.
caf::expected<incoming> read_incoming(std::string text, size_t depth = 256);

/// Returns what the answer to an operation means to who asked for it:
/// `errc::operation_failed` with the server's errors (see @ref
/// netconf_errors_of), or a reply whose output is that of the rpc_reply. For
/// `get-schema` the output is the schema itself.
caf::expected<reply> to_reply(rpc_reply answer, std::string_view operation);

} // namespace tieline::netconf
