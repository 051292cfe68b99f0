#pragma once

#include "tieline/messages/request.hpp"
#include "tieline/transports/netconf/framing.hpp"
#include "tieline/transports/netconf/hello.hpp"
#include "tieline/transports/netconf/rpc_reply.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace tieline::netconf {

/// A client's side of a NETCONF session, between the bytes of its stream and
/// what they mean. Knows no clock and no socket.
class message_layer {
public:
  struct limits {
    /// Largest message of the peer, in bytes.
    size_t message = default_message_limit;
    /// How deep elements may lie in each other.
    size_t depth = 256;
    /// Bytes that are no text of XML are repaired.
    bool lenient = false;
  };

  /// The peer has said hello: from now on it takes requests.
  struct opened {};

  /// A request was answered. That of a subscription is when it ends.
  struct answered {
    uint64_t id;
    caf::expected<reply> result;
  };

  /// The peer has told something, for the request with this id.
  struct told {
    uint64_t id;
    std::string text;
    /// Why it is no good; empty: it is.
    std::string problem = {};
  };

  using event_kind = std::variant<opened, answered, told>;

  /// Its output begins with our hello.
  /// @param ours what we tell the peer that we can do
  message_layer(capabilities ours, limits most);

  /// Returns what is to be sent, once.
  std::string take_output();

  /// Takes a request (see @ref make_rpc); its attribute `on-session`, if there
  /// is one, must be the session's id. Returns the id of its answer, above
  /// zero.
  ///
  /// The one that subscribes needs a sink. Until its answer the peer takes no
  /// other request but close-session, unless it has the capability
  /// interleave.
  caf::expected<uint64_t> submit(request what);

  /// Asks the peer to end the session; zero if that cannot be asked yet.
  uint64_t submit_close();

  /// Sends the line feed that the next frame begins with ahead of it, where
  /// frames do (RFC 6242, 4.2): legal at any time, and a sign of life for a
  /// peer that waits for more before it looks at what it has.
  void begin_frame();

  /// Drops what is still told and answered to a request.
  void forget(uint64_t id);

  /// Returns whether the peer tells, or is about to tell, what nobody wants any
  /// more: NETCONF can only end that with the session.
  bool has_orphan() const;

  /// Takes bytes of the peer. To be followed by calls of `next` until it has
  /// nothing more.
  void push(std::string_view bytes) {
    reader_.push(bytes);
  }

  /// Returns what has happened next, if anything. An error is final; what is
  /// not answered by then never will be.
  caf::expected<std::optional<event_kind>> next();

  /// Returns how the end of the stream is to be explained.
  std::string describe_end() const;

  bool is_open() const noexcept {
    return peer_.has_value();
  }

  /// Returns what the peer has told of itself, once it has.
  const hello& peer() const {
    return *peer_;
  }

private:
  struct question {
    uint64_t id;
    std::string operation;
    uint64_t output_limit;
    bool has_sink;
    bool forgotten = false;
    /// Of its answer, if more follows.
    std::map<std::string, std::string> attributes = {};
  };

  caf::error check_session(request& what) const;

  caf::error check_subscription(const request& what,
                                std::string_view operation) const;

  void send(std::string_view framed);

  caf::error greet(std::string_view text);

  caf::error read(std::string text);

  caf::error answer(rpc_reply what);

  /// Tells a request that its answer is no good.
  caf::error answer(broken_message what);

  caf::error unasked(const std::optional<std::string>& message_id) const;

  /// @param problem why it is no good; empty: it is
  void tell(std::string text, bool is_last, std::string problem = {});

  std::deque<question>::iterator
  find(const std::optional<std::string>& message_id);

  void fail(caf::error reason);

  reply empty_reply() const;

  capabilities ours_;
  limits limits_;
  frame_reader reader_;
  framing framing_ = framing::end_of_message;
  std::string output_;
  bool frame_begun_ = false;
  std::optional<hello> peer_;
  uint64_t last_id_ = 0;
  /// In the order of asking, which is that of the answers, too.
  std::deque<question> asked_;
  /// The one whose events come, until they end.
  std::optional<question> subscription_;
  /// What `next` has yet to tell, before the error.
  std::deque<event_kind> due_;
  caf::error error_;
};

} // namespace tieline::netconf
