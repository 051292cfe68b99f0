#pragma once

#include "tieline/transports/ssh/agent.hpp"
#include "tieline/transports/ssh/auth_plan.hpp"
#include "tieline/transports/ssh/helpers.hpp"
#include "tieline/transports/ssh/link.hpp"
#include "tieline/transports/ssh/profile.hpp"

#include <caf/actor_addr.hpp>
#include <caf/error.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tieline::ssh {

/// Logs in on a link whose host key is good.
class authenticator : public std::enable_shared_from_this<authenticator> {
public:
  enum class progress {
    /// Wait for the socket.
    again,
    /// Wait until `resume` is called. The link may be another thread's.
    away,
    done,
    /// See `error()`.
    failed,
  };

  /// @param resume called in the context of `self` when to advance again
  authenticator(std::shared_ptr<link> session, const profile& who,
                std::shared_ptr<helpers> shared, caf::actor_addr self,
                std::function<void()> resume);

  /// Starts, or goes on.
  progress advance();

  const caf::error& error() const noexcept {
    return error_;
  }

private:
  /// Fails as nothing is left to try.
  progress give_up();

  progress fail(errc code, std::string cause);

  progress settle(int result);

  std::optional<int> attempt(auth_method method);

  std::optional<int> try_key(auth_method method);

  /// Loads the key of the method.
  void ask_for_key(auth_method method);

  /// Goes on to the next file with a key; returns whether there is one.
  bool next_identity();

  std::optional<int> try_agent();

  int try_keyboard_interactive();

  void answer_prompts();

  int try_password();

  std::shared_ptr<link> link_;
  const profile& who_;
  std::shared_ptr<helpers> helpers_;
  caf::actor_addr self_;
  std::function<void()> resume_;
  auth_plan plan_;
  std::optional<auth_method> current_;
  // For one method at a time: the key, once asked for and loaded.
  bool key_asked_ = false;
  std::optional<loaded_key> key_;
  // The one of the profile's identities that has its turn.
  size_t identity_ = 0;
  // Those that could not be used, and why.
  std::string passed_over_;
  // Whether the server was sent anything that it could refuse.
  bool sent_ = false;
  std::unique_ptr<agent_login> agent_;
  bool agent_away_ = false;
  std::optional<int> agent_result_;
  int rounds_ = 0;
  bool password_given_ = false;
  caf::error error_;
};

} // namespace tieline::ssh
