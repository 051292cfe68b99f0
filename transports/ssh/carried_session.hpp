#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/transports/io/open_steps.hpp"
#include "tieline/transports/io/poller.hpp"
#include "tieline/transports/io/sink_writer.hpp"
#include "tieline/transports/jump_failure.hpp"
#include "tieline/transports/session_end.hpp"
#include "tieline/transports/ssh/carrier_lease.hpp"
#include "tieline/transports/ssh/stream.hpp"

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tieline::ssh {

/// What the actor of a session understands that runs on a stream of an SSH
/// session.
using carried_session_actor = stepwise_transport_actor::extend_with<
  stream_owner_actor>::extend_with<step_listener_actor>::
  extend_with<jump_actor>::extend<caf::result<void>(cancel_atom, uint64_t)>;

/// A session on a stream of an SSH session: where that comes from, who waits
/// for the session, which requests run, and which chunks of the stream wait
/// because the sink of a request is full. What the bytes mean is known to
/// `Plugin`, which derives from this and has
/// - `prepare(params)`: the params of the SSH session, or an error,
/// - `shares_session()`: whether that may be one that is open already,
/// - `start()`: there is an SSH session; starts the stream,
/// - `start_over()`: forgets the stream, which was none,
/// - `submit(request, deadline, now)`: the number of a request, or an error,
/// - `submitted(number, now)`: that runs,
/// - `forget(number, code, cause, now)`: nobody waits for it any more,
/// - `forgotten(now)`: that was all that had to be given up,
/// - `receive(chunk, now)`: takes what came on the stream,
/// - `describe_end(reply)`: why the stream has ended,
/// - `stream_lost(reason, now)`: it has ended, while the session was open or
///   was being closed,
/// - `part(now)`: takes leave of the peer, then calls `say_goodbye`,
/// - `tick(now)`: does what is due, and arms again.
template <class Plugin>
class carried_session {
public:
  using actor = carried_session_actor;
  using clock = io::clock;

  carried_session(actor::pointer self, connection_key key,
                  ssh_factory_actor ssh, bool ssh_tells_steps,
                  std::shared_ptr<io::poller> poller)
    : self_(self),
      key_(std::move(key)),
      steps_(self),
      carrier_(self, key_, std::move(ssh), ssh_tells_steps),
      alarm_(std::move(poller), self->address(), [this] { wake(); }) {
    // nop
  }

  carried_session(const carried_session&) = delete;

  carried_session& operator=(const carried_session&) = delete;

  ~carried_session() {
    drop_stream();
  }

  actor::behavior_type make_behavior() {
    end_by_exceptions(self_, key_,
                      [this](const caf::error& reason) { answer_all(reason); });
    return compat::trap_exit<actor::behavior_type>(
      self_, [this](const caf::error& reason) { leave(reason); },
      [this](caf::open_atom, connection_params& params) {
        return open(std::move(params));
      },
      [this](caf::open_atom, connection_params& params,
             step_listener_actor& listener) {
        steps_.report_to(std::move(listener));
        return open(std::move(params));
      },
      [this](step what) {
        return phase_ == phase::opening ? steps_.pass_on(what)
                                        : caf::result<void>{caf::unit};
      },
      [this](jump_atom, std::vector<hop>& via) {
        return steps_.pass_on_jump(key_, std::move(via));
      },
      [this](execute_atom, request& what) { return execute(std::move(what)); },
      [this](probe_atom) { return probe(); },
      [this](caf::close_atom) { return close(); },
      [this](chunk& what) { return take(std::move(what)); },
      [this](closed_atom, const reply& how) {
        ended(error_of(errc::connection_lost, step::session,
                       plugin().describe_end(how)));
      },
      [this](closed_atom, const caf::error& reason) {
        ended(in_words(reason));
      },
      [this](cancel_atom, uint64_t number) { cancel(number); });
  }

protected:
  using reply_promise = caf::typed_response_promise<reply>;
  using void_promise = caf::typed_response_promise<void>;

  enum class phase { fresh, opening, open, closing, over };

  struct running {
    reply_promise promise;
    clock::time_point arrived;
    clock::time_point deadline;
    std::shared_ptr<io::sink_writer> writer;
    /// Waits for the sink to take what came before.
    std::optional<reply> result;
    /// By which it can be canceled; zero: it cannot.
    uint64_t cancel_by = 0;
  };

  // -- opening ----------------------------------------------------------------

  template <class Program>
  void start_stream(Program what) {
    stream_ = spawn_stream(self_->home_system(), *carrier_, std::move(what),
                           caf::actor_cast<caf::weak_actor_ptr>(
                             caf::actor_cast<caf::strong_actor_ptr>(self_)));
  }

  /// The peer is ready for so many requests at once.
  void opened(session_traits traits) {
    if (phase_ != phase::opening)
      return;
    phase_ = phase::open;
    carrier_.add_told(traits);
    answer_open(traits);
  }

  /// The session is of no use, now or any more.
  void fail(const caf::error& reason) {
    if (phase_ == phase::opening)
      answer_open(reason);
    leave(reason);
  }

  // -- the stream -------------------------------------------------------------

  void put(std::string bytes) {
    if (!bytes.empty() && stream_)
      compat::send(self_, stream_, put_atom_v, std::move(bytes));
  }

  /// Whether a stream that ends at once may be tried on another SSH session.
  bool may_start_over() const {
    return true;
  }

  // -- requests ---------------------------------------------------------------

  /// A request is through; it is answered when its sink has taken all.
  void finish(uint64_t number, reply result) {
    auto pos = running_.find(number);
    if (pos == running_.end())
      return;
    pos->second.result = std::move(result);
    finish_taken();
  }

  /// A request has come to nothing.
  void fail(uint64_t number, const caf::error& reason) {
    if (auto pos = running_.find(number); pos != running_.end()) {
      pos->second.promise.deliver(reason);
      running_.erase(pos);
    }
    if (!is_held_up())
      release_held();
  }

  /// Hands output, and what is said of it, on to the sink of a request.
  void hand_on(uint64_t number, std::string text, std::string remark = {}) {
    auto pos = running_.find(number);
    if (pos != running_.end() && pos->second.writer)
      pos->second.writer->put({std::move(text), std::move(remark)});
  }

  template <class Predicate>
  void give_up_if(Predicate is_due, errc code, const std::string& cause) {
    auto now = clock::now();
    for (auto pos = running_.begin(); pos != running_.end();) {
      if (!is_due(pos->second)) {
        ++pos;
        continue;
      }
      plugin().forget(pos->first, code, cause, now);
      pos->second.promise.deliver(error_of(code, step::execute, cause));
      pos = running_.erase(pos);
    }
    plugin().forgotten(now);
  }

  /// Whether a probe is answered by the stream; else it is by the SSH session.
  bool probe_stream(void_promise&) {
    return false;
  }

  // -- times ------------------------------------------------------------------

  void arm(clock::time_point at) {
    if (at >= armed_)
      return;
    armed_ = at;
    alarm_.set_deadline(at);
  }

  // -- the end ----------------------------------------------------------------

  /// The peer knows that the session is over, or will never know.
  void say_goodbye() {
    if (phase_ != phase::closing || std::exchange(parted_, true))
      return;
    if (!carrier_.owned()) {
      leave(caf::exit_reason::normal);
      return;
    }
    // Closes the connection in good order; it has a limit for that.
    auto go = [this] { leave(caf::exit_reason::normal); };
    compat::request(self_, *carrier_, caf::infinite, caf::close_atom_v)
      .then([go] { go(); }, [go](const caf::error&) { go(); });
    drop_stream();
  }

  /// Answers who waits for something that the plugin keeps.
  void answer_rest(errc, const std::string&) {
    // nop
  }

  // Answers what is asked, frees what is held, ends.
  void leave(caf::error reason) {
    if (std::exchange(phase_, phase::over) == phase::over)
      return;
    // Whatever the plugin makes of it, it was the jump host.
    if (lost_at_ == step::jump && code_of(reason) == errc::connection_lost)
      reason = error_of(errc::connection_lost, step::jump,
                        failure_of(reason).cause);
    answer_all(reason);
    drop_stream();
    alarm_.set_deadline(io::never);
    self_->quit(reason);
  }

  caf::error error_of(errc code, step at, std::string cause) const {
    return make_error(code, {key_, at, std::move(cause)});
  }

  actor::pointer self_;
  connection_key key_;
  io::open_steps<actor::pointer> steps_;
  phase phase_ = phase::fresh;
  std::map<uint64_t, running> running_;

private:
  using open_promise = caf::typed_response_promise<session_traits>;

  Plugin& plugin() {
    return static_cast<Plugin&>(*this);
  }

  caf::result<session_traits> open(connection_params params) {
    auto promise = self_->template make_response_promise<open_promise>();
    if (phase_ != phase::fresh) {
      promise.deliver(
        error_of(errc::invalid_request, step::open, "was opened before"));
      return promise;
    }
    auto below = plugin().prepare(std::move(params));
    if (!below) {
      promise.deliver(below.error());
      leave(below.error());
      return promise;
    }
    opened_ = promise;
    phase_ = phase::opening;
    auto ready = [this](const caf::error& reason) {
      if (!reason.empty())
        fail(reason);
      else if (phase_ == phase::opening)
        plugin().start();
    };
    if (plugin().shares_session())
      carrier_.share(std::move(*below), ready);
    else
      carrier_.open(std::move(*below), ready);
    return promise;
  }

  template <class Outcome>
  void answer_open(const Outcome& outcome) {
    steps_.end();
    carrier_.forget_params();
    opened_.deliver(outcome);
  }

  /// The stream is over, or was never begun.
  void ended(const caf::error& reason) {
    switch (phase_) {
      case phase::opening:
        if (carrier_.owned() || !plugin().may_start_over()) {
          fail(reason);
          return;
        }
        // The server allows no further channel there, or that session is
        // about to end.
        drop_stream();
        plugin().start_over();
        carrier_.open_own();
        break;
      case phase::open:
      case phase::closing:
        lost_at_ = step_of_loss(reason);
        plugin().stream_lost(reason, clock::now());
        break;
      case phase::fresh:
      case phase::over:
        break;
    }
  }

  caf::result<void> take(chunk what) {
    // Some of what a stream that was given up has sent may still arrive.
    if (phase_ != phase::fresh && phase_ != phase::over)
      plugin().receive(std::move(what), clock::now());
    if (phase_ == phase::over || !is_held_up())
      return caf::unit;
    auto promise = self_->template make_response_promise<void_promise>();
    held_.push_back(promise);
    return promise;
  }

  caf::result<reply> execute(request what) {
    auto promise = self_->template make_response_promise<reply_promise>();
    if (auto err = check_open(step::execute); !err.empty()) {
      promise.deliver(std::move(err));
      return promise;
    }
    auto now = clock::now();
    auto deadline = what.timeout.count() > 0 && what.timeout < io::never - now
                      ? now + what.timeout
                      : io::never;
    running x{promise, now, deadline, nullptr, std::nullopt, what.number};
    if (what.sink)
      x.writer = io::sink_writer::make(self_, *what.sink,
                                       [this] { sinks_changed(); });
    caf::expected<uint64_t> number = plugin().submit(std::move(what), deadline,
                                                     now);
    if (!number) {
      promise.deliver(in_words(number.error()));
      return promise;
    }
    running_.emplace(*number, std::move(x));
    plugin().submitted(*number, now);
    return promise;
  }

  /// Answers what is through and whose sink has taken all.
  void finish_taken() {
    for (auto pos = running_.begin(); pos != running_.end();) {
      auto& x = pos->second;
      if (!x.result || (x.writer && !x.writer->flushed())) {
        ++pos;
        continue;
      }
      x.result->elapsed = clock::now() - x.arrived;
      x.promise.deliver(std::move(*x.result));
      pos = running_.erase(pos);
    }
  }

  void cancel(uint64_t number) {
    if (number != 0)
      give_up_and_go_on([number](
                          const running& x) { return x.cancel_by == number; },
                        "canceled");
  }

  void sinks_changed() {
    give_up_and_go_on(
      [](const running& x) { return x.writer && x.writer->lost(); },
      "the sink takes no more");
  }

  template <class Predicate>
  void give_up_and_go_on(Predicate is_due, const std::string& cause) {
    if (phase_ != phase::open)
      return;
    give_up_if(is_due, errc::canceled, cause);
    if (phase_ != phase::open)
      return;
    finish_taken();
    if (!is_held_up())
      release_held();
  }

  bool is_held_up() const {
    return std::any_of(running_.begin(), running_.end(), [](const auto& x) {
      return x.second.writer && x.second.writer->full();
    });
  }

  void release_held() {
    for (auto& x : std::exchange(held_, {}))
      x.deliver();
  }

  caf::result<void> probe() {
    auto promise = self_->template make_response_promise<void_promise>();
    if (auto err = check_open(step::session); !err.empty()) {
      promise.deliver(std::move(err));
      return promise;
    }
    if (plugin().probe_stream(promise))
      return promise;
    compat::request(self_, *carrier_, caf::infinite, probe_atom_v)
      .then([promise]() mutable { promise.deliver(); },
            [this, promise](const caf::error& reason) mutable {
              promise.deliver(in_words(reason));
            });
    return promise;
  }

  caf::error check_open(step at) const {
    if (phase_ == phase::closing || phase_ == phase::over)
      return error_of(errc::closed, at, "the session is closing");
    if (phase_ != phase::open)
      return error_of(errc::not_open, at, "the session is not open");
    return {};
  }

  void wake() {
    auto now = clock::now();
    if (now < armed_)
      return;
    armed_ = io::never;
    if (phase_ != phase::fresh && phase_ != phase::over)
      plugin().tick(now);
  }

  caf::result<void> close() {
    auto promise = self_->template make_response_promise<void_promise>();
    if (phase_ == phase::closing) {
      promise.deliver(
        error_of(errc::closed, step::close, "is closing already"));
      return promise;
    }
    if (phase_ != phase::open) {
      promise.deliver();
      leave(caf::exit_reason::normal);
      return promise;
    }
    phase_ = phase::closing;
    closed_ = promise;
    fail_running(errc::closed, step::close, "the session is closing");
    // The answer is behind what was held up.
    release_held();
    plugin().part(clock::now());
    return promise;
  }

  void answer_all(const caf::error& reason) {
    const auto [code, cause] = session_end{reason};
    // What was asked has nothing to do with why the session broke.
    auto is_lost = code == errc::protocol_error || code == errc::output_limit;
    auto by_hop = failure_of(reason).at == step::jump;
    fail_running(is_lost ? errc::connection_lost : code,
                 by_hop ? step::jump : step::execute, cause);
    plugin().answer_rest(code, cause);
    release_held();
    if (opened_.pending())
      answer_open(error_of(code, step::open, cause));
    if (closed_.pending())
      closed_.deliver();
  }

  void fail_running(errc code, step at, const std::string& cause) {
    for (auto& [number, x] : std::exchange(running_, {}))
      x.promise.deliver(error_of(code, at, cause));
  }

  /// A carrier that is shared goes on.
  void drop_stream() {
    if (auto stream = std::exchange(stream_, nullptr))
      caf::anon_send_exit(stream, caf::exit_reason::user_shutdown);
  }

  /// Returns an error of tieline for our key, whatever it was.
  caf::error in_words(const caf::error& reason) const {
    if (code_of(reason) == errc::none)
      return error_of(errc::connection_lost, step::session,
                      "the SSH session has ended");
    auto context = failure_of(reason);
    context.key = key_;
    return make_error(code_of(reason), std::move(context));
  }

  carrier_lease<std::remove_pointer_t<actor::pointer>> carrier_;
  io::registration alarm_;
  stream_actor stream_;
  /// What the loss of the session names.
  step lost_at_ = step::session;
  open_promise opened_;
  /// Chunks of the stream that are not answered, since a sink is full.
  std::vector<void_promise> held_;
  void_promise closed_;
  bool parted_ = false;
  /// When the deadlines are looked at next.
  clock::time_point armed_ = io::never;
};

} // namespace tieline::ssh
