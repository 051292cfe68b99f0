#pragma once

#include "tieline/transports/ssh/agent.hpp"
#include "tieline/transports/ssh/auth_plan.hpp"
#include "tieline/transports/ssh/helpers.hpp"
#include "tieline/transports/ssh/libssh_session.hpp"
#include "tieline/transports/ssh/profile.hpp"
#include "tieline/transports/ssh/prompts.hpp"

#include <caf/actor_addr.hpp>
#include <caf/error.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tieline::ssh {

/// Logs in on a session whose host key is good.
class authenticator : public std::enable_shared_from_this<authenticator> {
public:
  enum class progress {
    /// Wait for the socket.
    again,
    /// Wait until `resume` is called. The session may be another thread's.
    away,
    done,
    /// See `error()`.
    failed,
  };

  /// @param resume called in the context of `self` when to advance again
  authenticator(std::shared_ptr<libssh_session> session, const profile& who,
                std::shared_ptr<helpers> shared, caf::actor_addr self,
                std::function<void()> resume);

  /// Starts, or goes on.
  progress advance();

  const caf::error& error() const noexcept {
    return error_;
  }

  /// Returns the error of a login that is not done in time if it is our side
  /// that was slow; none if it is the server.
  caf::error overdue() const;

private:
  progress fail(errc code, std::string cause, bool refused = true);

  progress give_up();

  progress lost();

  progress settle(int result);

  void succeeded();

  void denied();

  std::optional<int> attempt(auth_method method);

  std::optional<int> try_key(auth_method method);

  /// Loads the key of the method.
  void ask_for_key(auth_method method);

  /// Goes on to the next file with a key; returns whether there is one.
  bool next_identity();

  std::optional<int> try_agent();

  void list_agent_keys();

  std::optional<int> sign_with_agent();

  void next_agent_key();

  std::optional<int> try_keyboard_interactive();

  int try_password();

  // Whether the current method, or key, is one that libssh did not send.
  bool unsent() const noexcept {
    return libssh_->sent() == sent_before_;
  }

  void note_unsent(const std::string& what);

  std::shared_ptr<libssh_session> libssh_;
  const profile& who_;
  std::shared_ptr<helpers> helpers_;
  caf::actor_addr self_;
  std::function<void()> resume_;
  auth_plan plan_;
  std::optional<auth_method> current_;
  uint64_t sent_before_ = 0;
  // The current method was given up unanswered: nothing of it was refused.
  bool skipped_ = false;
  // Whether the server was sent anything that it could refuse.
  bool method_sent_ = false;
  bool sent_ = false;

  // For one method at a time: the key, once asked for and loaded.
  bool key_asked_ = false;
  std::optional<loaded_key> key_;
  // The one of the profile's identities that has its turn.
  size_t identity_ = 0;
  // Those that could not be used, and why.
  std::string passed_over_;

  std::unique_ptr<agent_login> agent_;
  bool agent_asked_ = false;
  std::optional<std::vector<agent_key>> agent_keys_;
  size_t agent_at_ = 0;
  // The public half of the agent's key that is offered.
  private_key offered_;
  enum class signing { no, away, again } signing_ = signing::no;
  std::optional<int> agent_result_;

  std::optional<interactive_login> dialog_;
  int rounds_ = 0;

  size_t keys_refused_ = 0;
  std::set<std::string> agent_keys_refused_;
  bool password_refused_ = false;
  // An RSA key, for the want of a signature that both sides take.
  bool key_unsent_ = false;
  caf::error error_;
};

} // namespace tieline::ssh
