#pragma once

#include "tieline/messages/failure.hpp"
#include "tieline/messages/request.hpp"
#include "tieline/transports/io/poller.hpp"
#include "tieline/transports/ssh/channel.hpp"
#include "tieline/transports/ssh/forwarding.hpp"
#include "tieline/transports/ssh/hang_ups.hpp"
#include "tieline/transports/ssh/libssh_session.hpp"
#include "tieline/transports/ssh/profile.hpp"

#include <caf/actor_addr.hpp>
#include <caf/typed_response_promise.hpp>

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace tieline::ssh {

/// Runs commands on an open session: so many at once, each on its channel, and
/// the others in the order of arrival; and streams (subsystems and shells)
/// beside them. Answers each exactly once.
class multiplexer {
public:
  enum class progress {
    /// Wait for the socket.
    waiting,
    /// The peer has ended the session; sinks have not yet taken all that it had
    /// sent. There is no socket any more.
    settling,
    /// The session is over.
    lost,
  };

  /// @param known what is known of servers that hang up after a command
  /// @param endpoint the server's, for that
  multiplexer(connection_key key, std::shared_ptr<libssh_session> session,
              const ssh_options& options, std::shared_ptr<hang_ups> known,
              std::string endpoint);

  /// Runs a program: a command when there is a place for it, a stream at once.
  /// @param owner who may put more input to it
  /// @param number by which it can be canceled; zero: it cannot
  void submit(program what, caf::timespan timeout,
              caf::typed_response_promise<reply> promise,
              caf::actor_addr owner = {}, uint64_t number = 0);

  /// Gives up the command with this number. Returns whether there is one.
  bool cancel(uint64_t number);

  /// Adds to the input of a stream; answers when that was sent.
  /// @returns false if the owner has none
  bool put(const caf::actor_addr& owner, const std::string& bytes,
           caf::typed_response_promise<void> promise);

  /// Returns the streams to other hosts.
  forwardings& forwarded() noexcept {
    return forwardings_;
  }

  /// Reads, writes and answers as much as is fair to other actors: with more
  /// to read the socket is ready again at once.
  progress serve();

  /// Answers what has timed out.
  void expire();

  /// Returns when to call `expire`, or a time before that.
  io::clock::time_point deadline() const noexcept {
    return deadline_;
  }

  /// Returns how many commands the peer runs at once.
  size_t concurrency() const noexcept {
    return max_channels_;
  }

  /// Returns whether a stream runs, or goes through to another host.
  bool carries() const;

  /// Returns whether the server may be at work for somebody.
  bool has_begun() const;

  /// Answers all commands that are left.
  void fail_commands(errc code, step at, const std::string& cause);

  /// Answers all that is left. If the session is lost, the commands that had
  /// not begun are answered first, and the answers say so: they may run on
  /// another session.
  void fail_all(errc code, step at, const std::string& cause);

  /// The server has ended the session.
  void hung_up();

private:
  struct job {
    program what;
    caf::typed_response_promise<reply> promise;
    caf::actor_addr owner;
    io::clock::time_point arrived;
    io::clock::time_point deadline;
    uint64_t number = 0;
    int refusals = 0;
    io::clock::time_point not_before = io::clock::time_point::min();
  };

  struct running {
    job work;
    std::unique_ptr<ssh::channel> channel;
    bool answered = false;
    // For opening the channel, later for closing it.
    io::clock::time_point channel_deadline;
    bool is_stream = false;
    // Input that is not sent yet: up to where, and who waits for that.
    std::deque<std::pair<uint64_t, caf::typed_response_promise<void>>> puts{};
    uint64_t given = 0;
  };

  bool has_place() const;

  void start(job what);

  void answer_puts(running& x);

  void drop_lost();

  void advance();

  progress settle();

  void answer(running& x);

  bool try_again(running& x);

  void requeue(job what);

  void drop_unbegun(step at, const std::string& cause);

  void fail(job& x, errc code, step at, const std::string& cause,
            std::map<std::string, std::string> details = {});

  void note(io::clock::time_point deadline);

  bool expire(running& x, io::clock::time_point now);

  connection_key key_;
  std::shared_ptr<libssh_session> libssh_;
  size_t max_channels_;
  caf::timespan channel_timeout_;
  std::deque<job> queue_;
  std::list<running> running_;
  forwardings forwardings_;
  io::clock::time_point deadline_ = io::never;
  // When a channel was last closed on both sides.
  io::clock::time_point freed_ = io::clock::time_point::min();
  std::shared_ptr<hang_ups> hang_ups_;
  std::string endpoint_;
  // Commands that the server has run to their end.
  size_t served_ = 0;
  // When the last of them ended.
  io::clock::time_point served_at_ = io::clock::time_point::min();
  // Nothing is started before: the server is about to hang up.
  io::clock::time_point held_until_ = io::clock::time_point::min();
};

} // namespace tieline::ssh
