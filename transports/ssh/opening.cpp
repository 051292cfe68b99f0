#include "tieline/transports/ssh/opening.hpp"

#include "tieline/messages/support/printable.hpp"
#include "tieline/transports/io/diagnosis.hpp"
#include "tieline/transports/ssh/diagnosis.hpp"
#include "tieline/transports/ssh/host_key_check.hpp"

#include <caf/logger.hpp>

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace tieline::ssh {

namespace {

// Far more than keys, banners and prompts take.
constexpr uint64_t max_before_login = uint64_t{1024} * 1024;

std::vector<io::address> of_family(std::vector<io::address> all,
                                   const std::string& family) {
  if (family != "inet" && family != "inet6")
    return all;
  auto wanted = family == "inet" ? AF_INET : AF_INET6;
  all.erase(std::remove_if(all.begin(), all.end(),
                           [wanted](const io::address& x) {
                             return x.storage.ss_family != wanted;
                           }),
            all.end());
  return all;
}

} // namespace

opening::opening(profile who, int fd, std::shared_ptr<helpers> shared,
                 caf::actor_addr self, io::registration& ready,
                 step_callback on_step, turn_callback ask_for_turn,
                 callback done)
  : who_(std::move(who)),
    fd_(fd),
    helpers_(std::move(shared)),
    self_(std::move(self)),
    registration_(ready),
    on_step_(std::move(on_step)),
    ask_for_turn_(std::move(ask_for_turn)),
    done_(std::move(done)) {
  // nop
}

opening::~opening() {
  if (fd_ >= 0)
    close(fd_);
}

void opening::start() {
  if (fd_ < 0)
    enter(phase::resolve, who_.options.connect_timeout);
  if (who_.options.host_key_policy == host_key_policy::off) {
    // Not CAF_LOG_WARNING, which is nothing at all unless CAF was built to log;
    // this asks the host's configuration only.
    CAF_LOG_IMPL("tieline.ssh", CAF_LOG_LEVEL_WARNING,
                 "the host key of " + to_string(who_.key) + " is not checked");
    known_.emplace();
  } else {
    helpers_->host_keys.find(
      key_files(), known_name(), known_port(), self_,
      [weak = weak_from_this()](const known_keys& known) {
        if (auto self = weak.lock()) {
          if (!known.notice.empty())
            CAF_LOG_IMPL("tieline.ssh", CAF_LOG_LEVEL_WARNING,
                         printable(known.notice));
          self->known_ = known;
          self->advance();
        }
      });
  }
  if (fd_ >= 0) {
    await_turn();
    return;
  }
  if (auto literal = io::parse_address(who_.host, who_.port)) {
    resolved({{*literal}, {}});
    return;
  }
  helpers_->resolver.lookup(who_.host, who_.port, self_,
                            [weak = weak_from_this()](
                              const io::resolution& found) {
                              if (auto self = weak.lock())
                                self->resolved(found);
                            });
}

void opening::wake() {
  if (phase_ == phase::connect) {
    // The dialer minds the deadlines of its addresses, ours among them.
    advance();
    return;
  }
  if (phase_ != phase::over && io::clock::now() >= deadline_) {
    auto ours = authenticator_ ? authenticator_->overdue() : caf::error{};
    auto said = libssh_ && phase_ == phase::key_exchange
                  ? libssh_->said().said()
                  : std::string{};
    if (!ours.empty())
      end(std::move(ours));
    else
      fail(errc::timeout, current_step(),
           said.empty() ? "no answer in time"
                        : "no answer in time; the server said: " + said);
    return;
  }
  registration_.set_deadline(deadline_);
  advance();
}

void opening::cancel() {
  fail(errc::canceled, current_step(), "told to end while opening");
}

void opening::enter(phase next) {
  phase_ = next;
  on_step_(current_step());
}

void opening::enter(phase next, caf::timespan timeout) {
  enter(next);
  deadline_ = io::clock::now() + timeout;
  registration_.set_deadline(deadline_);
}

void opening::advance() {
  auto keep = shared_from_this();
  switch (phase_) {
    case phase::resolve:
    case phase::turn:
    case phase::host_key:
    case phase::over:
      break;
    case phase::connect:
      connect();
      break;
    case phase::key_exchange:
      exchange_keys();
      break;
    case phase::auth:
      log_in();
      break;
  }
}

void opening::resolved(const io::resolution& found) {
  if (phase_ != phase::resolve)
    return;
  if (!found.error.empty()) {
    fail(found.code, step::resolve, found.error);
    return;
  }
  enter(phase::connect);
  auto addresses = of_family(found.addresses, who_.address_family);
  if (addresses.empty()) {
    fail(errc::unreachable, step::resolve,
         "no address of the host is of the family " + who_.address_family);
    return;
  }
  dialer_ = std::make_unique<io::dialer>(std::move(addresses), deadline_,
                                         who_.bind_address);
  advance();
}

void opening::connect() {
  switch (dialer_->advance()) {
    case io::dialer::progress::waiting:
      // Another socket may have got the number of the one before.
      registration_.set_deadline(dialer_->attempt_deadline());
      if (!registration_.attach(dialer_->fd(), EPOLLOUT))
        fail(errc::transport_failed, step::connect, "epoll refuses the socket");
      break;
    case io::dialer::progress::failed:
      fail(io::diagnose_connect(dialer_->error()), step::connect,
           dialer_->report());
      break;
    case io::dialer::progress::connected:
      registration_.forget();
      await_turn();
      break;
  }
}

/// The host is not to blame for the time that we wait: no deadline.
void opening::await_turn() {
  phase_ = phase::turn;
  deadline_ = io::never;
  registration_.set_deadline(deadline_);
  ask_for_turn_(current_step(),
                [weak = weak_from_this()](const caf::error& reason) {
                  auto self = weak.lock();
                  if (!self || self->phase_ != phase::turn)
                    return;
                  if (!reason.empty()) {
                    self->end(reason);
                    return;
                  }
                  self->phase_ = phase::key_exchange;
                  self->deadline_ = io::clock::now()
                                    + self->who_.options.key_exchange_timeout;
                  self->registration_.set_deadline(self->deadline_);
                  self->exchange_keys();
                });
}

void opening::exchange_keys() {
  if (!known_)
    return;
  if (!known_->error.empty()) {
    fail(known_->code, step::host_key, "extras.known_hosts: " + known_->error);
    return;
  }
  if (!libssh_) {
    libssh_ = libssh_session::make(
      fd_ >= 0 ? std::exchange(fd_, -1) : dialer_->release(), who_,
      host_key_algorithms(known_->keys, who_.algorithms.host_keys));
    if (!libssh_) {
      fail(errc::transport_failed, step::key_exchange,
           "libssh cannot make a session");
      return;
    }
    if (!registration_.attach(libssh_->fd(), 0)) {
      fail(errc::transport_failed, step::key_exchange,
           "epoll refuses the socket");
      return;
    }
  }
  libssh_->quick_ack();
  if (libssh_->banner().empty() && !greet())
    return;
  auto result = libssh_->connect();
  if (result == SSH_OK && !libssh_->dead())
    check_host_key();
  else if (result == SSH_ERROR || libssh_->dead())
    fail_key_exchange();
  else
    wait_for_socket();
}

const std::string& opening::known_name() const {
  return who_.host_key_alias.empty() ? who_.host : who_.host_key_alias;
}

// An alias stands for host and port.
uint16_t opening::known_port() const {
  return who_.host_key_alias.empty() ? who_.port : well_known_port;
}

bool opening::greet() {
  switch (libssh_->greet()) {
    case greeting::progress::waiting:
      wait_for_socket();
      return false;
    case greeting::progress::failed:
      if (const auto& said = libssh_->said(); said.code() != errc::none)
        fail(said.code(), step::key_exchange, said.cause(), said.permanent());
      else
        fail_key_exchange();
      return false;
    case greeting::progress::done:
      break;
  }
  registration_.forget();
  if (!registration_.attach(libssh_->fd(), 0)) {
    fail(errc::transport_failed, step::key_exchange,
         "epoll refuses the socket");
    return false;
  }
  return true;
}

void opening::check_host_key() {
  enter(phase::host_key);
  if (presented_.blob.empty()) {
    presented_ = libssh_->server_key();
    if (auto weak = libssh_->weak_algorithms(); !weak.empty())
      CAF_LOG_IMPL("tieline.ssh", CAF_LOG_LEVEL_WARNING,
                   to_string(who_.key) + " needs the option legacy: "
                     + printable(weak, max_told));
  }
  auto checked = ssh::check_host_key(
    presented_, known_->keys, who_.options.host_key_policy,
    known_hosts_name(known_name(), known_port()) + " in " + known_->where);
  switch (checked.what) {
    case host_key_check::action::trust:
      enter(phase::auth, who_.options.auth_timeout);
      log_in();
      break;
    case host_key_check::action::add:
      accept_host_key();
      break;
    case host_key_check::action::refuse:
      fail(checked.code, step::host_key, checked.cause);
      break;
  }
}

known_hosts_files opening::key_files() const {
  return {files_of(who_.options.known_hosts),
          files_of(who_.options.global_known_hosts)};
}

void opening::accept_host_key() {
  helpers_->host_keys.add(key_files(), known_name(), known_port(), presented_,
                          self_,
                          [weak = weak_from_this()](const known_keys& known) {
                            auto self = weak.lock();
                            if (!self || self->phase_ != phase::host_key)
                              return;
                            if (!known.error.empty() || known.keys.empty()) {
                              self->fail(known.code, step::host_key,
                                         "extras.known_hosts: " + known.error);
                              return;
                            }
                            // Judged again: another session may have added
                            // another key meanwhile.
                            self->known_ = known;
                            self->check_host_key();
                          });
}

void opening::log_in() {
  if (!authenticator_)
    authenticator_ = std::make_shared<authenticator>(
      libssh_, who_, helpers_, self_, [weak = weak_from_this()] {
        if (auto self = weak.lock())
          self->advance();
      });
  // The session is not ours to touch while the authenticator is away with it.
  switch (authenticator_->advance()) {
    case authenticator::progress::again:
      libssh_->quick_ack();
      wait_for_socket();
      break;
    case authenticator::progress::away:
      break;
    case authenticator::progress::failed:
      end(authenticator_->error());
      break;
    case authenticator::progress::done:
      end({});
      break;
  }
}

void opening::wait_for_socket() {
  if (libssh_->received() > max_before_login) {
    fail(errc::protocol_error, current_step(),
         "the server sends on and on what nobody has asked for", true);
    return;
  }
  if (!registration_.rearm(libssh_->events()))
    fail(errc::transport_failed, current_step(), "epoll refuses the socket");
}

void opening::fail_key_exchange() {
  auto found = diagnose_key_exchange(libssh_->error(), libssh_->banner(),
                                     libssh_->peer_gone(), libssh_->offer());
  if (found.code == errc::no_common_algorithm && !who_.options.legacy)
    found.cause += "; the option legacy takes older ones";
  auto said = libssh_->said().said();
  fail(found.code, step::key_exchange,
       said.empty() ? found.cause : found.cause + "; the server said: " + said);
}

void opening::fail(errc code, step at, const std::string& cause,
                   bool permanent) {
  failure why{who_.key, at, cause};
  if (permanent)
    why.details["permanent"] = "yes";
  end(make_error(code, std::move(why)));
}

void opening::end(caf::error reason) {
  auto keep = shared_from_this();
  if (std::exchange(phase_, phase::over) == phase::over)
    return;
  registration_.set_deadline(io::never);
  authenticator_ = nullptr;
  dialer_ = nullptr;
  auto session = std::exchange(libssh_, nullptr);
  if (!reason.empty()) {
    registration_.forget();
    session = nullptr;
  }
  std::exchange(done_, nullptr)(std::move(session), std::move(reason));
}

step opening::current_step() const {
  switch (phase_) {
    case phase::resolve:
      return step::resolve;
    case phase::connect:
      return step::connect;
    case phase::turn:
    case phase::key_exchange:
      return step::key_exchange;
    case phase::host_key:
      return step::host_key;
    case phase::auth:
      return step::auth;
    case phase::over:
      break;
  }
  return step::open;
}

} // namespace tieline::ssh
