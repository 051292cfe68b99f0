#pragma once

#include "device_state.hpp"

#include <string>

namespace tieline::lab {

/// What to answer to an authentication request.
enum class login_decision {
  accept,     ///< logged in
  reject,     ///< wrong: counted
  not_so,     ///< a method that is not offered: says which are, not counted
  key_is_fine ///< the client may sign with this key
};

/// Judges the logins of one session.
class login {
public:
  explicit login(const device_state& where)
    : where_(where),
      methods_(where.methods) {
    // nop
  }

  /// Tells libssh which methods to offer.
  void announce(ssh_session session) const;

  /// Returns what to answer, or nothing if the question was one that is
  /// answered by another question (keyboard-interactive).
  std::optional<login_decision> judge(ssh_session session, ssh_message request);

  /// Returns the user who last tried.
  const std::string& user() const noexcept {
    return user_;
  }

private:
  /// What the last round of keyboard-interactive was about.
  enum class round { none, introduction, password, further };

  std::optional<login_decision> question(ssh_message request);
  std::optional<login_decision> judge_answer(ssh_session session,
                                             ssh_message request, bool may);
  bool password_is(const char* given) const;
  bool is_authorized(ssh_key key) const;

  const device_state& where_;
  const unsigned methods_;
  std::string user_;
  round round_ = round::none;
};

} // namespace tieline::lab
