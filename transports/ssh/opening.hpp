#pragma once

#include "tieline/transports/io/dialer.hpp"
#include "tieline/transports/io/poller.hpp"
#include "tieline/transports/ssh/authenticator.hpp"
#include "tieline/transports/ssh/helpers.hpp"
#include "tieline/transports/ssh/libssh_session.hpp"
#include "tieline/transports/ssh/profile.hpp"

#include <caf/actor_addr.hpp>
#include <caf/error.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tieline::ssh {

/// The way from params to a session that is logged in, one step after the
/// other, each with its deadline. Lives in the actor of a session.
class opening : public std::enable_shared_from_this<opening> {
public:
  /// Gets the session, or null and why there is none.
  using callback
    = std::function<void(std::shared_ptr<libssh_session>, caf::error)>;

  using step_callback = std::function<void(step)>;

  /// Is to call back when the step may begin, with an error if it never may.
  using turn_callback
    = std::function<void(step, std::function<void(const caf::error&)>)>;

  /// @param fd a socket that is connected to the host, which it takes; -1: it
  ///        connects by itself
  /// @param ready the session's registration; `wake` is to be called when it
  /// wakes
  /// @param on_step is told of each step as it begins
  /// @param ask_for_turn is asked before the first step behind the connect
  /// @param done called once, at the end
  opening(profile who, int fd, std::shared_ptr<helpers> shared,
          caf::actor_addr self, io::registration& ready, step_callback on_step,
          turn_callback ask_for_turn, callback done);

  opening(const opening&) = delete;

  opening& operator=(const opening&) = delete;

  ~opening();

  void start();

  void wake();

  /// Gives up at once.
  void cancel();

private:
  enum class phase {
    resolve,
    connect,
    turn,
    key_exchange,
    host_key,
    auth,
    over
  };

  void enter(phase next);

  void enter(phase next, caf::timespan timeout);

  void advance();

  void resolved(const io::resolution& found);

  void connect();

  void await_turn();

  void exchange_keys();

  /// Returns whether the server has said who it is.
  bool greet();

  /// What known_hosts calls the host.
  const std::string& known_name() const;

  uint16_t known_port() const;

  void check_host_key();

  known_hosts_files key_files() const;

  void accept_host_key();

  void log_in();

  void wait_for_socket();

  void fail_key_exchange();

  /// @param permanent whether another attempt would fail again
  void fail(errc code, step at, const std::string& cause,
            bool permanent = false);

  void end(caf::error reason);

  step current_step() const;

  profile who_;
  int fd_;
  std::shared_ptr<helpers> helpers_;
  caf::actor_addr self_;
  io::registration& registration_;
  step_callback on_step_;
  turn_callback ask_for_turn_;
  callback done_;
  phase phase_ = phase::resolve;
  io::clock::time_point deadline_ = io::never;
  std::unique_ptr<io::dialer> dialer_;
  // What known_hosts has for the host, once it was read.
  std::optional<known_keys> known_;
  std::shared_ptr<libssh_session> libssh_;
  host_key presented_;
  std::shared_ptr<authenticator> authenticator_;
};

} // namespace tieline::ssh
