#include "tieline/transports/netconf/session.hpp"

#include "tieline/transports/io/open_steps.hpp"
#include "tieline/transports/io/printable.hpp"
#include "tieline/transports/io/sink_writer.hpp"
#include "tieline/transports/netconf/errors.hpp"
#include "tieline/transports/netconf/message_layer.hpp"
#include "tieline/transports/netconf/names.hpp"
#include "tieline/transports/netconf/profile.hpp"
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
#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tieline::netconf {

namespace {

using io::clock;

// For the server's farewell.
constexpr auto close_timeout = std::chrono::seconds{1};

// For the answer to the first request, before the server is nudged.
constexpr auto patience = std::chrono::seconds{1};

// Of what the subsystem says beside the protocol.
constexpr size_t most_error_output = 1000;

using full_actor = stepwise_transport_actor::extend_with<
  ssh::stream_owner_actor>::extend_with<step_listener_actor>;

capabilities capabilities_of(netconf_version version) {
  std::vector<std::string> all;
  if (version != netconf_version::v1_1)
    all.emplace_back(capability::base_1_0);
  if (version != netconf_version::v1_0)
    all.emplace_back(capability::base_1_1);
  return capabilities{std::move(all)};
}

class session_state {
public:
  static inline const char* name = "tieline.netconf";

  session_state(full_actor::pointer self, connection_key key,
                netconf_options defaults, ssh_factory_actor ssh,
                bool ssh_tells_steps, std::shared_ptr<io::poller> poller)
    : self_(self),
      key_(std::move(key)),
      options_(defaults),
      steps_(self),
      carrier_(self, key_, std::move(ssh), ssh_tells_steps),
      alarm_(std::move(poller), self->address(),
             [this] { look_at_deadlines(); }) {
    // nop
  }

  session_state(const session_state&) = delete;

  session_state& operator=(const session_state&) = delete;

  ~session_state() {
    drop_subsystem();
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
      [this](closed_atom, const reply& how) { ended(end_of(how)); },
      [this](closed_atom, const caf::error& reason) {
        ended(in_words(reason, errc::connection_lost, step::session));
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
    clock::time_point deadline;
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
    auto who = make_profile(key_, std::move(params), options_);
    if (!who) {
      promise.deliver(who.error());
      leave(who.error());
      return promise;
    }
    opened_ = promise;
    phase_ = phase::opening;
    options_ = who->options;
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
    message_layer::limits most;
    most.message = options_.message_limit;
    most.depth = options_.max_depth;
    messages_.emplace(capabilities_of(options_.version), most);
    subsystem_
      = ssh::spawn_stream(self_->home_system(), *carrier_,
                          ssh::subsystem{"netconf"},
                          caf::actor_cast<caf::weak_actor_ptr>(
                            caf::actor_cast<caf::strong_actor_ptr>(self_)));
    flush();
    steps_.begin(step::hello);
    hello_due_ = clock::now() + options_.hello_timeout;
    arm(hello_due_);
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

  caf::error end_of(const reply& how) const {
    auto cause = messages_->describe_end();
    if (how.status != 0)
      cause += " (exit status " + std::to_string(how.status) + ')';
    if (!error_output_.empty())
      cause += ": " + io::printable(error_output_);
    return error_of(errc::connection_lost, step::session, std::move(cause));
  }

  // -- the stream -------------------------------------------------------------

  /// The stream is over, or was never begun.
  void ended(const caf::error& reason) {
    switch (phase_) {
      case phase::opening:
        if (carrier_.owned()) {
          fail_open(reason);
          return;
        }
        // The server allows no further channel there, or that session is
        // about to end.
        drop_subsystem();
        error_output_.clear();
        hello_due_ = io::never;
        carrier_.open_own();
        break;
      case phase::open:
        // Whatever it was for the SSH session, e.g. that it was closed.
        leave(error_of(errc::connection_lost, step::session,
                       failure_of(reason).cause));
        break;
      case phase::closing:
        say_goodbye();
        break;
      case phase::fresh:
      case phase::over:
        break;
    }
  }

  void flush() {
    auto bytes = messages_->take_output();
    if (!bytes.empty())
      compat::send(self_, subsystem_, put_atom_v, std::move(bytes));
  }

  caf::result<void> take(chunk what) {
    auto room = most_error_output - error_output_.size();
    error_output_ += what.error_output.substr(0, room);
    // Some of what a stream that was given up has sent may still arrive.
    if (messages_ && phase_ != phase::over) {
      messages_->push(what.output);
      read();
    }
    if (phase_ == phase::over || !is_held_up())
      return caf::unit;
    auto promise = self_->make_response_promise<void_promise>();
    held_.push_back(promise);
    return promise;
  }

  void read() {
    while (phase_ != phase::over) {
      auto what = messages_->next();
      if (!what) {
        broken(what.error());
        return;
      }
      if (!*what)
        return;
      std::visit([this](auto& x) { handle(x); }, **what);
    }
  }

  void broken(const caf::error& reason) {
    auto told = with_key(reason, key_);
    if (phase_ == phase::opening)
      fail_open(told);
    else
      leave(told);
  }

  void handle(message_layer::opened&) {
    if (phase_ != phase::opening)
      return;
    phase_ = phase::open;
    hello_due_ = io::never;
    answer_open(session_traits{options_.max_pipelined});
  }

  void handle(message_layer::answered& x) {
    nudge_due_ = io::never;
    heard_ = true;
    if (x.id == farewell_) {
      say_goodbye();
      return;
    }
    auto pos = running_.find(x.id);
    if (pos == running_.end())
      return;
    if (!x.result) {
      pos->second.promise.deliver(with_key(x.result.error(), key_));
      running_.erase(pos);
      return;
    }
    pos->second.result = std::move(*x.result);
    finish_taken();
  }

  void handle(message_layer::told& x) {
    auto pos = running_.find(x.id);
    if (pos != running_.end() && pos->second.writer)
      pos->second.writer->put({std::move(x.text), {}});
  }

  // -- requests ---------------------------------------------------------------

  caf::result<reply> execute(request what) {
    auto promise = self_->make_response_promise<reply_promise>();
    if (auto err = check_open(step::execute); !err.empty()) {
      promise.deliver(std::move(err));
      return promise;
    }
    auto now = clock::now();
    auto timeout = what.timeout;
    std::shared_ptr<io::sink_writer> writer;
    if (what.sink)
      writer = io::sink_writer::make(self_, *what.sink,
                                     [this] { sinks_changed(); });
    auto id = messages_->submit(std::move(what));
    if (!id) {
      promise.deliver(with_key(id.error(), key_));
      return promise;
    }
    auto never = io::never;
    auto deadline = timeout.count() > 0 && timeout < never - now ? now + timeout
                                                                 : never;
    running_.emplace(*id, running{promise, now, deadline, std::move(writer),
                                  std::nullopt});
    if (!heard_ && running_.size() == 1)
      nudge_due_ = now + patience;
    arm(std::min(deadline, nudge_due_));
    flush();
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
    give_up_if([](const running& x) { return x.writer && x.writer->lost(); },
               errc::canceled, "the sink takes no more");
    if (phase_ != phase::open)
      return;
    finish_taken();
    if (!is_held_up())
      release_held();
  }

  void release_held() {
    for (auto& x : std::exchange(held_, {}))
      x.deliver();
  }

  bool is_held_up() const {
    return std::any_of(running_.begin(), running_.end(), [](const auto& x) {
      return x.second.writer && x.second.writer->full();
    });
  }

  template <class Predicate>
  void give_up_if(Predicate is_due, errc code, const std::string& cause) {
    for (auto pos = running_.begin(); pos != running_.end();) {
      if (!is_due(pos->second)) {
        ++pos;
        continue;
      }
      messages_->forget(pos->first);
      pos->second.promise.deliver(error_of(code, step::execute, cause));
      pos = running_.erase(pos);
    }
    if (messages_->has_orphan())
      leave(error_of(errc::connection_lost, step::session,
                     "a subscription was given up, which NETCONF can only do "
                     "with its session"));
  }

  caf::error check_open(step at) const {
    if (phase_ == phase::closing || phase_ == phase::over)
      return error_of(errc::closed, at, "the session is closing");
    if (phase_ != phase::open)
      return error_of(errc::not_open, at, "the session is not open");
    return {};
  }

  caf::result<void> probe() {
    auto promise = self_->make_response_promise<void_promise>();
    if (auto err = check_open(step::session); !err.empty()) {
      promise.deliver(std::move(err));
      return promise;
    }
    compat::request(self_, *carrier_, caf::infinite, probe_atom_v)
      .then([promise]() mutable { promise.deliver(); },
            [this, promise](const caf::error& reason) mutable {
              promise.deliver(
                in_words(reason, errc::connection_lost, step::session));
            });
    return promise;
  }

  // -- times ------------------------------------------------------------------

  /// netconfd (OpenYuma) leaves a request that it has read together with our
  /// hello until it reads more.
  void nudge() {
    nudge_due_ = io::never;
    heard_ = true;
    messages_->begin_frame();
    flush();
  }

  void arm(clock::time_point at) {
    if (at >= armed_)
      return;
    armed_ = at;
    alarm_.set_deadline(at);
  }

  void look_at_deadlines() {
    auto now = clock::now();
    if (now < armed_)
      return;
    armed_ = io::never;
    if (phase_ == phase::opening && hello_due_ <= now) {
      fail_open(error_of(errc::timeout, step::hello, "no hello of the server"));
      return;
    }
    if (phase_ == phase::closing && farewell_due_ <= now) {
      say_goodbye();
      return;
    }
    if (phase_ == phase::open)
      give_up_if([now](const running& x) { return x.deadline <= now; },
                 errc::timeout, "the server has not answered");
    if (phase_ == phase::over)
      return;
    if (nudge_due_ <= now)
      nudge();
    auto next = std::min({hello_due_, farewell_due_, nudge_due_});
    for (const auto& [id, x] : running_)
      next = std::min(next, x.deadline);
    arm(next);
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
    fail_running(errc::closed, step::close, "the session is closing");
    // The answer is behind what was held up.
    release_held();
    farewell_ = messages_->submit_close();
    farewell_due_ = clock::now() + close_timeout;
    flush();
    if (farewell_ == 0)
      say_goodbye();
    else
      arm(farewell_due_);
    return promise;
  }

  /// The server knows that the session is over, or will never know.
  void say_goodbye() {
    if (phase_ != phase::closing || std::exchange(parted_, true))
      return;
    farewell_due_ = io::never;
    if (!carrier_.owned()) {
      leave(caf::exit_reason::normal);
      return;
    }
    // Closes the connection in good order; it has a limit for that.
    auto go = [this] { leave(caf::exit_reason::normal); };
    compat::request(self_, *carrier_, caf::infinite, caf::close_atom_v)
      .then([go] { go(); }, [go](const caf::error&) { go(); });
  }

  // Answers what is asked, frees what is held, ends.
  void leave(const caf::error& reason) {
    if (std::exchange(phase_, phase::over) == phase::over)
      return;
    answer_all(reason);
    drop_subsystem();
    alarm_.set_deadline(io::never);
    self_->quit(reason);
  }

  void answer_all(const caf::error& reason) {
    const auto [code, cause] = session_end{reason};
    // What was asked has nothing to do with why the session broke.
    auto is_lost = code == errc::protocol_error || code == errc::output_limit;
    fail_running(is_lost ? errc::connection_lost : code, step::execute, cause);
    release_held();
    if (opened_.pending())
      answer_open(error_of(code, step::open, cause));
    if (closed_.pending())
      closed_.deliver();
  }

  void fail_running(errc code, step at, const std::string& cause) {
    for (auto& [id, x] : std::exchange(running_, {}))
      x.promise.deliver(error_of(code, at, cause));
  }

  /// A carrier that is shared goes on.
  void drop_subsystem() {
    if (auto stream = std::exchange(subsystem_, nullptr))
      caf::anon_send_exit(stream, caf::exit_reason::user_shutdown);
  }

  // -- errors -----------------------------------------------------------------

  caf::error error_of(errc code, step at, std::string cause) const {
    return make_error(code, {key_, at, std::move(cause)});
  }

  /// Returns an error of tieline, whatever it was.
  caf::error in_words(const caf::error& reason, errc otherwise, step at) const {
    if (code_of(reason) != errc::none)
      return with_key(reason, key_);
    return error_of(otherwise, at, "the SSH session has ended");
  }

  full_actor::pointer self_;
  connection_key key_;
  netconf_options options_;
  io::open_steps<full_actor::pointer> steps_;
  ssh::carrier_lease<std::remove_pointer_t<full_actor::pointer>> carrier_;
  io::registration alarm_;
  phase phase_ = phase::fresh;
  ssh::stream_actor subsystem_;
  std::optional<message_layer> messages_;
  std::string error_output_;
  open_promise opened_;
  std::map<uint64_t, running> running_;
  /// Chunks of the stream that are not answered, since a sink is full.
  std::vector<void_promise> held_;
  clock::time_point hello_due_ = io::never;
  /// The server has answered a request, or was nudged.
  bool heard_ = false;
  clock::time_point nudge_due_ = io::never;
  void_promise closed_;
  /// Of the close-session.
  uint64_t farewell_ = 0;
  bool parted_ = false;
  clock::time_point farewell_due_ = io::never;
  /// When the deadlines are looked at next.
  clock::time_point armed_ = io::never;
};

} // namespace

transport_actor spawn_session(caf::actor_system& sys, connection_key key,
                              const netconf_options& defaults,
                              ssh_factory_actor ssh, bool ssh_tells_steps,
                              std::shared_ptr<io::poller> poller) {
  using impl = full_actor::stateful_impl<session_state>;
  return sys.spawn<impl>(std::move(key), defaults, std::move(ssh),
                         ssh_tells_steps, std::move(poller));
}

} // namespace tieline::netconf
