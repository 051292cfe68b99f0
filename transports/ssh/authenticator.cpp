#include "tieline/transports/ssh/authenticator.hpp"

#include "tieline/messages/internal/refusal.hpp"
#include "tieline/messages/support/base64.hpp"
#include "tieline/messages/support/printable.hpp"
#include "tieline/messages/support/text.hpp"
#include "tieline/transports/credentials/wire.hpp"
#include "tieline/transports/ssh/identities.hpp"

#include <caf/logger.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace tieline::ssh {

namespace {

// Introductions without a prompt among them.
constexpr int max_rounds = 20;

// Servers hang up after 3 refusals (old devices) to 6 (sshd): the password is
// to be tried before that.
constexpr size_t keys_before_password = 2;

// An empty password is a password, for those who were given one. Nobody else is
// to have a login refused that was not theirs.
bool has_password(const profile& who) {
  return who.password.given();
}

std::vector<auth_method> available(const profile& who) {
  std::vector<auth_method> result;
  if (!who.private_key.empty())
    result.push_back(auth_method::memory_key);
  if (!who.options.private_key_file.empty() || !who.identities.empty())
    result.push_back(auth_method::key_file);
  // Without a key in a file there is none that it may be asked for.
  if (!who.options.agent_socket.empty()
      && !(who.identities_only && who.identities.empty()))
    result.push_back(auth_method::agent);
  if (has_password(who)) {
    result.push_back(auth_method::keyboard_interactive);
    result.push_back(auth_method::password);
  }
  return result;
}

private_key public_key_of(const agent_key& from) {
  std::string_view rest{from.blob};
  auto type = take_string(rest);
  if (!type)
    return nullptr;
  ssh_key result = nullptr;
  if (ssh_pki_import_pubkey_base64(
        to_base64(from.blob).c_str(),
        ssh_key_type_from_name(std::string{*type}.c_str()), &result)
      != SSH_OK)
    return nullptr;
  return {result, ssh_key_free};
}

std::string text_or_nothing(const char* text) {
  return text != nullptr ? text : "";
}

// What the server says at once. libssh wants it asked for piece by piece.
prompt_round current_round(ssh_session session) {
  prompt_round result;
  result.name = text_or_nothing(ssh_userauth_kbdint_getname(session));
  result.instruction
    = text_or_nothing(ssh_userauth_kbdint_getinstruction(session));
  auto n = ssh_userauth_kbdint_getnprompts(session);
  for (int i = 0; i < n; ++i) {
    char echo = 0;
    const auto* text
      = ssh_userauth_kbdint_getprompt(session, static_cast<unsigned>(i), &echo);
    result.prompts.push_back({text_or_nothing(text), echo == 0});
  }
  return result;
}

} // namespace

authenticator::authenticator(std::shared_ptr<libssh_session> session,
                             const profile& who,
                             std::shared_ptr<helpers> shared,
                             caf::actor_addr self, std::function<void()> resume)
  : libssh_(std::move(session)),
    who_(who),
    helpers_(std::move(shared)),
    self_(std::move(self)),
    resume_(std::move(resume)),
    plan_(available(who), parse_methods(who.options.auth_methods)
                            .value_or(std::vector<std::string>{})) {
  if (auto method = helpers_->logins.method_of(who_))
    plan_.prefer(*method);
}

authenticator::progress authenticator::advance() {
  for (;;) {
    if (!current_) {
      current_ = plan_.next();
      if (!current_)
        return give_up();
      sent_before_ = libssh_->sent();
      skipped_ = false;
      method_sent_ = false;
    }
    auto result = attempt(*current_);
    if (!error_.empty())
      return progress::failed;
    if (!result)
      return progress::away;
    // Asked first: libssh answers "again" for ever on a dead session.
    if (libssh_->dead())
      return lost();
    if (*result == SSH_AUTH_SUCCESS) {
      succeeded();
      return progress::done;
    }
    if (*result == SSH_AUTH_AGAIN)
      return progress::again;
    if (auto next = settle(*result); next != progress::again)
      return next;
  }
}

caf::error authenticator::overdue() const {
  if (!current_)
    return {};
  if (key_asked_ && !key_)
    return make_error(errc::invalid_params,
                      {who_.key, step::auth,
                       (*current_ == auth_method::memory_key
                          ? "secrets.private_key"
                          : "extras.private_key_file")
                         + std::string{" was not read and decrypted within "
                                       "auth_timeout"}});
  if ((agent_asked_ && !agent_keys_) || signing_ == signing::away)
    return make_error(errc::timeout,
                      {who_.key, step::auth, "the agent does not answer"});
  return {};
}

authenticator::progress authenticator::fail(errc code, std::string cause,
                                            bool refused) {
  failure context{who_.key, step::auth, printable(cause, max_told)};
  if (!refused)
    context.details[credential_detail] = credential_not_refused;
  error_ = make_error(code, std::move(context));
  return progress::failed;
}

authenticator::progress authenticator::give_up() {
  // What our side lacks is not told as the server's fault.
  if (!sent_ && !passed_over_.empty())
    return fail(errc::invalid_params, "no key can be used: " + passed_over_);
  if (!passed_over_.empty())
    plan_.note("passed over: " + passed_over_);
  // Keys that files name for this host are no credential of other hosts.
  if (keys_refused_ > 0 || password_refused_)
    return fail(errc::auth_failed, plan_.report(),
                password_refused_ || !who_.login_from_files);
  if (key_unsent_)
    return fail(errc::no_common_algorithm, plan_.report());
  return fail(errc::auth_failed, plan_.report(), false);
}

authenticator::progress authenticator::lost() {
  auto cause = libssh_->error();
  // RFC 4252, 8: the number is that of SSH_MSG_USERAUTH_PASSWD_CHANGEREQ,
  // which libssh does not let through.
  if (*current_ == auth_method::password && contains(cause, "type 60"))
    return fail(errc::auth_failed,
                "the password has expired: the server takes it and wants a new "
                "one");
  auto hung_up = cause.find("Received SSH_MSG_DISCONNECT") == 0
                 && contains(cause, "uthentication");
  if (!hung_up)
    return fail(errc::connection_lost, cause);
  // It is the last straw that it tells of in place of the refusal.
  denied();
  plan_.failed(*current_, 0);
  helpers_->logins.refused(who_, agent_keys_refused_);
  return fail(errc::auth_failed, plan_.report() + "; " + cause,
              password_refused_);
}

void authenticator::succeeded() {
  auto method = *current_ == auth_method::more_agent_keys ? auth_method::agent
                                                          : *current_;
  helpers_->logins.worked(who_, method,
                          method == auth_method::agent
                            ? (*agent_keys_)[agent_at_].blob
                            : std::string{});
}

// Takes note of what the server refused by refusing the current method.
void authenticator::denied() {
  switch (*current_) {
    case auth_method::none:
      break;
    case auth_method::memory_key:
    case auth_method::key_file:
      ++keys_refused_;
      break;
    case auth_method::agent:
    case auth_method::more_agent_keys:
      // Counted one by one; but for the last if the server has hung up.
      if (agent_keys_ && agent_at_ < agent_keys_->size())
        next_agent_key();
      break;
    case auth_method::keyboard_interactive:
      if (!dialog_ || !dialog_->password_given() || skipped_)
        break;
      [[fallthrough]];
    case auth_method::password:
      password_refused_ = true;
      plan_.password_refused();
      break;
  }
}

// Goes on to the next key or method; `again` means that there may be one.
authenticator::progress authenticator::settle(int result) {
  auto agent = *current_ == auth_method::agent
               || *current_ == auth_method::more_agent_keys;
  auto key = *current_ == auth_method::memory_key
             || *current_ == auth_method::key_file;
  // An agent that died is no reason to give up; libssh calls it an error.
  if (result == SSH_AUTH_ERROR && !agent)
    return fail(errc::protocol_error, libssh_->error());
  if (*current_ != auth_method::none)
    method_sent_ |= !unsent();
  if (result == SSH_AUTH_DENIED && key && key_) {
    auto certified = key_->certified != nullptr;
    if (unsent())
      note_unsent(std::string{to_string(*current_)}
                  + (certified ? " with its certificate" : ""));
    else
      ++keys_refused_;
    sent_before_ = libssh_->sent();
    // Who does not trust its authority may know the key.
    if (certified) {
      key_->certified = nullptr;
      return progress::again;
    }
    if (next_identity())
      return progress::again;
  } else if (result == SSH_AUTH_DENIED && !key && !agent) {
    denied();
  }
  sent_ |= method_sent_;
  auto offered = ssh_userauth_list(libssh_->get(), nullptr);
  if (!method_sent_ && *current_ != auth_method::none)
    plan_.skipped(*current_, offered);
  else
    plan_.failed(*current_, offered);
  // What is wanted beside it may be no more than a look at an introduction.
  if (result == SSH_AUTH_PARTIAL)
    plan_.allow(auth_method::keyboard_interactive);
  current_ = std::nullopt;
  key_ = std::nullopt;
  key_asked_ = false;
  return progress::again;
}

void authenticator::note_unsent(const std::string& what) {
  auto why = libssh_->error();
  if (contains(why, "'ssh-rsa")) {
    key_unsent_ = true;
    why = "the server takes no rsa-sha2 signatures (it has named none), and "
          "ssh-rsa is for the option legacy";
  }
  plan_.note(what + " was not sent: " + why);
}

// Returns libssh's answer; none if a helper is to answer first.
std::optional<int> authenticator::attempt(auth_method method) {
  switch (method) {
    case auth_method::none:
      return ssh_userauth_none(libssh_->get(), who_.user.c_str());
    case auth_method::memory_key:
    case auth_method::key_file:
      return try_key(method);
    case auth_method::agent:
    case auth_method::more_agent_keys:
      return try_agent();
    case auth_method::keyboard_interactive:
      return try_keyboard_interactive();
    case auth_method::password:
      return try_password();
  }
  return SSH_AUTH_ERROR;
}

std::optional<int> authenticator::try_key(auth_method method) {
  if (!key_) {
    if (!std::exchange(key_asked_, true))
      ask_for_key(method);
    return std::nullopt;
  }
  if (!key_->key && method == auth_method::key_file
      && who_.options.private_key_file.empty()) {
    const auto& x = who_.identities[identity_];
    if (!x.is_default)
      passed_over_ += (passed_over_.empty() ? "" : "; ") + key_->error;
    if (next_identity())
      return try_key(method);
    key_ = std::nullopt;
    return SSH_AUTH_DENIED;
  }
  if (!key_->key) {
    fail(key_->code,
         (method == auth_method::memory_key ? "secrets.private_key: "
                                            : "extras.private_key_file: ")
           + key_->error);
    return std::nullopt;
  }
  auto& key = key_->certified ? key_->certified : key_->key;
  return ssh_userauth_publickey(libssh_->get(), who_.user.c_str(), key.get());
}

void authenticator::ask_for_key(auth_method method) {
  auto done = [weak = weak_from_this()](const loaded_key& key) {
    if (auto self = weak.lock()) {
      // As in opening.cpp, not CAF_LOG_WARNING.
      if (!key.notice.empty())
        CAF_LOG_IMPL("tieline.ssh", CAF_LOG_LEVEL_WARNING,
                     printable(key.notice));
      self->key_ = key;
      self->resume_();
    }
  };
  const auto& options = who_.options;
  if (method == auth_method::memory_key)
    helpers_->keys.import(who_.private_key, who_.passphrase, self_, done,
                          options.certificate_file);
  else if (!options.private_key_file.empty())
    helpers_->keys.load(options.private_key_file, who_.passphrase, self_, done,
                        options.certificate_file);
  else
    helpers_->keys.load(who_.identities[identity_].path, who_.passphrase, self_,
                        done, {}, who_.certificates);
}

bool authenticator::next_identity() {
  if (*current_ != auth_method::key_file
      || !who_.options.private_key_file.empty()
      || identity_ + 1 >= who_.identities.size())
    return false;
  ++identity_;
  key_ = std::nullopt;
  key_asked_ = false;
  return true;
}

std::optional<int> authenticator::try_agent() {
  if (!agent_) {
    agent_ = std::make_unique<agent_login>(libssh_, who_.options.agent_socket,
                                           who_.user);
    if (auto wrong = agent_->connect(); !wrong.empty()) {
      plan_.note("there is no agent at " + wrong);
      return SSH_AUTH_DENIED;
    }
  }
  if (!agent_keys_) {
    if (!std::exchange(agent_asked_, true))
      list_agent_keys();
    return std::nullopt;
  }
  if (agent_keys_->empty())
    plan_.note("the agent has no keys");
  while (agent_at_ < agent_keys_->size()) {
    if (signing_ != signing::no) {
      auto result = sign_with_agent();
      if (!result || libssh_->dead() || *result == SSH_AUTH_AGAIN
          || *result == SSH_AUTH_SUCCESS || *result == SSH_AUTH_PARTIAL)
        return result;
      if (*result == SSH_AUTH_ERROR) {
        plan_.note("the agent did not sign");
        ++agent_at_;
        offered_ = nullptr;
      } else {
        next_agent_key();
      }
      continue;
    }
    if (!offered_) {
      if (*current_ == auth_method::agent && plan_.password_left()
          && keys_refused_ >= keys_before_password) {
        plan_.allow(auth_method::more_agent_keys);
        break;
      }
      offered_ = public_key_of((*agent_keys_)[agent_at_]);
      sent_before_ = libssh_->sent();
      if (!offered_) {
        ++agent_at_;
        continue;
      }
    }
    auto result = ssh_userauth_try_publickey(libssh_->get(), who_.user.c_str(),
                                             offered_.get());
    method_sent_ |= !unsent();
    if (libssh_->dead() || result == SSH_AUTH_AGAIN || result == SSH_AUTH_ERROR)
      return result;
    if (result == SSH_AUTH_SUCCESS)
      signing_ = signing::again;
    else
      next_agent_key();
  }
  return SSH_AUTH_DENIED;
}

void authenticator::list_agent_keys() {
  auto take = [weak = weak_from_this()](std::vector<agent_key> found) {
    if (auto self = weak.lock()) {
      self->agent_keys_ = self->helpers_->logins.ordered(self->who_,
                                                         std::move(found));
      self->resume_();
    }
  };
  if (!who_.identities_only) {
    agent_->list(helpers_->agents, self_, take);
    return;
  }
  // The files may be slow, as the agent may be.
  helpers_->agents.ask(
    who_.options.agent_socket, self_,
    [identities = who_.identities] { return public_halves(identities); },
    [](const std::string&) { return std::set<std::string>{}; },
    [weak = weak_from_this(), take](const std::set<std::string>& allowed) {
      auto self = weak.lock();
      if (!self)
        return;
      self->agent_->list(self->helpers_->agents, self->self_,
                         [allowed, take](std::vector<agent_key> found) {
                           found.erase(
                             std::remove_if(found.begin(), found.end(),
                                            [&allowed](const agent_key& x) {
                                              return allowed.count(x.blob) == 0;
                                            }),
                             found.end());
                           take(std::move(found));
                         });
    });
}

// Runs the step of libssh that talks to the agent; returns its result once.
std::optional<int> authenticator::sign_with_agent() {
  if (agent_result_) {
    auto result = std::exchange(agent_result_, std::nullopt);
    signing_ = *result == SSH_AUTH_AGAIN ? signing::again : signing::no;
    return result;
  }
  if (signing_ == signing::again) {
    signing_ = signing::away;
    agent_->sign((*agent_keys_)[agent_at_], helpers_->agents, self_,
                 [weak = weak_from_this()](int result) {
                   if (auto self = weak.lock()) {
                     self->agent_result_ = result;
                     self->resume_();
                   }
                 });
  }
  return std::nullopt;
}

void authenticator::next_agent_key() {
  if (unsent()) {
    note_unsent("a key of the agent");
  } else {
    ++keys_refused_;
    agent_keys_refused_.insert((*agent_keys_)[agent_at_].blob);
  }
  ++agent_at_;
  offered_ = nullptr;
  signing_ = signing::no;
}

std::optional<int> authenticator::try_keyboard_interactive() {
  auto* session = libssh_->get();
  if (!dialog_)
    dialog_.emplace(has_password(who_));
  for (;;) {
    auto result = ssh_userauth_kbdint(session, who_.user.c_str(), nullptr);
    if (result != SSH_AUTH_INFO || libssh_->dead())
      return result;
    if (++rounds_ > max_rounds) {
      plan_.note("keyboard-interactive comes to no end");
      skipped_ = true;
      return SSH_AUTH_DENIED;
    }
    auto round = current_round(session);
    switch (dialog_->take(round)) {
      case interactive_login::outcome::answer:
        for (size_t i = 0; i < round.prompts.size(); ++i)
          ssh_userauth_kbdint_setanswer(session, static_cast<unsigned>(i),
                                        who_.password.reveal().data());
        break;
      case interactive_login::outcome::password_refused:
        return SSH_AUTH_DENIED;
      case interactive_login::outcome::password_expired:
        fail(errc::auth_failed,
             "the password has expired: the server " + dialog_->question());
        return std::nullopt;
      case interactive_login::outcome::unanswerable:
        plan_.note("the server " + dialog_->question()
                   + (has_password(who_) ? "" : ", and there is no password"));
        skipped_ = true;
        return SSH_AUTH_DENIED;
    }
  }
}

int authenticator::try_password() {
  return ssh_userauth_password(libssh_->get(), who_.user.c_str(),
                               who_.password.reveal().data());
}

} // namespace tieline::ssh
