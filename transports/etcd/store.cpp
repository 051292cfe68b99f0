#include "tieline/messages/secret_file.hpp"
#include "tieline/messages/support/backoff.hpp"
#include "tieline/messages/support/host_port.hpp"
#include "tieline/messages/support/text.hpp"
#include "tieline/messages/support/wipe.hpp"
#include "tieline/transports/etcd/etcd.hpp"
#include "tieline/transports/etcd/messages.hpp"

#include <caf/disposable.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/logger.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

namespace tieline {

namespace {

using namespace std::chrono_literals;

constexpr size_t most_bulk = 8;
constexpr uint64_t output_limit = uint64_t{4} << 20;
constexpr backoff pauses{50ms, 1s};
constexpr size_t longest_password_file = 4096;

/// Reads the first line of a file, which may block, and ends.
caf::behavior read_password(caf::event_based_actor* self) {
  return {
    [self](caf::get_atom, const std::string& path) -> caf::result<secret> {
      self->quit();
      secret result;
      auto wrong = read_secret_file(path, secret_text::without_line_end, result,
                                    longest_password_file);
      if (wrong.empty() && result.empty())
        wrong = path + ": there is no password in it";
      if (!wrong.empty())
        return make_error(errc::invalid_setting,
                          {{}, step::auth, "etcd's password file: " + wrong});
      return result;
    },
  };
}

class store_state {
public:
  static inline const char* name = "tieline.etcd";

  store_state(key_value_store_actor::pointer self, etcd_access how,
              factory_actor http)
    : self_(self),
      how_(std::move(how)),
      http_(std::move(http)) {
    // nop
  }

  store_state(const store_state&) = delete;

  store_state& operator=(const store_state&) = delete;

  ~store_state() {
    end(session_);
  }

  key_value_store_actor::behavior_type make_behavior() {
    return {
      [this](grant_atom, caf::timespan ttl) {
        auto whole = std::chrono::duration_cast<std::chrono::seconds>(ttl);
        return ask<stored_lease>("/v3/lease/grant", etcd::grant(whole),
                                 lane::express, etcd::read_lease);
      },
      [this](keep_alive_atom, int64_t lease) {
        return ask<stored_lease>("/v3/lease/keepalive", etcd::by_id(lease),
                                 lane::express, etcd::read_lease);
      },
      [this](revoke_atom, int64_t lease) { return revoke(lease); },
      [this](range_atom, const std::string& key, bool below) {
        return ask<std::vector<stored_entry>>("/v3/kv/range",
                                              below ? etcd::range_below(key)
                                                    : etcd::range(key),
                                              lane::bulk, etcd::read_range);
      },
      [this](const guarded_write& x) { return write(x); },
    };
  }

private:
  using callback = std::function<void(const caf::expected<std::string>&)>;

  enum class lane {
    /// Never waits for others.
    express,
    /// So many at once that there are connections left for the others.
    bulk,
  };

  enum class phase { idle, opening, login, open };

  struct job {
    std::string path;
    std::string body;
    lane how = lane::bulk;
    callback done;
    caf::disposable deadline;
    bool sent = false;
    /// Has had a new token already.
    bool again = false;
  };

  // -- what can be asked ------------------------------------------------------

  template <class T, class Read>
  caf::result<T> ask(const char* path, std::string body, lane how, Read read) {
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<T>>();
    call(path, std::move(body), how,
         [this, promise, read](const caf::expected<std::string>& got) mutable {
           answer(promise, got, read);
         });
    return promise;
  }

  template <class T, class Read>
  void answer(caf::typed_response_promise<T>& promise,
              const caf::expected<std::string>& got, Read read) {
    if (!got)
      promise.deliver(got.error());
    else if (auto result = read(*got))
      promise.deliver(std::move(*result));
    else {
      failed(
        wrong(errc::protocol_error, step::execute, "its answer is not etcd's"));
      promise.deliver(last_error_);
    }
  }

  caf::result<void> revoke(int64_t lease) {
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<void>>();
    call("/v3/lease/revoke", etcd::by_id(lease), lane::express,
         [this, promise](const caf::expected<std::string>& got) mutable {
           if (got && !etcd::is_answer(*got)) {
             failed(wrong(errc::protocol_error, step::execute,
                          "its answer is not etcd's"));
             promise.deliver(last_error_);
           } else if (got || not_found(got.error())) {
             promise.deliver();
           } else {
             promise.deliver(got.error());
           }
         });
    return promise;
  }

  caf::result<write_outcome> write(const guarded_write& x) {
    auto promise
      = self_
          ->make_response_promise<caf::typed_response_promise<write_outcome>>();
    call("/v3/kv/txn", etcd::transaction(x), lane::bulk,
         [this, promise](const caf::expected<std::string>& got) mutable {
           if (!got && not_found(got.error())) {
             write_outcome result;
             result.lease_gone = true;
             promise.deliver(std::move(result));
           } else {
             answer(promise, got, etcd::read_transaction);
           }
         });
    return promise;
  }

  // -- the member that is asked -----------------------------------------------

  const etcd_endpoint& endpoint() const {
    return how_.endpoints[current_];
  }

  static void end(transport_actor& session) {
    if (session)
      caf::anon_send_exit(std::exchange(session, {}),
                          caf::exit_reason::user_shutdown);
  }

  void call(std::string path, std::string body, lane how, callback done) {
    auto id = ++last_id_;
    auto& made = pending_[id];
    made.path = std::move(path);
    made.body = std::move(body);
    made.how = how;
    made.done = std::move(done);
    set_deadline(id, made);
    pump();
  }

  void distrust(const std::string& why) {
    failed(wrong(errc::protocol_error, step::execute, why));
  }

  void set_deadline(uint64_t id, job& x) {
    x.deadline.dispose();
    x.deadline = self_->run_delayed(how_.call_timeout,
                                    [this, id] { late(id); });
  }

  void late(uint64_t id) {
    auto i = pending_.find(id);
    if (i == pending_.end())
      return;
    auto why = wrong(errc::timeout, step::execute, "no answer in time");
    if (i->second.sent)
      failed(why);
    else
      finish(id, last_error_ ? last_error_ : why);
  }

  static bool not_found(const caf::error& x) {
    auto details = failure_of(x).details;
    auto code = details.find("code");
    return code != details.end() && code->second == "5";
  }

  connection_key key() const {
    const auto& x = endpoint();
    return {host_port(x.host, x.port), x.tls ? "https" : "http"};
  }

  caf::error wrong(errc code, step at, const std::string& cause,
                   std::map<std::string, std::string> details = {}) const {
    return make_error(code, {{},
                             at,
                             "etcd at " + to_string(key()) + ": " + cause,
                             caf::timespan{0},
                             std::move(details)});
  }

  connection_params params() const {
    connection_params result;
    const auto& to = endpoint();
    result.hostname = to.host;
    result.port = to.port;
    auto timeout = std::to_string(std::max<int64_t>(
                     how_.call_timeout / caf::timespan{1ms}, 1))
                   + "ms";
    result.extras = {
      {"scheme", to.tls ? "https" : "http"},
      // Connects only: what it is shows when it is asked.
      {"open_path", ""},
      {"auth", "none"},
      // Whatever the host's defaults for devices are.
      {"verify", "true"},
      {"http_version", "negotiate"},
      {"proxy", ""},
      {"redirects", "0"},
      {"ca_file", ""},
      {"client_cert_file", ""},
      {"client_key_file", ""},
      {"connect_timeout", timeout},
      {"response_timeout", timeout},
      {"max_requests", std::to_string(2 * most_bulk)},
      {"max_connections", std::to_string(2 * most_bulk)},
    };
    auto add = [&](const char* name, const std::string& value) {
      if (to.tls && !value.empty())
        result.extras[name] = value;
    };
    add("ca_file", how_.ca_file);
    add("client_cert_file", how_.certificate);
    add("client_key_file", how_.key);
    return result;
  }

  // -- sessions --------------------------------------------------------------

  void pump() {
    if (phase_ == phase::idle) {
      if (!pending_.empty() && !pausing_)
        open();
      return;
    }
    if (phase_ != phase::open)
      return;
    for (auto& [id, x] : pending_)
      if (!x.sent && (x.how == lane::express || bulk_ < most_bulk))
        send(id, x);
  }

  void open() {
    phase_ = phase::opening;
    proven_ = false;
    auto mine = ++generation_;
    auto on_error = [this, mine](const caf::error& reason) {
      if (mine == generation_)
        failed(reason);
    };
    compat::request(self_, http_, caf::infinite, make_atom_v, key())
      .then(
        [this, mine, on_error](std::optional<transport_actor>& made) {
          if (mine != generation_) {
            if (made)
              end(*made);
            return;
          }
          if (!made || !*made) {
            failed(wrong(errc::factory_failed, step::create,
                         "there is no http session to be had"));
            return;
          }
          session_ = std::move(*made);
          compat::request(self_, session_, caf::infinite, caf::open_atom_v,
                          params())
            .then(
              [this, mine](const session_traits&) {
                if (mine == generation_)
                  opened();
              },
              on_error);
        },
        on_error);
  }

  void opened() {
    if (!how_.username.empty() && token_.empty()) {
      log_in();
      return;
    }
    phase_ = phase::open;
    pump();
  }

  void log_in() {
    phase_ = phase::login;
    auto mine = generation_;
    auto reader = self_->home_system().spawn<caf::detached>(read_password);
    compat::request(self_, reader, caf::infinite, caf::get_atom_v,
                    how_.password_file)
      .then(
        [this, mine](const secret& password) {
          if (mine == generation_)
            send_login(password);
        },
        [this, mine](const caf::error& reason) {
          if (mine == generation_)
            failed(reason);
        });
  }

  void send_login(const secret& password) {
    auto mine = generation_;
    auto body = etcd::authenticate(how_.username, password.reveal());
    compat::request(self_, session_, caf::infinite, execute_atom_v,
                    make_request("/v3/auth/authenticate", std::move(body)))
      .then(
        [this, mine](reply& got) {
          wiped_at_end guard{got.output};
          if (mine != generation_)
            return;
          proven_ = true;
          if (auto token = etcd::read_token(got.output)) {
            token_ = std::move(*token);
            phase_ = phase::open;
            pump();
          } else if (auto why = etcd::read_trouble(got.output)) {
            failed(wrong(errc::auth_failed, step::auth, why->message));
          } else {
            failed(wrong(errc::protocol_error, step::auth,
                         "no answer of etcd: " + in_quotes(got.output)));
          }
        },
        [this, mine](const caf::error& reason) {
          if (mine == generation_)
            failed(reason);
        });
  }

  // -- requests --------------------------------------------------------------

  request make_request(const std::string& path, std::string body) const {
    request result;
    result.attributes = {{"method", "POST"},
                         {"path", path},
                         {"header.content-type", "application/json"}};
    if (!token_.empty())
      result.attributes["header.authorization"] = token_.reveal();
    result.body = std::move(body);
    result.timeout = how_.call_timeout;
    result.output_limit = output_limit;
    return result;
  }

  void send(uint64_t id, job& x) {
    x.sent = true;
    if (x.how == lane::bulk)
      ++bulk_;
    // Once on its way it has the whole time, so that one that waited long does
    // not make a good session look dead.
    set_deadline(id, x);
    auto mine = generation_;
    compat::request(self_, session_, caf::infinite, execute_atom_v,
                    make_request(x.path, x.body))
      .then(
        [this, id, mine](const reply& got) {
          if (mine == generation_)
            answered(id, got);
        },
        [this, mine](const caf::error& reason) {
          if (mine == generation_)
            failed(reason);
        });
  }

  void answered(uint64_t id, const reply& got) {
    proven_ = true;
    auto why = etcd::read_trouble(got.output);
    if (!why && got.status == 200) {
      strikes_ = 0;
      last_error_ = {};
      finish(id, got.output);
      return;
    }
    if (!why) {
      distrust("no answer of etcd, status " + std::to_string(got.status) + ": "
               + in_quotes(got.output));
      return;
    }
    auto& x = pending_.at(id);
    if (why->login_needed() && !how_.username.empty() && !x.again) {
      x.again = true;
      x.sent = false;
      if (x.how == lane::bulk)
        --bulk_;
      if (phase_ == phase::open) {
        token_ = secret{};
        log_in();
      }
      return;
    }
    auto code = why->denied() ? errc::auth_failed : errc::operation_failed;
    auto error = wrong(code, why->denied() ? step::auth : step::execute,
                       why->message, {{"code", std::to_string(why->code)}});
    if (why->of_member()) {
      failed(error);
      return;
    }
    strikes_ = 0;
    last_error_ = why->denied() ? error : caf::error{};
    finish(id, error);
  }

  void finish(uint64_t id, const caf::expected<std::string>& result) {
    auto i = pending_.find(id);
    if (i == pending_.end())
      return;
    auto x = std::move(i->second);
    pending_.erase(i);
    x.deadline.dispose();
    if (x.sent && x.how == lane::bulk)
      --bulk_;
    x.done(result);
    pump();
  }

  caf::error explained(const caf::error& reason) const {
    auto code = code_of(reason);
    if (code == errc::none)
      return wrong(errc::transport_failed, step::session, to_string(reason));
    // With TLS 1.3 a server that refuses our certificate says so after the
    // handshake, and what it says may be lost with the connection.
    if (!endpoint().tls || proven_
        || (code != errc::connection_lost && code != errc::protocol_error
            && code != errc::auth_failed))
      return reason;
    auto context = failure_of(reason);
    context.cause
      += "; it may not accept our certificate, or that there is none";
    return make_error(code, std::move(context));
  }

  void failed(const caf::error& reason) {
    last_error_ = explained(reason);
    CAF_LOG_IMPL("tieline.etcd", CAF_LOG_LEVEL_WARNING,
                 to_string(key()) + ": " + describe(last_error_));
    ++generation_;
    ++strikes_;
    phase_ = phase::idle;
    end(session_);
    current_ = (current_ + 1) % how_.endpoints.size();
    // Each has its turn before there is a pause.
    if (strikes_ >= how_.endpoints.size()) {
      auto pause = std::min(pauses.wait(strikes_ - how_.endpoints.size()),
                            how_.call_timeout);
      pausing_ = true;
      self_->run_delayed(pause, [this] {
        pausing_ = false;
        pump();
      });
    }
    std::vector<uint64_t> broken;
    for (const auto& [id, x] : pending_)
      if (x.sent)
        broken.push_back(id);
    auto told = last_error_;
    for (auto id : broken)
      finish(id, told);
    pump();
  }

  key_value_store_actor::pointer self_;
  etcd_access how_;
  factory_actor http_;
  phase phase_ = phase::idle;
  size_t current_ = 0;
  /// Of the session: what comes from an older one does not count.
  uint64_t generation_ = 0;
  transport_actor session_;
  secret token_;
  std::map<uint64_t, job> pending_;
  uint64_t last_id_ = 0;
  size_t bulk_ = 0;
  /// Whether the session has brought an answer.
  bool proven_ = false;
  /// Failures since the last answer.
  uint64_t strikes_ = 0;
  bool pausing_ = false;
  caf::error last_error_;
};

} // namespace

key_value_store_actor spawn_etcd_store(caf::actor_system& sys, etcd_access how,
                                       factory_actor http) {
  if (how.endpoints.empty())
    throw std::invalid_argument("etcd: there is no endpoint");
  using impl = key_value_store_actor::stateful_impl<store_state>;
  return sys.spawn<impl>(std::move(how), std::move(http));
}

} // namespace tieline
