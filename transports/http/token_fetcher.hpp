#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/transports/http/helpers.hpp"
#include "tieline/transports/http/profile.hpp"
#include "tieline/transports/http/session_actor.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <functional>
#include <memory>

namespace tieline::http {

/// Fetches a session's bearer token from where its profile says: a token
/// source, a file or a credential. Lives in the session's actor and calls back
/// there.
class token_fetcher {
public:
  using callback = std::function<void(const caf::expected<secret>&)>;

  token_fetcher(session_actor::pointer self, std::shared_ptr<helpers> shared)
    : self_(self),
      helpers_(std::move(shared)) {
    // nop
  }

  /// Calls `done` once, unless it is stopped before. One at a time.
  void fetch(const profile& who, callback done);

  /// Ends with a timeout if that is due.
  void expire(io::clock::time_point now);

  void stop();

  bool busy() const noexcept {
    return done_ != nullptr;
  }

  io::clock::time_point deadline() const noexcept {
    return deadline_;
  }

private:
  void ask_source(const profile& who);

  void read_file(const profile& who);

  void read_credential(const profile& who);

  void found(uint64_t number, const secret& token);

  void fail(uint64_t number, const std::string& cause);

  void finish(uint64_t number, const caf::expected<secret>& result);

  session_actor::pointer self_;
  std::shared_ptr<helpers> helpers_;
  connection_key key_;
  callback done_;
  /// Nobody waits any more for an answer that comes too late.
  uint64_t number_ = 0;
  io::clock::time_point deadline_ = io::never;
};

} // namespace tieline::http
