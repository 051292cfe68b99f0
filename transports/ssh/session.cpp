#include "tieline/transports/ssh/session.hpp"

#include "tieline/messages/options/canonical_params.hpp"
#include "tieline/messages/support/host_port.hpp"
#include "tieline/messages/support/keyed_mark.hpp"
#include "tieline/messages/support/printable.hpp"
#include "tieline/messages/support/text.hpp"
#include "tieline/transports/io/open_steps.hpp"
#include "tieline/transports/io/poller.hpp"
#include "tieline/transports/io/stream_pair.hpp"
#include "tieline/transports/jump_failure.hpp"
#include "tieline/transports/session_end.hpp"
#include "tieline/transports/ssh/config_values.hpp"
#include "tieline/transports/ssh/diagnosis.hpp"
#include "tieline/transports/ssh/flood_guard.hpp"
#include "tieline/transports/ssh/keepalive.hpp"
#include "tieline/transports/ssh/multiplexer.hpp"
#include "tieline/transports/ssh/opening.hpp"
#include "tieline/transports/ssh/preparation.hpp"
#include "tieline/transports/ssh/proxy_jump.hpp"

#include <caf/deep_to_string.hpp>
#include <caf/logger.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tieline::ssh {

namespace {

// For a peer that reads no more; what is left is dropped then.
constexpr auto flush_timeout = std::chrono::seconds{1};

// For sinks that have not taken all when the peer ends the session.
constexpr auto sink_patience = std::chrono::seconds{10};

// For the answer that shows that the server counts us as logged in.
constexpr auto welcome_timeout = std::chrono::seconds{1};

/// Tells sessions apart: the same for params that mean the same. It is all that
/// an open session needs to keep of them.
keyed_mark identity_of(const connection_params& params,
                       const plugin_traits& plugin) {
  auto where = canonical(params, plugin);
  auto port = where.port ? std::to_string(*where.port) : std::string{};
  std::vector<std::string_view> parts{where.hostname, port, params.username,
                                      params.password.reveal(),
                                      params.platform};
  for (const auto& [name, value] : where.extras)
    if (name != "credential_refused") {
      parts.emplace_back(name);
      parts.emplace_back(value);
    }
  std::vector<std::string> hops;
  for (const auto& x : params.via)
    hops.push_back(to_string(x.key) + ' ' + identity_of(x.params, {}).hex());
  parts.insert(parts.end(), hops.begin(), hops.end());
  if (params.password.given() && params.password.empty())
    parts.emplace_back("an empty password");
  parts.emplace_back("secrets");
  for (const auto& [name, value] : params.secrets)
    if (!value.empty()) {
      parts.emplace_back(name);
      parts.emplace_back(value.reveal());
    }
  return make_keyed_mark(parts);
}

bool is_stdin_eof(std::string_view attribute) {
  return attribute == "stdin-eof" || attribute == "stdin_eof";
}

using session_actor
  = carrier_actor::extend<caf::result<void>(cancel_atom, uint64_t)>;

class session_state {
public:
  static inline const char* name = "tieline.ssh";

  session_state(session_actor::pointer self, connection_key key,
                ssh_options defaults, std::shared_ptr<helpers> shared)
    : self_(self),
      key_(std::move(key)),
      defaults_(std::move(defaults)),
      helpers_(std::move(shared)),
      steps_(self) {
    // nop
  }

  session_actor::behavior_type make_behavior() {
    end_by_exceptions(self_, key_,
                      [this](const caf::error& reason) { answer_all(reason); });
    return compat::trap_exit<session_actor::behavior_type>(
      self_, [this](const caf::error& reason) { abort(reason); },
      [this](caf::open_atom, const connection_params& params) {
        return open(params);
      },
      [this](caf::open_atom, const connection_params& params,
             step_listener_actor& listener) {
        steps_.report_to(std::move(listener));
        return open(params);
      },
      [this](execute_atom, request& what) { return execute(std::move(what)); },
      [this](cancel_atom, uint64_t number) { cancel(number); },
      [this](probe_atom) { return probe(); },
      [this](subsystem_atom, std::string& name, const sink_actor& to) {
        program what;
        what.what = program::kind::subsystem;
        what.name = std::move(name);
        return start(std::move(what), to);
      },
      [this](caf::spawn_atom, uint32_t columns, uint32_t rows,
             const sink_actor& to) {
        program what;
        what.what = program::kind::shell;
        what.columns = static_cast<int>(columns);
        what.rows = static_cast<int>(rows);
        return start(std::move(what), to);
      },
      [this](put_atom, const std::string& input) { return put(input); },
      [this](caf::forward_atom, std::string& host, uint16_t port,
             shared_stream& stream) {
        return forward(std::move(host), port, std::move(stream));
      },
      [this](share_atom, const connection_params& params) {
        return phase_ == phase::open
               && identity_of(params, helpers_->traits) == identity_;
      },
      [this](caf::close_atom) { return close(); });
  }

private:
  using open_promise = caf::typed_response_promise<session_traits>;
  using reply_promise = caf::typed_response_promise<reply>;
  using void_promise = caf::typed_response_promise<void>;

  /// What is to be told of config files when the session is open.
  struct config_notices {
    std::vector<std::string> files;
    bool exec = false;
    std::vector<std::string> texts;
  };

  struct waiting_probe {
    // How much had arrived before it.
    uint64_t arrived;
    void_promise promise;
  };

  enum class phase {
    fresh,
    // The credential that the params name, and config files, are read.
    preparing,
    opening,
    open,
    // Closed, but for the streams that others run on it.
    carrying,
    closing,
    over,
  };

  caf::result<session_traits> open(const connection_params& params) {
    auto promise = self_->make_response_promise<open_promise>();
    if (phase_ != phase::fresh) {
      promise.deliver(make_error(errc::invalid_request,
                                 {key_, step::open, "was opened before"}));
      return promise;
    }
    opened_ = promise;
    identity_ = identity_of(params, helpers_->traits);
    registration_ = std::make_unique<io::registration>(helpers_->poller,
                                                       self_->address(),
                                                       [this] { wake(); });
    if (names_credential(params))
      look_up(params);
    else
      begin(params);
    return promise;
  }

  /// Sets the deadline for what comes before the opening itself.
  void limit(io::clock::time_point due) {
    prepare_due_ = due;
    registration_->set_deadline(due);
  }

  void look_up(const connection_params& params) {
    phase_ = phase::preparing;
    steps_.begin(step::prepare);
    limit(io::clock::now() + defaults_.auth_timeout);
    helpers_->credentials.complete(
      key_, params, self_->address(),
      [this](const caf::expected<connection_params>& completed) {
        if (phase_ != phase::preparing)
          return;
        limit(io::never);
        if (!completed) {
          fail_open(completed.error());
          return;
        }
        mark_ = mark_of(*completed);
        begin(*completed);
      });
  }

  void begin(const connection_params& params) {
    auto exec = false;
    auto files = config_files_of(params, defaults_, exec);
    if (files.empty()) {
      begin(params, nullptr);
      return;
    }
    phase_ = phase::preparing;
    steps_.begin(step::prepare);
    limit(io::clock::now() + defaults_.auth_timeout);
    helpers_->configs.find(
      files, exec, {params.hostname, params.username, params.port},
      self_->address(), [this, params, files, exec](const host_config& found) {
        // As in opening.cpp, not CAF_LOG_WARNING.
        for (const auto& x : found.notices)
          CAF_LOG_IMPL("tieline.ssh", CAF_LOG_LEVEL_WARNING, printable(x));
        notices_ = {files, exec, found.notices};
        if (phase_ != phase::preparing) {
          keep_notices();
          return;
        }
        limit(io::never);
        if (!found.error.empty()) {
          fail_open(make_error(found.code, {key_, step::open, found.error}));
          return;
        }
        begin(params, &found.says);
      });
  }

  void begin(const connection_params& params, const config::evaluation* says) {
    auto who = make_profile(key_, params, defaults_, says);
    if (!who) {
      fail_open(who.error());
      return;
    }
    if (says != nullptr)
      for (const auto& x : values_of(*says))
        if (x.line > 0)
          configured_.push_back(to_string(x));
    options_ = who->options;
    endpoint_ = host_port(who->host, who->port);
    if (!who->proxy_jump.empty()) {
      proxy_chain chain{params};
      find_way(params, std::move(*who), chain);
    } else {
      jump(std::move(*who));
    }
  }

  /// Files may say of each hop how it is reached itself.
  void find_way(const connection_params& params, profile who,
                proxy_chain chain) {
    auto wrong = chain.prepend(who.proxy_jump);
    if (!wrong.empty()) {
      fail_open(make_error(errc::invalid_params,
                           {key_, step::jump, who.proxy_jump_place + wrong}));
      return;
    }
    phase_ = phase::preparing;
    limit(io::clock::now() + defaults_.auth_timeout);
    auto exec = false;
    auto files = config_files_of(params, defaults_, exec);
    const auto& nearest = chain.nearest();
    config::query asked{nearest.hostname, nearest.username, nearest.port};
    helpers_->configs.find(
      files, exec, std::move(asked), self_->address(),
      [this, params, who = std::move(who),
       chain](const host_config& found) mutable {
        if (phase_ != phase::preparing)
          return;
        limit(io::never);
        if (!found.error.empty()) {
          fail_open(make_error(found.code, {key_, step::jump, found.error}));
          return;
        }
        who.proxy_jump.clear();
        if (const auto* jump = found.says.said(config::keyword::proxy_jump)) {
          who.proxy_jump = jump->value();
          who.proxy_jump_place
            = to_string(config::problem{jump->places.front(), "ProxyJump: "});
          find_way(params, std::move(who), std::move(chain));
          return;
        }
        who.via = chain.hops();
        jump(std::move(who));
      });
  }

  void jump(profile who) {
    if (who.via.empty()) {
      open_socket(std::move(who), -1);
      return;
    }
    phase_ = phase::preparing;
    hop_ = who.via.back().key;
    auto via = who.via;
    steps_.jump(key_, std::move(via),
                [this, who = std::move(who)](
                  const caf::expected<forwarder_actor>& found) mutable {
                  if (phase_ != phase::preparing)
                    return;
                  if (!found)
                    fail_open(found.error());
                  else
                    connect_through(*found, std::move(who));
                });
  }

  /// Has the jump host connect us.
  void connect_through(const forwarder_actor& hop, profile who) {
    auto ends = io::make_stream_pair();
    if (ends.near < 0) {
      fail_open(make_error(errc::transport_failed,
                           {key_, step::connect, "no descriptor is left"}));
      return;
    }
    near_ = ends.near;
    way_ = ends.far;
    steps_.begin(step::connect);
    limit(io::clock::now() + who.options.connect_timeout);
    auto host = who.host;
    auto port = who.port;
    compat::request(self_, hop, caf::infinite, caf::forward_atom_v,
                    std::move(host), port, way_)
      .then(
        [this, who = std::move(who)]() mutable {
          if (phase_ != phase::preparing || near_ < 0)
            return;
          limit(io::never);
          open_socket(std::move(who), std::exchange(near_, -1));
        },
        [this](const caf::error& reason) {
          if (phase_ == phase::preparing)
            fail_open(behind_hop(key_, hop_, reason));
        });
  }

  /// @param fd connected to the host, or -1
  void open_socket(profile who, int fd) {
    opening_ = std::make_shared<opening>(
      std::move(who), fd, helpers_, self_->address(), *registration_,
      [this](step what) { steps_.begin(what); },
      [this](step what, std::function<void(const caf::error&)> then) {
        steps_.ask(what, std::move(then));
      },
      [this](std::shared_ptr<libssh_session> session,
             const caf::error& reason) { opened(std::move(session), reason); });
    phase_ = phase::opening;
    opening_->start();
  }

  /// What nobody was told is for the next session to tell.
  void keep_notices() {
    if (!notices_.texts.empty())
      helpers_->configs.give_back(notices_.files, notices_.exec,
                                  std::exchange(notices_.texts, {}));
  }

  session_traits traits() {
    auto notices = std::exchange(notices_.texts, {});
    if (auto weak = libssh_->weak_algorithms(); !weak.empty())
      notices.push_back("needs the option legacy: " + weak);
    return {commands_->concurrency(), std::move(notices),
            std::move(configured_)};
  }

  void fail_open(const caf::error& reason) {
    answer_open(reason);
    leave(reason);
  }

  template <class Outcome>
  void answer_open(const Outcome& outcome) {
    steps_.end();
    opened_.deliver(outcome);
  }

  void opened(std::shared_ptr<libssh_session> session,
              const caf::error& reason) {
    opening_ = nullptr;
    if (!session) {
      auto by_hop = lost_by_hop();
      fail_open(by_hop ? by_hop : with_mark(reason, mark_));
      return;
    }
    phase_ = phase::open;
    libssh_ = std::move(session);
    commands_ = std::make_unique<multiplexer>(key_, libssh_, options_,
                                              helpers_->known_hang_ups,
                                              endpoint_);
    life_.emplace(options_.keepalive_interval, options_.keepalive_count,
                  io::clock::now());
    flood_.emplace(io::clock::now());
    await_welcome();
    serve();
  }

  // sshd counts us among those that log in (MaxStartups) until a little after
  // it has told us of our success: who opens the next session by then may be
  // one too many. Who answers a request is past that.
  void await_welcome() {
    auto counts = libssh_->banner().find("OpenSSH") != std::string::npos;
    if (counts && options_.keepalive_interval.count() > 0 && ask()) {
      welcome_due_ = io::clock::now() + welcome_timeout;
      steps_.begin(step::session);
    } else {
      answer_open(traits());
    }
  }

  void welcome() {
    // That it can be asked again tells its answer from all else it may send.
    if (!opened_.pending() || (io::clock::now() < welcome_due_ && !ask()))
      return;
    welcome_due_ = io::never;
    answer_open(traits());
  }

  caf::result<reply> execute(request what) {
    auto promise = self_->make_response_promise<reply_promise>();
    if (auto err = check(what); !err.empty()) {
      promise.deliver(std::move(err));
      return promise;
    }
    program command;
    command.name = std::move(what.body);
    command.input_end = options_.stdin_eof;
    for (const auto& [name, value] : what.attributes)
      if (is_stdin_eof(name))
        from_string(value, command.input_end);
    if (auto input = what.attributes.find("stdin");
        input != what.attributes.end())
      command.input = std::move(input->second);
    command.output_limit = what.output_limit;
    if (what.sink)
      command.writer = writer_to(*what.sink);
    commands_->submit(std::move(command), what.timeout, promise, {},
                      what.number);
    serve();
    return promise;
  }

  void cancel(uint64_t number) {
    if (phase_ == phase::open && commands_->cancel(number))
      serve();
  }

  caf::result<reply> start(program what, const sink_actor& to) {
    // Before the promise takes it.
    auto owner = caf::actor_cast<caf::actor_addr>(self_->current_sender());
    auto promise = self_->make_response_promise<reply_promise>();
    if (auto err = check_open(step::execute); !err.empty()) {
      promise.deliver(std::move(err));
      return promise;
    }
    what.interactive = true;
    what.writer = writer_to(to);
    commands_->submit(std::move(what), caf::timespan{0}, promise, owner);
    serve();
    return promise;
  }

  caf::result<void> put(const std::string& input) {
    auto owner = caf::actor_cast<caf::actor_addr>(self_->current_sender());
    auto promise = self_->make_response_promise<void_promise>();
    auto err = check_open(step::execute);
    if (!err.empty() && phase_ != phase::carrying) {
      promise.deliver(std::move(err));
    } else if (commands_->put(owner, input, promise)) {
      serve();
    } else {
      promise.deliver(make_error(errc::canceled, {key_, step::execute,
                                                  "the stream has ended"}));
    }
    return promise;
  }

  std::shared_ptr<io::sink_writer> writer_to(const sink_actor& to) {
    return io::sink_writer::make(self_, to, [this] {
      if (phase_ == phase::open || phase_ == phase::carrying)
        serve();
    });
  }

  caf::result<void> forward(std::string host, uint16_t port,
                            shared_stream stream) {
    auto promise = self_->make_response_promise<void_promise>();
    if (auto err = check_open(step::channel); !err.empty()) {
      promise.deliver(std::move(err));
      return promise;
    }
    if (!forwards_)
      forwards_ = std::make_shared<std::function<void()>>([this] {
        if (phase_ == phase::open || phase_ == phase::carrying)
          serve();
      });
    commands_->forwarded().add(std::move(host), port, std::move(stream),
                               helpers_->poller, self_->address(), forwards_,
                               promise);
    serve();
    return promise;
  }

  caf::error check_open(step at) const {
    if (phase_ == phase::carrying || phase_ == phase::closing
        || phase_ == phase::over)
      return make_error(errc::closed, {key_, at, "the session is closing"});
    if (phase_ != phase::open)
      return make_error(errc::not_open, {key_, at, "the session is not open"});
    return {};
  }

  caf::error check(const request& what) const {
    auto error = [this](errc code, std::string cause) {
      return make_error(code, {key_, step::execute, std::move(cause)});
    };
    if (auto err = check_open(step::execute); !err.empty())
      return err;
    if (what.body.empty() || what.body.find('\0') != std::string::npos)
      return error(errc::invalid_request, "body: is empty or has a NUL byte");
    for (const auto& [name, value] : what.attributes) {
      stdin_eof end;
      if (is_stdin_eof(name) && !from_string(value, end))
        return error(errc::invalid_request,
                     "attributes." + name
                       + ": must be one of late, at_once, "
                         "never, not "
                       + in_quotes(value));
      if (name != "stdin" && !is_stdin_eof(name))
        return error(errc::invalid_request,
                     "attributes." + name
                       + ": unknown; there are stdin, stdin-eof");
    }
    return {};
  }

  caf::result<void> probe() {
    auto promise = self_->make_response_promise<void_promise>();
    if (auto err = check_open(step::session); !err.empty()) {
      promise.deliver(std::move(err));
      return promise;
    }
    // What is here by now proves nothing any more.
    auto arrived = libssh_->arrived();
    if (!ask_anyhow() && !life_->waits(libssh_->received())) {
      // It cannot be asked. To take it for dead would cost it each request
      // after a while of idleness; the request itself will show.
      promise.deliver();
      return promise;
    }
    probes_.push_back({arrived, promise});
    serve();
    return promise;
  }

  caf::result<void> close() {
    auto promise = self_->make_response_promise<void_promise>();
    if (phase_ == phase::open) {
      phase_ = phase::carrying;
      commands_->fail_commands(errc::closed, step::close,
                               "the session is closing");
      fail_probes(check_open(step::close));
      if (commands_->carries()) {
        // A stream to another host needs us, and has no handle.
        keep_ = caf::actor_cast<caf::strong_actor_ptr>(self_);
        promise.deliver();
        serve();
        return promise;
      }
      closed_ = promise;
      begin_flush();
      return promise;
    }
    if (phase_ == phase::carrying || phase_ == phase::closing) {
      promise.deliver(
        make_error(errc::closed, {key_, step::close, "is closing already"}));
      return promise;
    }
    if (phase_ == phase::opening)
      opening_->cancel();
    promise.deliver();
    leave(caf::exit_reason::normal);
    return promise;
  }

  void wake() {
    switch (phase_) {
      case phase::fresh:
      case phase::over:
        break;
      case phase::preparing:
        if (io::clock::now() < prepare_due_)
          break;
        if (near_ >= 0)
          fail_open(
            make_error(errc::timeout, {key_, step::connect,
                                       "no connection through "
                                         + to_string(hop_) + " in time"}));
        else
          fail_open(make_error(errc::timeout,
                               {key_, step::prepare,
                                "what the params name was not read in time"}));
        break;
      case phase::opening:
        opening_->wake();
        break;
      case phase::open:
      case phase::carrying:
        libssh_->quick_ack();
        commands_->expire();
        if (armed_ <= io::clock::now())
          armed_ = io::never;
        serve();
        break;
      case phase::closing:
        flush();
        break;
    }
  }

  void serve() {
    for (;;) {
      auto progress = commands_->serve();
      if (progress == multiplexer::progress::settling) {
        settle();
        return;
      }
      if (progress == multiplexer::progress::lost) {
        lost();
        return;
      }
      auto served = libssh_->received();
      if (flood_->judge(io::clock::now(), served, libssh_->useful())) {
        flooded();
        return;
      }
      welcome();
      answer_probes();
      auto decision = life_->judge(io::clock::now(), libssh_->received());
      if (decision == keepalive::decision::lost) {
        lost("no sign of life for " + caf::deep_to_string(life_->patience())
             + " after a keepalive");
        return;
      }
      if (decision == keepalive::decision::ask)
        ask_anyhow();
      // Else once more: libssh may have read what the socket tells only once.
      else if (libssh_->received() == served)
        break;
    }
    if (phase_ == phase::carrying && !commands_->carries())
      begin_flush();
    else
      wait();
  }

  // The sinks wake it.
  void settle() {
    auto now = io::clock::now();
    settle_deadline_ = std::min(settle_deadline_, now + sink_patience);
    if (now >= settle_deadline_)
      lost();
    else
      registration_->set_deadline(
        std::min(commands_->deadline(), settle_deadline_));
  }

  void wait() {
    auto deadline
      = std::min({commands_->deadline(), life_->deadline(), welcome_due_});
    if (deadline != armed_) {
      armed_ = deadline;
      registration_->set_deadline(deadline);
    }
    if (libssh_->ended() || !registration_->rearm(libssh_->events()))
      lost();
  }

  // Who has spoken since it was asked, but has left that open, is asked in
  // another way.
  bool ask_anyhow() {
    if (ask())
      return true;
    if (libssh_->dead() || life_->waits(libssh_->received()))
      return false;
    auto received = libssh_->ask_by_channel();
    if (received)
      life_->asked(io::clock::now(), *received);
    return received.has_value();
  }

  bool ask() {
    auto received = libssh_->ask();
    if (received)
      life_->asked(io::clock::now(), *received);
    return received.has_value();
  }

  void answer_probes() {
    while (!probes_.empty() && probes_.front().arrived < libssh_->received()) {
      probes_.front().promise.deliver();
      probes_.pop_front();
    }
  }

  void fail_probes(const caf::error& reason) {
    for (auto& x : std::exchange(probes_, {}))
      x.promise.deliver(reason);
  }

  /// Returns the error if it is the jump host that was lost.
  caf::error lost_by_hop() const {
    auto why = way_ ? way_->lost() : caf::error{};
    return why ? behind_hop(key_, hop_, why) : caf::error{};
  }

  void lost() {
    if (auto by_hop = lost_by_hop()) {
      leave(by_hop);
      return;
    }
    commands_->hung_up();
    auto cause = libssh_->error();
    auto orderly = !commands_->has_begun() && is_end_by_peer(cause);
    failure why{key_, step::session,
                cause.empty() ? "the peer is gone"
                              : printable(cause, max_told)};
    if (orderly)
      why.details["ended"] = "by the peer";
    leave(make_error(errc::connection_lost, std::move(why)));
  }

  void lost(std::string cause) {
    leave(make_error(errc::connection_lost,
                     {key_, step::session, std::move(cause)}));
  }

  void flooded() {
    leave(make_error(errc::protocol_error,
                     {key_, step::session,
                      "the server sends on and on what nobody has asked for"}));
  }

  void begin_flush() {
    phase_ = phase::closing;
    // The disconnect takes the channels with it.
    commands_->fail_all(errc::closed, step::close, "the session is closing");
    flush_deadline_ = io::clock::now() + flush_timeout;
    registration_->set_deadline(flush_deadline_);
    flush();
  }

  // What libssh still has to send goes first: its disconnect drops it.
  void flush() {
    auto late = [this] { return io::clock::now() >= flush_deadline_; };
    while (!libssh_->dead() && libssh_->pump() == SSH_OK && !late()) {
      // Reads on: an answer may be what makes room for the rest.
    }
    if (!libssh_->dead() && libssh_->write_pending() && !late()
        && registration_->rearm(libssh_->events()))
      return;
    libssh_->disconnect();
    leave(caf::exit_reason::normal);
  }

  void abort(const caf::error& reason) {
    // Who has closed it lets go of it so; it is others who need it still.
    if (phase_ != phase::carrying)
      leave(reason);
  }

  // Answers what is asked, frees what is held, ends.
  void leave(const caf::error& reason) {
    if (std::exchange(phase_, phase::over) == phase::over)
      return;
    if (opening_)
      opening_->cancel();
    answer_all(reason);
    keep_notices();
    if (auto fd = std::exchange(near_, -1); fd >= 0)
      ::close(fd);
    if (registration_)
      registration_->forget();
    commands_ = nullptr;
    libssh_ = nullptr;
    keep_ = nullptr;
    self_->quit(reason);
  }

  void answer_all(const caf::error& reason) {
    const auto [code, cause] = session_end{reason};
    auto by_hop = failure_of(reason).at == step::jump;
    if (commands_)
      commands_->fail_all(code, by_hop ? step::jump : step::execute, cause);
    fail_probes(make_error(code, {key_, step::session, cause}));
    if (opened_.pending())
      answer_open(make_error(code, {key_, step::open, cause}));
    if (closed_.pending())
      closed_.deliver();
  }

  session_actor::pointer self_;
  connection_key key_;
  /// Of the params that it was opened with.
  keyed_mark identity_;
  /// Of the credential that the params name.
  std::string mark_;
  ssh_options defaults_;
  ssh_options options_;
  std::string endpoint_;
  std::shared_ptr<helpers> helpers_;
  phase phase_ = phase::fresh;
  // Before what uses it.
  std::unique_ptr<io::registration> registration_;
  std::shared_ptr<opening> opening_;
  open_promise opened_;
  config_notices notices_;
  /// What files have set.
  std::vector<std::string> configured_;
  io::clock::time_point prepare_due_ = io::never;
  io::open_steps<session_actor::pointer> steps_;
  std::shared_ptr<libssh_session> libssh_;
  std::unique_ptr<multiplexer> commands_;
  std::optional<keepalive> life_;
  std::optional<flood_guard> flood_;
  std::deque<waiting_probe> probes_;
  /// What a stream to another host calls when it is ready.
  std::shared_ptr<std::function<void()>> forwards_;
  /// Our own way through a jump host; null: there is none.
  shared_stream way_;
  /// The end of it that is ours, until libssh has it.
  int near_ = -1;
  connection_key hop_;
  io::clock::time_point welcome_due_ = io::never;
  // The deadline that the registration has.
  io::clock::time_point armed_ = io::never;
  io::clock::time_point settle_deadline_ = io::never;
  void_promise closed_;
  /// Ourselves, as long as others need the session that was closed.
  caf::strong_actor_ptr keep_;
  io::clock::time_point flush_deadline_ = io::never;
};

} // namespace

carrier_actor spawn_session(caf::actor_system& sys, connection_key key,
                            const ssh_options& defaults,
                            std::shared_ptr<helpers> shared) {
  using impl = session_actor::stateful_impl<session_state>;
  return sys.spawn<impl>(std::move(key), defaults, std::move(shared));
}

} // namespace tieline::ssh
