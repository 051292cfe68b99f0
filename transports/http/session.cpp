#include "tieline/transports/http/session.hpp"

#include "tieline/messages/internal/refusal.hpp"
#include "tieline/messages/support/printable.hpp"
#include "tieline/transports/http/call.hpp"
#include "tieline/transports/http/challenge.hpp"
#include "tieline/transports/http/engine.hpp"
#include "tieline/transports/http/preparation.hpp"
#include "tieline/transports/http/session_actor.hpp"
#include "tieline/transports/http/token_fetcher.hpp"
#include "tieline/transports/http/transfer.hpp"
#include "tieline/transports/io/open_steps.hpp"
#include "tieline/transports/io/poller.hpp"
#include "tieline/transports/io/sink_writer.hpp"
#include "tieline/transports/jump_failure.hpp"
#include "tieline/transports/session_end.hpp"

#include <caf/logger.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tieline::http {

namespace {

using transfer_ptr = std::shared_ptr<transfer>;

// So that requests without end do not keep the actor's other messages waiting.
constexpr int max_rounds = 16;

// Of what only shows that somebody is there.
constexpr uint64_t most_of_an_answer = uint64_t{64} * 1024;

class session_state {
public:
  static inline const char* name = "tieline.http";

  session_state(session_actor::pointer self, connection_key key,
                http_options defaults, std::shared_ptr<helpers> shared)
    : self_(self),
      key_(std::move(key)),
      helpers_(std::move(shared)),
      preparation_(
        key_, std::move(defaults), helpers_, self->address(),
        [this](io::clock::time_point deadline) { note(deadline); },
        [this](step what) { steps_.begin(what); }),
      tokens_(self, helpers_),
      steps_(self) {
    // nop
  }

  session_state(const session_state&) = delete;

  session_state& operator=(const session_state&) = delete;

  ~session_state() {
    drop_all();
  }

  session_actor::behavior_type make_behavior() {
    end_by_exceptions(self_, key_,
                      [this](const caf::error& reason) { answer_all(reason); });
    return compat::trap_exit<session_actor::behavior_type>(
      self_, [this](const caf::error& reason) { leave(reason); },
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
      [this](caf::close_atom) { return close(); });
  }

private:
  using open_promise = caf::typed_response_promise<session_traits>;
  using void_promise = caf::typed_response_promise<void>;

  enum class phase {
    fresh,
    /// What it needs is found out, then its token is fetched.
    preparing,
    /// The first transfer is under way.
    opening,
    open,
    over,
  };

  const profile& who() const {
    return common_->who;
  }

  // -- opening ----------------------------------------------------------------

  caf::result<session_traits> open(const connection_params& params) {
    auto promise = self_->make_response_promise<open_promise>();
    if (phase_ != phase::fresh) {
      promise.deliver(make_error(errc::invalid_request,
                                 {key_, step::open, "was opened before"}));
      return promise;
    }
    opened_ = promise;
    phase_ = phase::preparing;
    clock_ = std::make_unique<io::registration>(helpers_->poller,
                                                self_->address(),
                                                [this] { wake(); });
    preparation_.start(params, [this](const caf::error& reason) {
      if (reason)
        open_failed(reason);
      else
        prepared();
    });
    return promise;
  }

  void prepared() {
    common_ = preparation_.result();
    token_ = std::exchange(common_->who.token, {});
    const auto& options = who().options;
    if (who().tls && !options.verify)
      // Not CAF_LOG_WARNING, which is nothing at all unless CAF was built to
      // log; this asks the host's configuration only.
      CAF_LOG_IMPL("tieline.http", CAF_LOG_LEVEL_WARNING,
                   "the certificate of " + to_string(key_) + " is not checked");
    if (options.auth != http_auth::bearer || !token_.empty()) {
      find_way();
      return;
    }
    steps_.begin(step::auth);
    tokens_.fetch(who(), [this](const caf::expected<secret>& found) {
      if (!found) {
        open_failed(found.error());
        return;
      }
      token_ = *found;
      find_way();
    });
    note(tokens_.deadline());
  }

  void find_way() {
    if (who().via.empty()) {
      ask_to_open();
      return;
    }
    hop_ = who().via.back().key;
    steps_.jump(key_, who().via,
                [this](const caf::expected<forwarder_actor>& found) {
                  if (phase_ != phase::preparing)
                    return;
                  if (!found) {
                    open_failed(found.error());
                    return;
                  }
                  forwarder_ = *found;
                  ask_to_open();
                });
  }

  /// Has the jump host connect one of our sockets.
  void connect(shared_stream stream) {
    auto noted = [stream](const caf::error& reason) {
      // One that has never come to the session of the jump host.
      if (!stream->lost())
        stream->end(reason);
      if (auto fd = stream->take(); fd >= 0)
        ::close(fd);
    };
    compat::request(self_, forwarder_, caf::infinite, caf::forward_atom_v,
                    who().dial_host, who().dial_port, std::move(stream))
      .then([] {}, noted);
  }

  void ask_to_open() {
    phase_ = phase::opening;
    std::function<void(shared_stream)> by_hop;
    if (forwarder_)
      by_hop = [this](shared_stream x) { connect(std::move(x)); };
    engine_ = std::make_unique<engine>(
      helpers_->poller, self_->address(), who().options.max_connections,
      [this] { serve(); }, std::move(by_hop));
    steps_.begin(step::connect);
    ask_to_open("HEAD");
    serve();
  }

  void ask_to_open(const char* method) {
    ask_for_life(step::response, method,
                 [this, method](caf::expected<reply> answer) {
                   opened(std::move(answer), method);
                 });
  }

  /// Returns what to say of a server that let in nobody with our login.
  caf::error refused(const reply& answer, const std::string& method) const {
    const auto& options = who().options;
    auto told = answer.attributes.find("header.www-authenticate");
    auto schemes = told == answer.attributes.end()
                     ? std::vector<std::string>{}
                     : offered_schemes(told->second);
    failure context{key_, step::auth,
                    printable("401 to " + method + ' ' + options.open_path
                                + "; " + describe_offer(schemes),
                              max_told)};
    // Who wants another kind of login has not looked at ours.
    if (!schemes.empty() && !offers(schemes, to_string(options.auth)))
      context.details[credential_detail] = credential_not_refused;
    return with_mark(make_error(errc::auth_failed, std::move(context)),
                     preparation_.mark());
  }

  void opened(caf::expected<reply> answer, const std::string& method) {
    // There is an answer, which is all that is needed; it is only too long.
    if (!answer && method == "GET"
        && code_of(answer.error()) == errc::output_limit)
      answer = reply{};
    if (!answer) {
      auto reason = std::move(answer.error());
      if (code_of(reason) == errc::timeout && method == "HEAD"
          && !who().options.open_path.empty()) {
        auto context = failure_of(reason);
        context.cause += "; some servers never answer HEAD: open-path says "
                         "what to ask for, or nothing if it is empty";
        reason = make_error(errc::timeout, std::move(context));
      }
      open_failed(reason);
      return;
    }
    auto needs_2 = who().options.http_version == http_version::http_2
                   && answer->attributes.count("http_version") > 0;
    auto is_refusal = answer->status == 401
                      && who().options.auth != http_auth::none;
    if (is_refusal && method == "HEAD") {
      // Some servers let in nobody who asks by HEAD.
      ask_to_open("GET");
    } else if (is_refusal) {
      open_failed(refused(*answer, method));
    } else if (needs_2 && answer->attributes["http_version"] != "2") {
      open_failed(
        make_error(errc::no_common_algorithm,
                   {key_, step::response, "the server has no HTTP/2"}));
    } else {
      phase_ = phase::open;
      answer_open(session_traits{who().options.max_requests});
    }
  }

  template <class Outcome>
  void answer_open(const Outcome& outcome) {
    steps_.end();
    opened_.deliver(outcome);
  }

  void open_failed(const caf::error& reason) {
    if (phase_ != phase::preparing && phase_ != phase::opening)
      return;
    // A host that has moved is found with the next attempt.
    if (phase_ == phase::opening)
      helpers_->resolver.forget(who().dial_host, who().dial_port);
    answer_open(reason);
    leave(reason);
  }

  // Has the peer show that it is there.
  void ask_for_life(step at, const char* method, transfer::callback done) {
    const auto& options = who().options;
    call asks;
    asks.method = method;
    asks.path = options.open_path;
    add_fields(asks, who().headers);
    auto what = asks.path.empty() ? transfer::kind::connect
                                  : transfer::kind::request;
    auto x = std::make_shared<transfer>(common_, what, std::move(asks), at,
                                        most_of_an_answer, std::move(done));
    if (phase_ == phase::opening)
      x->on_step = [this](step what) { steps_.begin(what); };
    x->deadline = x->arrived + options.connect_timeout
                  + options.response_timeout;
    note(x->deadline);
    // Ahead of what waits: it is to tell of the peer, not of the queue.
    transfers_.push_front(x);
    start(x);
  }

  // -- requests ---------------------------------------------------------------

  caf::result<reply> execute(request what) {
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<reply>>();
    if (auto err = check_open(step::execute); !err.empty()) {
      promise.deliver(std::move(err));
      return promise;
    }
    call asks;
    if (auto wrong = parse_call(what, asks); !wrong.empty()) {
      promise.deliver(
        make_error(errc::invalid_request,
                   {key_, step::execute, printable(wrong, max_told)}));
      return promise;
    }
    add_fields(asks, who().headers);
    add_media_types(asks, who().options.restconf_root);
    auto x = std::make_shared<transfer>(
      common_, transfer::kind::request, std::move(asks), step::execute,
      what.output_limit, [promise](caf::expected<reply> answer) mutable {
        promise.deliver(std::move(answer));
      });
    x->number = what.number;
    if (what.timeout.count() > 0 && what.timeout < io::never - x->arrived) {
      x->deadline = x->arrived + what.timeout;
      note(x->deadline);
    }
    if (what.sink)
      x->stream_to(io::sink_writer::make(
        self_, *what.sink, [this, weak = std::weak_ptr<transfer>{x}] {
          if (auto x = weak.lock())
            sink_changed(x);
        }));
    transfers_.push_back(std::move(x));
    serve();
    return promise;
  }

  caf::error check_open(step at) const {
    if (phase_ == phase::over)
      return make_error(errc::closed, {key_, at, "the session is closing"});
    if (phase_ != phase::open)
      return make_error(errc::not_open, {key_, at, "the session is not open"});
    return {};
  }

  void cancel(uint64_t number) {
    auto pos = std::find_if(transfers_.begin(), transfers_.end(),
                            [&](const auto& x) { return x->number == number; });
    if (number == 0 || pos == transfers_.end())
      return;
    auto x = *pos;
    x->fail(errc::canceled, step::execute, "canceled");
    drop(x);
    serve();
  }

  void sink_changed(const transfer_ptr& x) {
    if (x->answered())
      return;
    if (x->sink_lost()) {
      x->fail(errc::canceled, step::execute, "the sink takes no more");
      drop(x);
    } else if (x->now == transfer::stage::ended) {
      go_on(x, x->drained());
    } else if (auto code = x->resume(); code != CURLE_OK) {
      finish(x->handle(), code);
    }
    serve();
  }

  caf::result<void> probe() {
    auto promise = self_->make_response_promise<void_promise>();
    if (auto err = check_open(step::session); !err.empty()) {
      promise.deliver(std::move(err));
      return promise;
    }
    ask_for_life(step::session, "HEAD",
                 [this, promise](caf::expected<reply> answer) mutable {
                   if (answer) {
                     promise.deliver();
                     return;
                   }
                   promise.deliver(answer.error());
                   // Perhaps there was only no connection left for it.
                   if (!any_connected())
                     lost(answer.error());
                 });
    serve();
    return promise;
  }

  caf::result<void> close() {
    auto promise = self_->make_response_promise<void_promise>();
    answer_all(
      make_error(errc::closed, {key_, step::close, "the session is closing"}));
    promise.deliver();
    drop_all();
    self_->quit(caf::exit_reason::normal);
    return promise;
  }

  // -- running ----------------------------------------------------------------

  void wake() {
    expire();
    serve();
  }

  /// Does what can be done now without waiting.
  void serve() {
    if (!engine_ || phase_ == phase::over)
      return;
    // What was started may have all it needs at once.
    for (int i = 0; i < max_rounds; ++i) {
      auto done = engine_->run();
      for (auto [handle, code] : done) {
        finish(handle, code);
        // It may have been the end of the session.
        if (phase_ == phase::over)
          return;
      }
      if (!end_ && engine_->broken())
        end_ = make_error(errc::transport_failed,
                          {key_, step::session, "the system refuses a socket"});
      if (end_) {
        leave(*end_);
        return;
      }
      if (!start_next() && done.empty())
        break;
    }
    clock_->set_deadline(std::min(deadline_, engine_->deadline()));
  }

  bool start_next() {
    auto queued = [](const auto& x) {
      return x->now == transfer::stage::queued;
    };
    auto waiting = std::count_if(transfers_.begin(), transfers_.end(), queued);
    auto room = static_cast<int64_t>(who().options.max_requests) + waiting
                - static_cast<int64_t>(transfers_.size());
    auto any = false;
    for (; waiting > 0 && room > 0; --waiting, --room) {
      start(*std::find_if(transfers_.begin(), transfers_.end(), queued));
      any = true;
    }
    return any;
  }

  void start(transfer_ptr x) {
    auto* handle = take_handle();
    if (handle == nullptr) {
      x->fail(errc::transport_failed, step::execute, "libcurl has no memory");
      drop(x);
      return;
    }
    run(x, handle);
    // libcurl keeps it now, for good.
    common_->resolved.clear();
  }

  void run(const transfer_ptr& x, CURL* handle) {
    engine_->adopt(handle);
    x->set_up(handle, token_, token_version_);
    x->now = transfer::stage::running;
    if (!engine_->add(handle)) {
      x->fail(errc::transport_failed, step::execute, "libcurl refuses it");
      drop(x);
    }
  }

  void finish(CURL* handle, CURLcode code) {
    auto x = transfer::of(handle).shared_from_this();
    engine_->remove(handle);
    x->now = transfer::stage::ended;
    auto by_hop = code != CURLE_OK && forwarder_ ? engine_->take_hop_error()
                                                 : caf::error{};
    if (by_hop) {
      by_hop = behind_hop(key_, hop_, by_hop);
      x->fail(by_hop);
      drop(x);
    } else {
      go_on(x, x->conclude(code));
    }
    if (code != CURLE_OK && phase_ == phase::open && !x->connected()
        && code != CURLE_ABORTED_BY_CALLBACK && !any_connected())
      end_ = make_error(errc::connection_lost,
                        {key_, step_of_loss(by_hop),
                         by_hop ? failure_of(by_hop).cause
                                : "no connection can be made any more"});
  }

  void go_on(const transfer_ptr& x, transfer::next what) {
    switch (what) {
      case transfer::next::answered:
        drop(x);
        break;
      case transfer::next::again:
        run(x, x->release());
        break;
      case transfer::next::refresh:
        refresh(x);
        break;
      case transfer::next::drain:
        break;
    }
  }

  // Returns whether a request, not a probe, is under way on a connection.
  bool any_connected() const {
    return std::any_of(transfers_.begin(), transfers_.end(), [](const auto& x) {
      return x->connected() && x->at() == step::execute;
    });
  }

  // By value: it may be the list's own.
  void drop(transfer_ptr x) {
    if (x->now == transfer::stage::running)
      engine_->remove(x->handle());
    if (x->handle() != nullptr)
      spare_.push_back(x->release());
    transfers_.remove(x);
  }

  CURL* take_handle() {
    if (spare_.empty())
      return curl_easy_init();
    auto* result = spare_.back();
    spare_.pop_back();
    return result;
  }

  void note(io::clock::time_point deadline) {
    if (deadline >= deadline_)
      return;
    deadline_ = deadline;
    clock_->set_deadline(deadline);
  }

  void expire() {
    auto now = io::clock::now();
    if (now < deadline_ || phase_ == phase::over)
      return;
    preparation_.expire(now);
    tokens_.expire(now);
    if (phase_ == phase::over)
      return;
    deadline_ = std::min(preparation_.deadline(), tokens_.deadline());
    std::vector<transfer_ptr> late;
    for (const auto& x : transfers_)
      if (x->deadline <= now)
        late.push_back(x);
      else
        deadline_ = std::min(deadline_, x->deadline);
    for (const auto& x : late) {
      x->fail(errc::timeout, x->at(),
              x->now == transfer::stage::queued
                ? "too many others are under way"
                : "no complete answer in time");
      if (phase_ == phase::over)
        return;
      drop(x);
    }
  }

  // One look for all whose token was refused meanwhile.
  void refresh(const transfer_ptr& x) {
    x->note_refreshed();
    // Somebody else's refusal has brought another one since.
    if (x->token_version() != token_version_) {
      run(x, x->release());
      return;
    }
    x->now = transfer::stage::refused;
    if (tokens_.busy())
      return;
    tokens_.fetch(who(), [this](const caf::expected<secret>& found) {
      auto better = found && *found != token_;
      if (better) {
        token_ = *found;
        ++token_version_;
      }
      std::vector<transfer_ptr> refused;
      for (const auto& x : transfers_)
        if (x->now == transfer::stage::refused)
          refused.push_back(x);
      for (const auto& x : refused) {
        x->now = transfer::stage::ended;
        go_on(x, better ? transfer::next::again : x->settle());
        if (phase_ == phase::over)
          return;
      }
      serve();
    });
    note(tokens_.deadline());
  }

  // -- ends -------------------------------------------------------------------

  // Not at once: others may be on their way to be answered.
  void lost(const caf::error& reason) {
    if (phase_ == phase::open && !end_)
      end_ = make_error(errc::connection_lost,
                        {key_, step::session, failure_of(reason).cause});
  }

  // Answers what is asked, frees what is held, ends.
  void leave(const caf::error& reason) {
    if (phase_ == phase::over)
      return;
    answer_all(reason);
    drop_all();
    self_->quit(reason);
  }

  void answer_all(const caf::error& reason) {
    phase_ = phase::over;
    const auto [code, cause] = session_end{reason};
    for (const auto& x : transfers_)
      x->fail(code, x->at(), cause);
    if (opened_.pending())
      answer_open(make_error(code, {key_, step::open, cause}));
  }

  void drop_all() {
    preparation_.stop();
    tokens_.stop();
    while (!transfers_.empty())
      drop(transfers_.front());
    for (auto* handle : std::exchange(spare_, {}))
      curl_easy_cleanup(handle);
    if (engine_)
      engine_->shut();
    if (clock_)
      clock_->set_deadline(io::never);
  }

  session_actor::pointer self_;
  connection_key key_;
  std::shared_ptr<helpers> helpers_;
  phase phase_ = phase::fresh;
  open_promise opened_;
  preparation preparation_;
  // Changed only until the first transfer begins.
  std::shared_ptr<common> common_;
  token_fetcher tokens_;
  io::open_steps<session_actor::pointer> steps_;
  /// What connects its sockets; none: they do so themselves.
  forwarder_actor forwarder_;
  connection_key hop_;
  secret token_;
  /// Tells it from those before it.
  uint64_t token_version_ = 0;
  std::unique_ptr<io::registration> clock_;
  /// The earliest deadline of all, or one that has gone by itself.
  io::clock::time_point deadline_ = io::never;
  std::unique_ptr<engine> engine_;
  /// All that are not answered, in the order in which they are started.
  std::list<transfer_ptr> transfers_;
  /// Handles to use again: setting one up from nothing costs more.
  std::vector<CURL*> spare_;
  /// Why the session is to end, as soon as all that is done is answered.
  std::optional<caf::error> end_;
};

} // namespace

transport_actor spawn_session(caf::actor_system& sys, connection_key key,
                              const http_options& defaults,
                              std::shared_ptr<helpers> shared) {
  using impl = session_actor::stateful_impl<session_state>;
  return sys.spawn<impl>(std::move(key), defaults, std::move(shared));
}

} // namespace tieline::http
