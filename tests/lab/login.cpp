#include "login.hpp"

#include <algorithm>

namespace tieline::lab {

static_assert(auth_none == SSH_AUTH_METHOD_NONE
              && auth_password == SSH_AUTH_METHOD_PASSWORD
              && auth_publickey == SSH_AUTH_METHOD_PUBLICKEY
              && auth_keyboard_interactive == SSH_AUTH_METHOD_INTERACTIVE);

void login::announce(ssh_session session) const {
  ssh_set_auth_methods(session, static_cast<int>(methods_));
}

bool login::password_is(const char* given) const {
  return given && where_.shared.settings.password == given;
}

bool login::is_authorized(ssh_key key) const {
  auto& keys = where_.shared.authorized;
  return std::any_of(keys.begin(), keys.end(), [key](auto& known) {
    return ssh_key_cmp(known.get(), key, SSH_KEY_CMP_PUBLIC) == 0;
  });
}

// libssh wants us to use its callbacks instead of these accessors, but a
// callback must answer at once, and slow logins are what a lab is for.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

std::optional<login_decision> login::judge(ssh_session session,
                                           ssh_message request) {
  auto method = static_cast<unsigned>(ssh_message_subtype(request));
  // A keyboard-interactive answer comes without the user's name.
  if (auto user = ssh_message_auth_user(request))
    user_ = user;
  if (!(method & methods_))
    return login_decision::not_so;
  auto& expected = where_.shared.settings.user;
  auto may = (expected.empty() || user_ == expected)
             && !where_.faults.has(fault::reject_logins);
  auto accept_if = [may](bool ok) {
    return may && ok ? login_decision::accept : login_decision::reject;
  };
  switch (method) {
    case SSH_AUTH_METHOD_NONE:
      return accept_if(true);
    case SSH_AUTH_METHOD_PASSWORD: {
      auto ok = accept_if(password_is(ssh_message_auth_password(request)));
      if (ok != login_decision::accept
          || !where_.faults.has(fault::expired_password))
        return ok;
      // Has the number of SSH_MSG_USERAUTH_PASSWD_CHANGEREQ, and begins as it.
      ssh_message_auth_interactive_request(request, "Change it", "", 0, nullptr,
                                           nullptr);
      return std::nullopt;
    }
    case SSH_AUTH_METHOD_PUBLICKEY: {
      auto ok = accept_if(is_authorized(ssh_message_auth_pubkey(request)));
      auto state = ssh_message_auth_publickey_state(request);
      if (ok == login_decision::accept && state == SSH_PUBLICKEY_STATE_NONE)
        return login_decision::key_is_fine;
      return ok == login_decision::accept && state == SSH_PUBLICKEY_STATE_VALID
               ? login_decision::accept
               : login_decision::reject;
    }
    case SSH_AUTH_METHOD_INTERACTIVE:
      return ssh_message_auth_kbdint_is_response(request)
               ? judge_answer(session, request, may)
               : question(request);
    default:
      return login_decision::not_so;
  }
}

std::optional<login_decision> login::question(ssh_message request) {
  if (where_.faults.has(fault::introduce) && round_ == round::none) {
    round_ = round::introduction;
    ssh_message_auth_interactive_request(request, "Welcome",
                                         "Authorized access only.", 0, nullptr,
                                         nullptr);
    return std::nullopt;
  }
  const char* prompt = round_ == round::introduction ? "Kennwort: "
                                                     : "Password: ";
  round_ = round::password;
  char echo = 0;
  ssh_message_auth_interactive_request(request, "", "", 1, &prompt, &echo);
  return std::nullopt;
}

std::optional<login_decision>
login::judge_answer(ssh_session session, ssh_message request, bool may) {
  if (round_ == round::introduction)
    return question(request);
  auto ok = may && round_ == round::password
            && ssh_userauth_kbdint_getnanswers(session) == 1
            && password_is(ssh_userauth_kbdint_getanswer(session, 0));
  if (!ok)
    return login_decision::reject;
  round_ = round::further;
  if (where_.faults.has(fault::expired_password)) {
    const char* prompts[] = {"New password: ", "Retype new password: "};
    char echo[] = {0, 0};
    ssh_message_auth_interactive_request(
      request, "", "You are required to change your password.", 2, prompts,
      echo);
    return std::nullopt;
  }
  if (where_.faults.has(fault::ask_code)) {
    const char* prompt = "Verification code: ";
    char echo = 1;
    ssh_message_auth_interactive_request(request, "Two steps", "Open your app.",
                                         1, &prompt, &echo);
    return std::nullopt;
  }
  return login_decision::accept;
}

#pragma GCC diagnostic pop

} // namespace tieline::lab
