#include "tieline/transports/http/session.hpp"

#include "tieline/transports/http/call.hpp"
#include "tieline/transports/http/engine.hpp"
#include "tieline/transports/http/exchange.hpp"
#include "tieline/transports/http/profile.hpp"
#include "tieline/transports/http/tls.hpp"
#include "tieline/transports/http/token_file.hpp"
#include "tieline/transports/io/outlet.hpp"
#include "tieline/transports/io/poller.hpp"
#include "tieline/transports/io/printable.hpp"

#include <caf/logger.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tieline::http {

namespace {

using exchange_ptr = std::shared_ptr<exchange>;

// So that requests without end do not keep the actor's other messages waiting.
constexpr int max_rounds = 16;

class session_state {
public:
  static inline const char* name = "tieline.http";

  session_state(transport_actor::pointer self, connection_key key,
                http_options defaults, std::shared_ptr<helpers> shared)
    : self_(self),
      key_(std::move(key)),
      defaults_(std::move(defaults)),
      helpers_(std::move(shared)) {
    // nop
  }

  session_state(const session_state&) = delete;

  session_state& operator=(const session_state&) = delete;

  ~session_state() {
    drop_all();
  }

  transport_actor::behavior_type make_behavior() {
    self_->set_exception_handler([this](std::exception_ptr&) {
      // Its text is not ours and may hold anything.
      auto reason = make_error(errc::transport_failed,
                               {key_, step::session, "unexpected exception"});
      answer_all(reason);
      return reason;
    });
    return compat::trap_exit<transport_actor::behavior_type>(
      self_, [this](const caf::error& reason) { leave(reason); },
      [this](caf::open_atom, const connection_params& params) {
        return open(params);
      },
      [this](execute_atom, request& what) { return execute(std::move(what)); },
      [this](probe_atom) { return probe(); },
      [this](caf::close_atom) { return close(); });
  }

private:
  using open_promise = caf::typed_response_promise<session_traits>;
  using void_promise = caf::typed_response_promise<void>;
  using fetch_callback = std::function<void(const caf::expected<secret>&)>;

  enum class phase {
    fresh,
    /// The credential that the params name is read.
    looking_up,
    /// Its files are read and its host's name is looked up, then its token is
    /// asked for.
    preparing,
    /// The first exchange is under way.
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
    clock_ = std::make_unique<io::watch>(helpers_->poller, self_->address(),
                                         [this] { wake(); });
    if (names_credential(params))
      look_up(params);
    else
      begin(params, std::nullopt);
    return promise;
  }

  void look_up(const connection_params& params) {
    phase_ = phase::looking_up;
    prepare_deadline_ = io::clock::now() + defaults_.response_timeout;
    note(prepare_deadline_);
    helpers_->credentials.complete(
      key_, params, self_->address(),
      [this, params](const caf::expected<connection_params>& completed) {
        if (phase_ != phase::looking_up)
          return;
        if (!completed) {
          open_failed(completed.error());
          return;
        }
        mark_ = mark_of(*completed);
        begin(*completed, params);
      });
  }

  /// @param named what `params` were before they were completed, if they were
  void begin(const connection_params& params,
             std::optional<connection_params> named) {
    auto made = make_profile(key_, params, defaults_);
    if (!made) {
      opened_.deliver(made.error());
      leave(made.error());
      return;
    }
    phase_ = phase::preparing;
    made->named = std::move(named);
    common_ = std::make_shared<common>(common{std::move(*made), nullptr, {}});
    token_ = who().token;
    prepare();
  }

  void prepare() {
    const auto& options = who().options;
    if (who().tls && !options.verify)
      // Not CAF_LOG_WARNING, which is nothing at all unless CAF was built to
      // log; this asks the host's configuration only.
      CAF_LOG_IMPL("tieline.http", CAF_LOG_LEVEL_WARNING,
                   "the certificate of " + to_string(key_) + " is not checked");
    prepare_deadline_ = io::clock::now() + options.connect_timeout;
    note(prepare_deadline_);
    waiting_for_ = 2;
    load_tls();
    if (io::parse_address(who().dial_host, who().dial_port)) {
      prepared();
      return;
    }
    preparing_ = step::resolve;
    helpers_->resolver.lookup(
      who().dial_host, who().dial_port, self_->address(),
      [this](const io::resolution& found) { resolved(found); });
  }

  void load_tls() {
    if (!who().tls) {
      prepared();
      return;
    }
    struct result {
      std::shared_ptr<const tls_material> material;
      std::string wrong;
      errc code = errc::invalid_params;
    };
    const auto& options = who().options;
    helpers_->files.ask(
      options.ca_file + options.client_cert_file, self_->address(),
      [session = common_] {
        result x;
        x.material = tls_material::load(session->who, x.wrong);
        return x;
      },
      [](const std::string& why) {
        return result{nullptr, why, errc::transport_failed};
      },
      [this](const result& found) {
        if (!found.material) {
          open_failed(make_error(found.code, {key_, step::open,
                                              io::printable(found.wrong)}));
          return;
        }
        common_->tls = found.material;
        prepared();
      });
  }

  void resolved(const io::resolution& found) {
    if (phase_ != phase::preparing)
      return;
    preparing_ = step::open;
    if (!found.error.empty()) {
      open_failed(make_error(found.code, {key_, step::resolve,
                                          io::printable(found.error)}));
      return;
    }
    auto port = ':' + std::to_string(who().dial_port);
    std::string list;
    for (const auto& x : found.addresses) {
      auto text = to_string(x);
      // libcurl reads no zones here; who needs one gives the address itself.
      if (text.find('%') == std::string::npos)
        list += (list.empty() ? "" : ",")
                + text.substr(0, text.size() - port.size());
    }
    if (list.empty()) {
      open_failed(make_error(errc::resolve_failed,
                             {key_, step::resolve, "only link-local ones"}));
      return;
    }
    common_->resolved = who().dial_host + port + ':' + list;
    prepared();
  }

  void prepared() {
    if (phase_ != phase::preparing || --waiting_for_ > 0)
      return;
    prepare_deadline_ = io::never;
    if (who().options.auth != http_auth::bearer || !token_.empty()) {
      ask_to_open();
      return;
    }
    fetch_token([this](const caf::expected<secret>& found) {
      if (!found) {
        open_failed(found.error());
        return;
      }
      token_ = *found;
      ask_to_open();
    });
  }

  void ask_to_open() {
    phase_ = phase::opening;
    engine_ = std::make_unique<engine>(helpers_->poller, self_->address(),
                                       who().options.max_connections,
                                       [this] { serve(); });
    ask_for_life(step::open, [this](caf::expected<reply> answer) {
      opened(std::move(answer));
    });
    serve();
  }

  void opened(caf::expected<reply> answer) {
    if (!answer) {
      open_failed(answer.error());
      return;
    }
    auto needs_2 = who().options.http_version == http_version::http_2
                   && answer->attributes.count("http_version") > 0;
    if (answer->status == 401 && who().options.auth != http_auth::none) {
      open_failed(
        with_mark(make_error(errc::auth_failed,
                             {key_, step::auth, "the server answered 401"}),
                  mark_));
    } else if (needs_2 && answer->attributes["http_version"] != "2") {
      open_failed(make_error(errc::no_common_algorithm,
                             {key_, step::open, "the server has no HTTP/2"}));
    } else {
      phase_ = phase::open;
      opened_.deliver(session_traits{who().options.max_requests});
    }
  }

  void open_failed(const caf::error& reason) {
    if (phase_ != phase::looking_up && phase_ != phase::preparing
        && phase_ != phase::opening)
      return;
    opened_.deliver(reason);
    leave(reason);
  }

  // Has the peer show that it is there.
  void ask_for_life(step at, exchange::callback done) {
    const auto& options = who().options;
    call asks;
    asks.method = "HEAD";
    asks.path = options.open_path;
    auto what = asks.path.empty() ? exchange::kind::connect
                                  : exchange::kind::request;
    auto x = std::make_shared<exchange>(common_, what, std::move(asks), at, 0,
                                        std::move(done));
    x->deadline = x->arrived + options.connect_timeout
                  + options.response_timeout;
    note(x->deadline);
    // Ahead of what waits: it is to tell of the peer, not of the queue.
    start(std::move(x));
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
      promise.deliver(make_error(errc::invalid_request,
                                 {key_, step::execute, io::printable(wrong)}));
      return promise;
    }
    auto x = std::make_shared<exchange>(
      common_, exchange::kind::request, std::move(asks), step::execute,
      what.output_limit, [promise](caf::expected<reply> answer) mutable {
        promise.deliver(std::move(answer));
      });
    if (what.timeout.count() > 0 && what.timeout < io::never - x->arrived) {
      x->deadline = x->arrived + what.timeout;
      note(x->deadline);
    }
    if (what.sink)
      x->stream_to(io::outlet::make(self_, *what.sink,
                                    [this, weak = std::weak_ptr<exchange>{x}] {
                                      if (auto x = weak.lock())
                                        sink_changed(x);
                                    }));
    queue_.push_back(std::move(x));
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

  void sink_changed(const exchange_ptr& x) {
    if (x->answered())
      return;
    if (x->sink_lost()) {
      x->fail(errc::canceled, step::execute, "the sink takes no more");
      give_up(x);
    } else if (draining_.count(x) > 0) {
      if (x->drained() == exchange::next::answered)
        give_up(x);
    } else if (auto code = x->resume(); code != CURLE_OK) {
      finish(x->transfer(), code);
    }
    serve();
  }

  caf::result<void> probe() {
    auto promise = self_->make_response_promise<void_promise>();
    if (auto err = check_open(step::session); !err.empty()) {
      promise.deliver(std::move(err));
      return promise;
    }
    ask_for_life(step::session,
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
      for (auto [transfer, code] : done) {
        finish(transfer, code);
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
    auto any = false;
    while (!queue_.empty() && running_.size() < who().options.max_requests) {
      auto x = std::move(queue_.front());
      queue_.pop_front();
      start(std::move(x));
      any = true;
    }
    return any;
  }

  void start(exchange_ptr x) {
    auto* transfer = take_transfer();
    if (transfer == nullptr) {
      x->fail(errc::transport_failed, step::execute, "libcurl has no memory");
      return;
    }
    running_.emplace(transfer, x);
    run(x, transfer);
    // libcurl keeps it now, for good.
    common_->resolved.clear();
  }

  void run(const exchange_ptr& x, CURL* transfer) {
    engine_->adopt(transfer);
    x->set_up(transfer, token_);
    if (!engine_->add(transfer)) {
      x->fail(errc::transport_failed, step::execute, "libcurl refuses it");
      give_up(x);
    }
  }

  void run_again(const exchange_ptr& x) {
    auto* transfer = x->release();
    run(x, transfer);
  }

  void finish(CURL* transfer, CURLcode code) {
    auto pos = running_.find(transfer);
    if (pos == running_.end())
      return;
    auto x = pos->second;
    engine_->remove(transfer);
    idle_.insert(x);
    go_on(x, x->conclude(code));
    if (code != CURLE_OK && phase_ == phase::open && !x->connected()
        && code != CURLE_ABORTED_BY_CALLBACK && !any_connected())
      end_ = make_error(errc::connection_lost,
                        {key_, step::session,
                         "no connection can be made any more"});
  }

  void go_on(const exchange_ptr& x, exchange::next what) {
    switch (what) {
      case exchange::next::answered:
        give_up(x);
        break;
      case exchange::next::again:
        idle_.erase(x);
        run_again(x);
        break;
      case exchange::next::refresh:
        refresh(x);
        break;
      case exchange::next::drain:
        draining_.insert(x);
        break;
    }
  }

  // Returns whether a request, not a probe, is under way on a connection.
  bool any_connected() const {
    return std::any_of(running_.begin(), running_.end(), [](const auto& x) {
      return x.second->connected() && x.second->at() == step::execute;
    });
  }

  // Takes what was answered out of wherever it is.
  void give_up(const exchange_ptr& x) {
    auto* transfer = x->transfer();
    if (transfer == nullptr) {
      queue_.erase(std::remove(queue_.begin(), queue_.end(), x), queue_.end());
      return;
    }
    refused_.erase(std::remove(refused_.begin(), refused_.end(), x),
                   refused_.end());
    draining_.erase(x);
    auto idle = idle_.erase(x) > 0;
    running_.erase(transfer);
    if (!idle)
      engine_->remove(transfer);
    spare_.push_back(x->release());
  }

  CURL* take_transfer() {
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
    if (prepare_deadline_ <= now) {
      open_failed(
        make_error(errc::timeout, {key_, preparing_, "no answer in time"}));
      return;
    }
    if (fetch_deadline_ <= now)
      fetched(fetch_number_, token_error("no answer in time"));
    if (phase_ == phase::over)
      return;
    deadline_ = std::min(prepare_deadline_, fetch_deadline_);
    std::vector<exchange_ptr> late;
    auto look = [&](const exchange_ptr& x) {
      if (x->deadline <= now)
        late.push_back(x);
      else
        deadline_ = std::min(deadline_, x->deadline);
    };
    for (const auto& [transfer, x] : running_)
      look(x);
    for (const auto& x : queue_)
      look(x);
    for (const auto& x : late) {
      auto waited = x->transfer() == nullptr;
      x->fail(errc::timeout, x->at(),
              waited ? "too many others are under way"
                     : "no complete answer in time");
      if (phase_ == phase::over)
        return;
      give_up(x);
    }
  }

  // -- tokens -----------------------------------------------------------------

  // One look for all whose token was refused meanwhile.
  void refresh(const exchange_ptr& x) {
    x->note_refreshed();
    // Somebody else's refusal has brought another one since.
    if (x->token() != token_) {
      idle_.erase(x);
      run_again(x);
      return;
    }
    refused_.push_back(x);
    if (refused_.size() > 1)
      return;
    fetch_token([this](const caf::expected<secret>& found) {
      auto better = found && *found != token_;
      if (better)
        token_ = *found;
      for (const auto& x : std::exchange(refused_, {})) {
        if (better) {
          idle_.erase(x);
          run_again(x);
        } else {
          go_on(x, x->settle());
        }
        if (phase_ == phase::over)
          return;
      }
      serve();
    });
  }

  /// Calls `done` once, unless the session ends before.
  void fetch_token(fetch_callback done) {
    const auto& options = who().options;
    on_fetched_ = std::move(done);
    fetch_deadline_ = io::clock::now() + options.response_timeout;
    note(fetch_deadline_);
    auto number = ++fetch_number_;
    if (options.token_source)
      compat::request(self_, *options.token_source, caf::infinite,
                      caf::get_atom_v, key_)
        .then(
          [this, number](const secret& token) {
            auto wrong = token.empty() ? "there is none" : check_token(token);
            fetched(number, wrong.empty() ? caf::expected<secret>{token}
                                          : token_error(wrong));
          },
          [this, number](const caf::error&) {
            // Its text is not ours and may hold anything.
            fetched(number, token_error("the source has none"));
          });
    else if (!options.token_file.empty())
      read_token_file(number);
    else
      read_credential(number);
  }

  void read_credential(uint64_t number) {
    helpers_->credentials.complete(
      key_, *who().named, self_->address(),
      [this, number](const caf::expected<connection_params>& completed) {
        if (!completed) {
          fetched(number, completed.error());
          return;
        }
        auto found = completed->secrets.find("token");
        auto wrong = found == completed->secrets.end()
                       ? std::string{"the credential has none"}
                       : check_token(found->second);
        fetched(number, wrong.empty() ? caf::expected<secret>{found->second}
                                      : token_error(wrong));
      });
  }

  void read_token_file(uint64_t number) {
    struct result {
      secret token;
      std::string wrong;
      errc code = errc::invalid_params;
    };
    helpers_->files.ask(
      who().options.token_file, self_->address(),
      [path = who().options.token_file] {
        result x;
        x.wrong = read_token(path, x.token);
        return x;
      },
      [](const std::string& why) {
        return result{{}, why, errc::transport_failed};
      },
      [this, number](const result& read) {
        if (read.wrong.empty())
          fetched(number, read.token);
        else
          fetched(number,
                  make_error(read.code, {key_, step::open,
                                         "extras.token_file: "
                                           + io::printable(read.wrong)}));
      });
  }

  caf::error token_error(const std::string& cause) const {
    return make_error(errc::auth_failed,
                      {key_, step::auth, "the token: " + cause});
  }

  // Nobody waits any more for an answer that comes too late.
  void fetched(uint64_t number, const caf::expected<secret>& found) {
    if (number != fetch_number_ || !on_fetched_ || phase_ == phase::over)
      return;
    fetch_deadline_ = io::never;
    std::exchange(on_fetched_, nullptr)(found);
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
    auto told = reason.empty() || code_of(reason) == errc::none;
    auto code = told ? errc::canceled : code_of(reason);
    auto cause = told ? "told to end" : failure_of(reason).cause;
    for (const auto& [transfer, x] : running_)
      x->fail(code, x->at(), cause);
    for (const auto& x : queue_)
      x->fail(code, x->at(), cause);
    if (opened_.pending())
      opened_.deliver(make_error(code, {key_, step::open, cause}));
  }

  void drop_all() {
    for (const auto& [transfer, x] : running_)
      if (idle_.count(x) == 0)
        engine_->remove(transfer);
    queue_.clear();
    refused_.clear();
    draining_.clear();
    idle_.clear();
    running_.clear();
    for (auto* transfer : std::exchange(spare_, {}))
      curl_easy_cleanup(transfer);
    if (engine_)
      engine_->shut();
    if (clock_)
      clock_->set_deadline(io::never);
  }

  transport_actor::pointer self_;
  connection_key key_;
  http_options defaults_;
  std::shared_ptr<helpers> helpers_;
  phase phase_ = phase::fresh;
  open_promise opened_;
  // Changed only until the first exchange begins.
  std::shared_ptr<common> common_;
  /// How many of its needs are not there yet, and what it is waiting for.
  int waiting_for_ = 0;
  step preparing_ = step::open;
  io::clock::time_point prepare_deadline_ = io::never;
  secret token_;
  /// Of the credential that the params name.
  std::string mark_;
  /// Gets the token that is being fetched; null: none is.
  fetch_callback on_fetched_;
  uint64_t fetch_number_ = 0;
  io::clock::time_point fetch_deadline_ = io::never;
  std::unique_ptr<io::watch> clock_;
  /// The earliest deadline of all exchanges, or one that has gone by itself.
  io::clock::time_point deadline_ = io::never;
  std::unique_ptr<engine> engine_;
  std::deque<exchange_ptr> queue_;
  /// All that have a transfer.
  std::map<CURL*, exchange_ptr> running_;
  /// Those of them whose transfer is not in the engine.
  std::set<exchange_ptr> idle_;
  /// Those of these that wait for a token, and for their sink.
  std::vector<exchange_ptr> refused_;
  std::set<exchange_ptr> draining_;
  /// Transfers to use again: setting one up from nothing costs more.
  std::vector<CURL*> spare_;
  /// Why the session is to end, as soon as all that is done is answered.
  std::optional<caf::error> end_;
};

} // namespace

transport_actor spawn_session(caf::actor_system& sys, connection_key key,
                              const http_options& defaults,
                              std::shared_ptr<helpers> shared) {
  using impl = transport_actor::stateful_impl<session_state>;
  return sys.spawn<impl>(std::move(key), defaults, std::move(shared));
}

} // namespace tieline::http
