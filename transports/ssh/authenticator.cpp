#include "tieline/transports/ssh/authenticator.hpp"

#include "tieline/transports/io/printable.hpp"

#include <utility>

namespace tieline::ssh {

namespace {

constexpr int max_rounds = 3;

std::vector<auth_method> available(const profile& who) {
  std::vector<auth_method> result;
  if (!who.private_key.empty())
    result.push_back(auth_method::memory_key);
  if (!who.options.private_key_file.empty() || !who.identities.empty())
    result.push_back(auth_method::key_file);
  // It cannot be asked for some of its keys only.
  if (!who.options.agent_socket.empty() && !who.identities_only)
    result.push_back(auth_method::agent);
  if (!who.password.empty()) {
    result.push_back(auth_method::keyboard_interactive);
    result.push_back(auth_method::password);
  }
  return result;
}

} // namespace

authenticator::authenticator(std::shared_ptr<link> session, const profile& who,
                             std::shared_ptr<helpers> shared,
                             caf::actor_addr self, std::function<void()> resume)
  : link_(std::move(session)),
    who_(who),
    helpers_(std::move(shared)),
    self_(std::move(self)),
    resume_(std::move(resume)),
    plan_(available(who)) {
  // nop
}

authenticator::progress authenticator::advance() {
  for (;;) {
    if (!current_) {
      current_ = plan_.next();
      if (!current_)
        return give_up();
    }
    auto result = attempt(*current_);
    if (!error_.empty())
      return progress::failed;
    if (!result)
      return progress::away;
    // Asked first: libssh answers "again" for ever on a dead session.
    if (link_->dead()) {
      auto cause = link_->error();
      auto too_often = cause.find("Received SSH_MSG_DISCONNECT") == 0
                       && cause.find("uthentication") != std::string::npos;
      if (too_often)
        plan_.failed(*current_, 0);
      return too_often ? fail(errc::auth_failed, plan_.report() + "; " + cause)
                       : fail(errc::connection_lost, cause);
    }
    if (*result == SSH_AUTH_SUCCESS)
      return progress::done;
    if (*result == SSH_AUTH_AGAIN)
      return progress::again;
    if (auto next = settle(*result); next != progress::again)
      return next;
  }
}

authenticator::progress authenticator::give_up() {
  // What our side lacks is not told as the server's fault.
  if (!sent_ && !passed_over_.empty())
    return fail(errc::invalid_params, "no key can be used: " + passed_over_);
  return fail(errc::auth_failed,
              passed_over_.empty()
                ? plan_.report()
                : plan_.report() + "; passed over: " + passed_over_);
}

authenticator::progress authenticator::fail(errc code, std::string cause) {
  error_ = make_error(code, {who_.key, step::auth, io::printable(cause)});
  return progress::failed;
}

// Goes on to the next method; `again` means that there may be one.
authenticator::progress authenticator::settle(int result) {
  // An agent that died is no reason to give up; libssh calls it an error.
  if (result == SSH_AUTH_ERROR && *current_ != auth_method::agent)
    return fail(errc::protocol_error, link_->error());
  // Who does not trust its authority may know the key.
  if (result == SSH_AUTH_DENIED && key_ && key_->certified) {
    key_->certified = nullptr;
    return progress::again;
  }
  if (*current_ == auth_method::key_file && result == SSH_AUTH_DENIED
      && next_identity())
    return progress::again;
  plan_.failed(*current_, ssh_userauth_list(link_->get(), nullptr));
  if (*current_ == auth_method::keyboard_interactive && password_given_
      && result == SSH_AUTH_DENIED)
    plan_.password_refused();
  current_ = std::nullopt;
  key_ = std::nullopt;
  key_asked_ = false;
  return progress::again;
}

// Returns libssh's answer; none if a helper is to answer first.
std::optional<int> authenticator::attempt(auth_method method) {
  switch (method) {
    case auth_method::none:
      return ssh_userauth_none(link_->get(), nullptr);
    case auth_method::memory_key:
    case auth_method::key_file:
      return try_key(method);
    case auth_method::agent:
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
    if (!next_identity())
      return SSH_AUTH_DENIED;
    return try_key(method);
  }
  if (!key_->key) {
    fail(key_->code,
         (method == auth_method::memory_key ? "secrets.private_key: "
                                            : "extras.private_key_file: ")
           + key_->error);
    return std::nullopt;
  }
  auto& key = key_->certified ? key_->certified : key_->key;
  sent_ = true;
  return ssh_userauth_publickey(link_->get(), nullptr, key.get());
}

void authenticator::ask_for_key(auth_method method) {
  auto done = [weak = weak_from_this()](const loaded_key& key) {
    if (auto self = weak.lock()) {
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
  if (!who_.options.private_key_file.empty()
      || identity_ + 1 >= who_.identities.size())
    return false;
  ++identity_;
  key_ = std::nullopt;
  key_asked_ = false;
  return true;
}

std::optional<int> authenticator::try_agent() {
  if (agent_away_)
    return std::nullopt;
  if (agent_result_)
    return *std::exchange(agent_result_, std::nullopt);
  if (!agent_) {
    agent_ = std::make_unique<agent_login>(link_, who_.options.agent_socket);
    if (!agent_->connect())
      return SSH_AUTH_DENIED;
  }
  agent_away_ = true;
  sent_ = true;
  agent_->start(helpers_->agents, self_, [weak = weak_from_this()](int result) {
    if (auto self = weak.lock()) {
      self->agent_away_ = false;
      self->agent_result_ = result;
      self->resume_();
    }
  });
  return std::nullopt;
}

int authenticator::try_keyboard_interactive() {
  sent_ = true;
  for (;;) {
    auto result = ssh_userauth_kbdint(link_->get(), nullptr, nullptr);
    if (result != SSH_AUTH_INFO || link_->dead())
      return result;
    if (rounds_ == max_rounds)
      return SSH_AUTH_DENIED;
    answer_prompts();
    ++rounds_;
  }
}

void authenticator::answer_prompts() {
  auto* session = link_->get();
  auto prompts = ssh_userauth_kbdint_getnprompts(session);
  for (int i = 0; i < prompts; ++i) {
    char echo = 0;
    const auto* prompt
      = ssh_userauth_kbdint_getprompt(session, static_cast<unsigned>(i), &echo);
    auto wanted = prompt != nullptr
                  && asks_for_password(prompt, echo == 0, prompts, rounds_);
    // Once only: asking again means that it was wrong.
    auto give = wanted && !password_given_;
    password_given_ = password_given_ || give;
    ssh_userauth_kbdint_setanswer(session, static_cast<unsigned>(i),
                                  give ? who_.password.reveal().data() : "");
  }
}

int authenticator::try_password() {
  sent_ = true;
  return ssh_userauth_password(link_->get(), nullptr,
                               who_.password.reveal().data());
}

} // namespace tieline::ssh
