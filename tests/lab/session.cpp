#include "session.hpp"

#include "tieline/lab/netconf/management.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <limits>
#include <new>
#include <string_view>

namespace tieline::lab {

namespace {

// Rounds of work before others have their turn.
constexpr int fair_share = 16;

} // namespace

session::session(device_state& where, const command_table& commands,
                 unique_fd socket)
  : where_(where),
    commands_(commands),
    ssh_(ssh_new()),
    login_(where) {
  if (!ssh_)
    throw std::bad_alloc{};
  auto* key = &where.key;
  if (where.faults.has(fault::wrong_host_key)) {
    if (!where.impostor)
      where.impostor = host_key::generate();
    key = &*where.impostor;
  }
  ssh_set_blocking(ssh_, 0);
  ssh_callbacks_init(&callbacks_);
  callbacks_.userdata = this;
  callbacks_.global_request_function = on_global_request;
  ssh_set_callbacks(ssh_, &callbacks_);
  if (ssh_bind_accept_fd(key->bind(), ssh_, socket.get()) != SSH_OK)
    return; // without a socket the worker forgets it
  if (where.faults.has(fault::sha1_signatures))
    ssh_options_set(ssh_, SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES,
                    "ssh-ed25519,ssh-rsa");
  socket.release();
}

session::~session() {
  // Freeing channels or ssh_disconnect would say goodbye: this just closes.
  abandon_channels();
  held_.reset();
  ssh_free(ssh_);
}

int session::fd() const {
  return ssh_get_fd(ssh_);
}

bool session::alive() const {
  return !dropped_ && fd() >= 0
         && !(ssh_get_status(ssh_) & (SSH_CLOSED | SSH_CLOSED_ERROR));
}

std::uint32_t session::interest() const {
  auto writing = ssh_get_status(ssh_) & SSH_WRITE_PENDING;
  return (held_ ? 0u : EPOLLIN) | EPOLLRDHUP | (writing ? EPOLLOUT : 0u);
}

clock::time_point session::wake_at() const {
  if (has_more_)
    return clock::time_point::min();
  if (held_)
    return held_->due;
  auto result = clock::time_point::max();
  for (auto& c : channels_)
    result = std::min(result, c->wake_at());
  return result;
}

void session::prepare(hang_up how) {
  if (how == hang_up::reset) {
    reset_on_close(fd());
  } else if (how == hang_up::disconnect) {
    // libssh writes at once only after it has seen the socket writable.
    ssh_ptr<ssh_message> unanswered{ssh_message_get(ssh_)};
    if (alive()) {
      abandon_channels();
      ssh_disconnect(ssh_);
    }
  }
}

bool session::advance(std::uint32_t events) {
  has_more_ = false;
  for (int round = 0; round < fair_share; ++round) {
    if (!keys_exchanged_ && !exchange_keys())
      return alive();
    if (held_ && !answer_held(events))
      return false;
    if (held_)
      return alive();
    if (!read_requests() || !alive())
      return false;
    if (held_)
      continue;
    // Channels that used the connection may have let libssh read more from
    // it, of which epoll will never tell.
    if (!advance_channels())
      return alive();
  }
  has_more_ = alive();
  return has_more_;
}

bool session::exchange_keys() {
  if (ssh_handle_key_exchange(ssh_) != SSH_OK)
    return false;
  login_.announce(ssh_);
  return keys_exchanged_ = true;
}

bool session::read_requests() {
  // In non-blocking mode this reads once when no message is there yet.
  while (!held_) {
    ssh_ptr<ssh_message> request{ssh_message_get(ssh_)};
    if (!request)
      return true;
    if (!handle(std::move(request)))
      return false;
  }
  return true;
}

bool session::handle(ssh_ptr<ssh_message> request) {
  switch (ssh_message_type(request.get())) {
    case SSH_REQUEST_AUTH:
      return handle_login(std::move(request));
    case SSH_REQUEST_CHANNEL_OPEN:
      handle_open(request.get());
      return true;
    case SSH_REQUEST_CHANNEL:
      return handle_channel_request(request.get());
    default:
      ssh_message_reply_default(request.get());
      return true;
  }
}

// Keepalives reach only a callback.
void session::on_global_request(ssh_session ssh, ssh_message request,
                                void* self) {
  // A device that knows no such requests says SSH_MSG_UNIMPLEMENTED, which
  // libssh cannot be told to send; its client ignores that and this alike.
  if (static_cast<session*>(self)->where_.faults.has(fault::odd_keepalive))
    ssh_send_ignore(ssh, "");
  else
    ssh_message_reply_default(request);
}

// -- logins -------------------------------------------------------------------

bool session::handle_login(ssh_ptr<ssh_message> request) {
  auto decision = login_.judge(ssh_, request.get());
  if (!decision)
    return true;
  if (where_.faults.has(fault::slow_login)
      && *decision != login_decision::not_so) {
    auto due = clock::now() + where_.faults.delay(fault::slow_login);
    held_ = held_answer{std::move(request), *decision, due};
    return true;
  }
  return answer(request.get(), *decision);
}

bool session::answer_held(std::uint32_t events) {
  if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
    return false;
  if (held_->due <= clock::now()) {
    auto held = std::move(*held_);
    held_.reset();
    return answer(held.request.get(), held.decision);
  }
  if (ssh_get_status(ssh_) & SSH_WRITE_PENDING)
    ssh_blocking_flush(ssh_, 0);
  return true;
}

bool session::answer(ssh_message request, login_decision decision) {
  // Counted first: a client who has its answer sees it counted.
  switch (decision) {
    case login_decision::accept:
      where_.login(true);
      logged_in_ = true;
      return ssh_message_auth_reply_success(request, 0) == SSH_OK;
    case login_decision::key_is_fine:
      return ssh_message_auth_reply_pk_ok_simple(request) == SSH_OK;
    case login_decision::reject:
      where_.login(false);
      break;
    case login_decision::not_so:
      break;
  }
  return ssh_message_reply_default(request) == SSH_OK;
}

// -- channels -----------------------------------------------------------------

void session::handle_open(ssh_message request) {
  // It is about to hang up, or has no place, and does not say so.
  if (where_.faults.has(fault::one_command) && (served_ || !channels_.empty()))
    return;
  auto is_session = ssh_message_subtype(request) == SSH_CHANNEL_SESSION;
  if (!is_session || where_.faults.has(fault::refuse_channels)
      || channels_.size() >= where_.shared.settings.max_channels) {
    ssh_message_reply_default(request);
    return;
  }
  // A reset takes with it what waits for an acknowledgment.
  if (resets())
    send_at_once(fd());
  if (auto raw = ssh_message_channel_request_open_reply_accept(request))
    channels_.push_back(std::make_unique<channel>(raw, where_));
}

bool session::handle_channel_request(ssh_message request) {
  auto raw = ssh_message_channel_request_channel(request);
  auto i = std::find_if(channels_.begin(), channels_.end(),
                        [raw](auto& c) { return c->raw() == raw; });
  // Closed on our side: libssh may have freed it, so there is no way to answer.
  if (i == channels_.end())
    return true;
  auto what = ssh_message_subtype(request);
  if (where_.faults.has(fault::close_on_exec)
      && (what == SSH_CHANNEL_REQUEST_EXEC
          || what == SSH_CHANNEL_REQUEST_SUBSYSTEM)) {
    ssh_channel_close(raw);
    return true;
  }
  switch (what) {
    case SSH_CHANNEL_REQUEST_EXEC: {
      if (!(*i)->idle())
        break;
      where_.count.exec();
      where_.shared.totals.exec();
      if (where_.faults.has(fault::drop_on_exec))
        return false;
      if (where_.faults.has(fault::hang_in_exec))
        return true;
      auto line = ssh_message_channel_request_command(request);
      ssh_message_channel_request_reply_success(request);
      (*i)->exec(commands_, line);
      return true;
    }
    case SSH_CHANNEL_REQUEST_SUBSYSTEM: {
      std::string_view name = ssh_message_channel_request_subsystem(request);
      if (!(*i)->idle() || name != "netconf"
          || !where_.managed().settings().enabled)
        break;
      ssh_message_channel_request_reply_success(request);
      (*i)->speak_netconf(login_.user());
      return true;
    }
    case SSH_CHANNEL_REQUEST_SHELL: {
      if (!(*i)->idle() || !(*i)->start_shell(commands_, login_.user()))
        break;
      where_.count.exec();
      where_.shared.totals.exec();
      ssh_message_channel_request_reply_success(request);
      return true;
    }
    case SSH_CHANNEL_REQUEST_PTY:
    case SSH_CHANNEL_REQUEST_ENV:
    case SSH_CHANNEL_REQUEST_WINDOW_CHANGE:
      ssh_message_channel_request_reply_success(request);
      return true;
    default:
      break;
  }
  ssh_message_reply_default(request);
  return true;
}

bool session::advance_channels() {
  auto limit = where_.faults.amount(fault::drop_after_bytes)
                 .value_or(std::numeric_limits<std::uint64_t>::max());
  allowance output{limit - std::min(limit, sent_)};
  auto before = output.left;
  auto worked = false;
  for (auto& c : channels_)
    worked |= c->advance(output);
  sent_ += before - output.left;
  flood();
  served_ |= std::any_of(channels_.begin(), channels_.end(),
                         [](auto& c) { return c->done(); });
  channels_.erase(std::remove_if(channels_.begin(), channels_.end(),
                                 [](auto& c) { return c->done(); }),
                  channels_.end());
  dropped_ = output.hang_up
             || ((output.exceeded
                  || (served_ && where_.faults.has(fault::one_command)))
                 && !(ssh_get_status(ssh_) & SSH_WRITE_PENDING));
  if (dropped_ && resets())
    reset_on_close(fd());
  return worked && alive();
}

bool session::resets() const {
  return where_.faults.amount(fault::one_command).value_or(0) > 0;
}

// As much as fits into the socket; more follows when that has room again.
void session::flood() {
  auto opens = where_.faults.has(fault::flood_opens);
  if (!logged_in_ || (!opens && !where_.faults.has(fault::flood_ignore)))
    return;
  static const std::string nothing(16 * 1024, 'x');
  for (int i = 0; i < 100 && !(ssh_get_status(ssh_) & SSH_WRITE_PENDING); ++i)
    if (opens)
      ask_for_channel();
    else
      ssh_send_ignore(ssh_, nothing.c_str());
  has_more_ = !(ssh_get_status(ssh_) & SSH_WRITE_PENDING);
}

void session::ask_for_channel() {
  auto pest = ssh_channel_new(ssh_);
  ssh_channel_open_x11(pest, "pest", 1);
  // Whatever the answer will be.
  ssh_channel_free(pest);
}

void session::abandon_channels() {
  for (auto& c : channels_)
    c->abandon();
  channels_.clear();
}

} // namespace tieline::lab
