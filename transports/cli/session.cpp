#include "tieline/transports/cli/session.hpp"

#include "tieline/messages/internal/error_context.hpp"
#include "tieline/messages/support/keyed_mark.hpp"
#include "tieline/transports/cli/profile.hpp"
#include "tieline/transports/io/open_steps.hpp"
#include "tieline/transports/io/printable.hpp"
#include "tieline/transports/io/sink_writer.hpp"
#include "tieline/transports/session_end.hpp"
#include "tieline/transports/ssh/carrier_lease.hpp"
#include "tieline/transports/ssh/stream.hpp"

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tieline::cli {

namespace {

using io::clock;

using full_actor = stepwise_transport_actor::extend_with<
  ssh::stream_owner_actor>::extend_with<step_listener_actor>;

class session_state {
public:
  static inline const char* name = "tieline.cli";

  session_state(full_actor::pointer self, connection_key key,
                cli_options defaults,
                std::shared_ptr<const platform_library> platforms,
                ssh_factory_actor ssh, bool ssh_tells_steps,
                std::shared_ptr<io::poller> poller)
    : self_(self),
      key_(std::move(key)),
      options_(std::move(defaults)),
      platforms_(std::move(platforms)),
      steps_(self),
      carrier_(self, key_, std::move(ssh), ssh_tells_steps),
      alarm_(std::move(poller), self->address(), [this] { wake(); }) {
    // nop
  }

  session_state(const session_state&) = delete;

  session_state& operator=(const session_state&) = delete;

  ~session_state() {
    drop_stream();
  }

  full_actor::behavior_type make_behavior() {
    end_by_exceptions(self_, key_,
                      [this](const caf::error& reason) { answer_all(reason); });
    return compat::trap_exit<full_actor::behavior_type>(
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
      [this](execute_atom, request& what) { return execute(std::move(what)); },
      [this](probe_atom) { return probe(); },
      [this](caf::close_atom) { return close(); },
      [this](chunk& what) { return take(std::move(what)); },
      [this](closed_atom, const reply& how) {
        ended(error_of(errc::connection_lost, step::session,
                       how.status > 0
                         ? "the device ended the shell with exit status "
                             + std::to_string(how.status)
                         : "the device ended the shell"));
      },
      [this](closed_atom, const caf::error& reason) {
        ended(in_context(key_, reason, step::session));
      });
  }

private:
  using open_promise = caf::typed_response_promise<session_traits>;
  using reply_promise = caf::typed_response_promise<reply>;
  using void_promise = caf::typed_response_promise<void>;

  enum class phase { fresh, opening, open, closing, over };

  struct running {
    reply_promise promise;
    clock::time_point arrived;
    std::shared_ptr<io::sink_writer> writer;
    /// Waits for the sink to take what came before.
    std::optional<reply> result;
  };

  // -- opening ----------------------------------------------------------------

  caf::result<session_traits> open(connection_params params) {
    auto promise = self_->make_response_promise<open_promise>();
    if (phase_ != phase::fresh) {
      promise.deliver(
        error_of(errc::invalid_request, step::open, "was opened before"));
      return promise;
    }
    auto who = make_profile(key_, std::move(params), options_, *platforms_);
    platforms_ = nullptr;
    if (!who) {
      promise.deliver(who.error());
      leave(who.error());
      return promise;
    }
    opened_ = promise;
    phase_ = phase::opening;
    options_ = std::move(who->options);
    profile_ = std::move(who->shell);
    profile_.random_text = [this](size_t size) {
      auto count = std::to_string(++marks_);
      return make_keyed_mark({name, key_.hostname, count})
        .hex()
        .substr(0, size);
    };
    auto ready = [this](const caf::error& reason) {
      if (reason.empty())
        start();
      else
        fail_open(reason);
    };
    if (options_.share_session)
      carrier_.share(std::move(who->ssh), ready);
    else
      carrier_.open(std::move(who->ssh), ready);
    return promise;
  }

  void start() {
    steps_.begin(step::channel);
    ssh::shell terminal{static_cast<uint32_t>(options_.columns),
                        static_cast<uint32_t>(options_.rows)};
    stream_
      = ssh::spawn_stream(self_->home_system(), *carrier_, terminal,
                          caf::actor_cast<caf::weak_actor_ptr>(
                            caf::actor_cast<caf::strong_actor_ptr>(self_)));
    shell_.emplace(profile_);
    shell_->start(clock::now());
    pump();
  }

  void fail_open(const caf::error& reason) {
    if (phase_ != phase::opening)
      return;
    answer_open(reason);
    leave(reason);
  }

  template <class Outcome>
  void answer_open(const Outcome& outcome) {
    steps_.end();
    carrier_.forget_params();
    opened_.deliver(outcome);
  }

  // -- the stream -------------------------------------------------------------

  /// The stream is over, or was never begun.
  void ended(const caf::error& reason) {
    if (phase_ == phase::opening && !carrier_.owned() && !has_received_) {
      // The server allows no further channel there, or that session is about
      // to end.
      drop_stream();
      shell_.reset();
      carrier_.open_own();
      return;
    }
    if (!shell_ || phase_ == phase::over)
      return;
    if (phase_ == phase::opening) {
      fail_open(reason);
      return;
    }
    shell_->end(errc::connection_lost, failure_of(reason).cause, clock::now());
    pump();
  }

  caf::result<void> take(chunk what) {
    if (!shell_ || phase_ == phase::over)
      return caf::unit;
    has_received_ = true;
    shell_->receive(what.output, clock::now());
    pump();
    if (phase_ == phase::over || !is_held_up())
      return caf::unit;
    auto promise = self_->make_response_promise<void_promise>();
    held_.push_back(promise);
    return promise;
  }

  /// Carries out what the shell's session wants.
  void pump() {
    if (auto bytes = shell_->take_bytes(); !bytes.empty() && stream_)
      compat::send(self_, stream_, put_atom_v, std::move(bytes));
    for (auto& x : shell_->take_events()) {
      std::visit([this](auto& y) { handle(y); }, x);
      if (phase_ == phase::over)
        return;
    }
    if (auto due = shell_->deadline(); due < armed_) {
      armed_ = due;
      alarm_.set_deadline(due);
    }
  }

  void wake() {
    auto now = clock::now();
    if (now < armed_ || !shell_ || phase_ == phase::over)
      return;
    armed_ = io::never;
    shell_->tick(now);
    pump();
  }

  void handle(shell_session::opened&) {
    phase_ = phase::open;
    answer_open(session_traits{1});
  }

  void handle(shell_session::done& x) {
    auto pos = running_.find(x.id);
    if (pos == running_.end())
      return;
    pos->second.result = make_reply(std::move(x.result));
    finish_taken();
  }

  void handle(shell_session::failed& x) {
    auto reason = make_error(x.code, {key_, step::execute, std::move(x.cause),
                                      caf::timespan{0}, std::move(x.details)});
    if (auto pos = probes_.find(x.id); pos != probes_.end()) {
      pos->second.deliver(reason);
      probes_.erase(pos);
    }
    if (auto pos = running_.find(x.id); pos != running_.end()) {
      pos->second.promise.deliver(reason);
      running_.erase(pos);
    }
    if (!is_held_up())
      release_held();
  }

  void handle(shell_session::output& x) {
    auto pos = running_.find(x.id);
    if (pos != running_.end() && pos->second.writer)
      pos->second.writer->put({std::move(x.text), {}});
  }

  void handle(shell_session::probed& x) {
    if (auto pos = probes_.find(x.id); pos != probes_.end()) {
      pos->second.deliver();
      probes_.erase(pos);
    }
  }

  void handle(shell_session::lost& x) {
    auto reason = error_of(x.code, x.at, std::move(x.cause));
    if (phase_ == phase::opening)
      fail_open(reason);
    else
      leave(reason);
  }

  void handle(shell_session::parted&) {
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

  // -- requests ---------------------------------------------------------------

  caf::result<reply> execute(request what) {
    auto promise = self_->make_response_promise<reply_promise>();
    if (auto err = check_open(step::execute); !err.empty()) {
      promise.deliver(std::move(err));
      return promise;
    }
    auto wanted = make_shell_request(key_, what, profile_);
    if (!wanted) {
      promise.deliver(std::move(wanted.error()));
      return promise;
    }
    auto now = clock::now();
    auto id = ++ids_;
    std::shared_ptr<io::sink_writer> writer;
    if (what.sink)
      writer = io::sink_writer::make(self_, *what.sink,
                                     [this] { sinks_changed(); });
    auto deadline = what.timeout.count() > 0 && what.timeout < io::never - now
                      ? now + what.timeout
                      : io::never;
    running_.emplace(id, running{promise, now, std::move(writer), {}});
    shell_->submit(id, std::move(*wanted), deadline, now);
    pump();
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

  void sinks_changed() {
    if (phase_ != phase::open)
      return;
    std::vector<uint64_t> lost;
    for (const auto& [id, x] : running_)
      if (x.writer && x.writer->lost())
        lost.push_back(id);
    for (auto id : lost) {
      const std::string cause = "the sink takes no more";
      shell_->cancel(id, errc::canceled, cause, clock::now());
      // One that is through with the device is no longer the shell's.
      if (auto pos = running_.find(id);
          pos != running_.end() && pos->second.result) {
        pos->second.promise.deliver(
          error_of(errc::canceled, step::execute, cause));
        running_.erase(pos);
      }
    }
    pump();
    if (phase_ == phase::over)
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
    auto promise = self_->make_response_promise<void_promise>();
    if (auto err = check_open(step::session); !err.empty()) {
      promise.deliver(std::move(err));
      return promise;
    }
    if (!shell_->busy()) {
      auto id = ++ids_;
      probes_.emplace(id, promise);
      shell_->probe(id, clock::now());
      pump();
      return promise;
    }
    // A device that is at work shows no prompt.
    compat::request(self_, *carrier_, caf::infinite, probe_atom_v)
      .then([promise]() mutable { promise.deliver(); },
            [this, promise](const caf::error& reason) mutable {
              promise.deliver(in_context(key_, reason, step::session));
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

  // -- the end ----------------------------------------------------------------

  caf::result<void> close() {
    auto promise = self_->make_response_promise<void_promise>();
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
    // What is through but not taken is lost with the session, too.
    for (auto& [id, x] : running_)
      if (x.result)
        x.promise.deliver(
          error_of(errc::closed, step::close, "the session is closing"));
    release_held();
    shell_->close(clock::now());
    pump();
    return promise;
  }

  // Answers what is asked, frees what is held, ends.
  void leave(const caf::error& reason) {
    if (std::exchange(phase_, phase::over) == phase::over)
      return;
    answer_all(reason);
    drop_stream();
    alarm_.set_deadline(io::never);
    self_->quit(reason);
  }

  void answer_all(const caf::error& reason) {
    const auto [code, cause] = session_end{reason};
    for (auto& [id, x] : std::exchange(running_, {}))
      if (x.promise.pending())
        x.promise.deliver(error_of(code, step::execute, cause));
    for (auto& [id, x] : std::exchange(probes_, {}))
      x.deliver(error_of(code, step::session, cause));
    release_held();
    if (opened_.pending())
      answer_open(error_of(code, step::open, cause));
    if (closed_.pending())
      closed_.deliver();
  }

  void drop_stream() {
    if (auto stream = std::exchange(stream_, nullptr))
      caf::anon_send_exit(stream, caf::exit_reason::user_shutdown);
  }

  caf::error error_of(errc code, step at, std::string cause) const {
    return make_error(code, {key_, at, std::move(cause)});
  }

  full_actor::pointer self_;
  connection_key key_;
  cli_options options_;
  std::shared_ptr<const platform_library> platforms_;
  shell_profile profile_;
  io::open_steps<full_actor::pointer> steps_;
  ssh::carrier_lease<std::remove_pointer_t<full_actor::pointer>> carrier_;
  io::registration alarm_;
  phase phase_ = phase::fresh;
  ssh::stream_actor stream_;
  std::optional<shell_session> shell_;
  bool has_received_ = false;
  open_promise opened_;
  std::map<uint64_t, running> running_;
  std::map<uint64_t, void_promise> probes_;
  uint64_t ids_ = 0;
  uint64_t marks_ = 0;
  /// Chunks of the stream that are not answered, since a sink is full.
  std::vector<void_promise> held_;
  void_promise closed_;
  /// When it is woken next.
  clock::time_point armed_ = io::never;
};

} // namespace

transport_actor spawn_session(caf::actor_system& sys, connection_key key,
                              const cli_options& defaults,
                              std::shared_ptr<const platform_library> platforms,
                              ssh_factory_actor ssh, bool ssh_tells_steps,
                              std::shared_ptr<io::poller> poller) {
  using impl = full_actor::stateful_impl<session_state>;
  return sys.spawn<impl>(std::move(key), defaults, std::move(platforms),
                         std::move(ssh), ssh_tells_steps, std::move(poller));
}

} // namespace tieline::cli
