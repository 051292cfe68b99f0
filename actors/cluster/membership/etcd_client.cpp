#include "tieline/actors/cluster/membership/etcd_client.hpp"

#include "tieline/actors/cluster/membership/etcd_messages.hpp"
#include "tieline/messages/internal/coordinator.hpp"
#include "tieline/messages/options/option_value.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/logger.hpp>

#include <algorithm>
#include <fstream>
#include <optional>
#include <utility>

namespace tieline {

namespace {

using namespace std::chrono_literals;

constexpr size_t most_bulk = 8;
constexpr uint64_t output_limit = uint64_t{4} << 20;
constexpr caf::timespan longest_call = 5s;
constexpr caf::timespan first_pause = 50ms;
constexpr caf::timespan longest_pause = 1s;
// How much of an answer that is none is quoted.
constexpr size_t longest_quote = 80;

std::string quoted(const std::string& text) {
  std::string result;
  for (auto c : text.substr(0, longest_quote))
    result += c >= ' ' && c <= '~' ? c : '.';
  return '\'' + result + (text.size() > longest_quote ? "...'" : "'");
}

caf::behavior read_password(caf::event_based_actor*) {
  return {
    [](caf::get_atom, const std::string& path) -> caf::result<secret> {
      std::ifstream in{path};
      std::string line;
      if (!std::getline(in, line))
        return invalid_setting(".cluster.etcd-password-file",
                               "cannot be read: " + path);
      if (!line.empty() && line.back() == '\r')
        line.pop_back();
      return secret{line};
    },
  };
}

} // namespace

etcd_client::etcd_client(coordinator_actor::pointer self, timers& clock,
                         factory_actor http, const cluster_settings& how)
  : self_(self),
    clock_(clock),
    http_(std::move(http)),
    how_(how),
    call_timeout_(std::clamp<caf::timespan>(
      (how.lease - how.close_before - how.renew_interval) / 3, 100ms,
      longest_call)),
    pause_(clock, [this] { pump(); }) {
  read_etcd_urls(how.etcd, endpoints_);
}

void etcd_client::call(std::string path, std::string body, lane how,
                       caf::timespan patience, callback done) {
  auto id = ++last_id_;
  auto due = clock_.at(clock_.now() + patience, [this, id] { expire(id); });
  pending_.emplace(id, job{std::move(path), std::move(body), how,
                           std::move(done), due});
  pump();
}

void etcd_client::distrust(const std::string& why) {
  failed(wrong(errc::protocol_error, step::execute, why));
}

void etcd_client::expire(uint64_t id) {
  auto late = wrong(errc::timeout, step::execute, "no answer in time");
  if (pending_.at(id).sent)
    failed(late);
  else
    finish(id, last_error_ ? last_error_ : late);
}

bool etcd_client::not_found(const caf::error& x) {
  auto details = failure_of(x).details;
  auto code = details.find("code");
  return code != details.end() && code->second == "5";
}

connection_key etcd_client::key() const {
  const auto& x = endpoint();
  auto host = x.host.find(':') == std::string::npos ? x.host
                                                    : '[' + x.host + ']';
  return {host + ':' + std::to_string(x.port), x.tls ? "https" : "http"};
}

caf::error
etcd_client::wrong(errc code, step at, const std::string& cause,
                   std::map<std::string, std::string> details) const {
  return make_error(code, {{},
                           at,
                           "etcd at " + to_string(key()) + ": " + cause,
                           caf::timespan{0},
                           std::move(details)});
}

connection_params etcd_client::params() const {
  connection_params result;
  const auto& to = endpoint();
  result.hostname = to.host;
  result.port = to.port;
  auto timeout
    = std::to_string(std::max<int64_t>(call_timeout_ / caf::timespan{1ms}, 1))
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
  add("ca_file", how_.etcd_ca_file);
  add("client_cert_file", how_.etcd_certificate);
  add("client_key_file", how_.etcd_key);
  return result;
}

// -- sessions -----------------------------------------------------------------

void etcd_client::pump() {
  if (phase_ == phase::idle) {
    if (!pending_.empty() && !pause_)
      open();
    return;
  }
  if (phase_ != phase::open)
    return;
  for (auto& [id, x] : pending_)
    if (!x.sent && (x.how == lane::express || bulk_ < most_bulk))
      send(id, x);
}

void etcd_client::open() {
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
        // An owner in any case: what comes too late ends here.
        owned<transport_actor> session{made ? std::move(*made)
                                            : transport_actor{}};
        if (mine != generation_)
          return;
        if (!session) {
          failed(wrong(errc::factory_failed, step::create,
                       "there is no http session to be had"));
          return;
        }
        session_ = std::move(session);
        compat::request(self_, session_.get(), caf::infinite, caf::open_atom_v,
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

void etcd_client::opened() {
  if (!how_.etcd_username.empty() && token_.empty()) {
    log_in();
    return;
  }
  phase_ = phase::open;
  pump();
}

void etcd_client::log_in() {
  phase_ = phase::login;
  auto mine = generation_;
  if (!reader_)
    reader_ = owned{self_->home_system().spawn<caf::detached>(read_password)};
  compat::request(self_, reader_.get(), caf::infinite, caf::get_atom_v,
                  how_.etcd_password_file)
    .then(
      [this, mine](const secret& password) {
        reader_.reset();
        if (mine == generation_)
          send_login(password);
      },
      [this, mine](const caf::error& reason) {
        reader_.reset();
        if (mine == generation_)
          failed(reason);
      });
}

void etcd_client::send_login(const secret& password) {
  auto mine = generation_;
  auto body = etcd::authenticate(how_.etcd_username, password.reveal());
  compat::request(self_, session_.get(), caf::infinite, execute_atom_v,
                  make_request("/v3/auth/authenticate", std::move(body)))
    .then(
      [this, mine](const reply& got) {
        if (mine != generation_)
          return;
        if (auto token = etcd::read_token(got.output)) {
          token_ = secret{*token};
          phase_ = phase::open;
          pump();
          return;
        }
        auto why = etcd::read_trouble(got.output);
        if (why)
          failed(wrong(errc::auth_failed, step::auth, why->message));
        else
          failed(wrong(errc::protocol_error, step::auth,
                       "no answer of etcd: " + quoted(got.output)));
      },
      [this, mine](const caf::error& reason) {
        if (mine == generation_)
          failed(reason);
      });
}

// -- requests -----------------------------------------------------------------

request etcd_client::make_request(const std::string& path,
                                  std::string body) const {
  request result;
  result.attributes = {{"method", "POST"},
                       {"path", path},
                       {"header.content-type", "application/json"}};
  if (!token_.empty())
    result.attributes["header.authorization"] = token_.reveal();
  result.body = std::move(body);
  result.timeout = call_timeout_;
  result.output_limit = output_limit;
  return result;
}

void etcd_client::send(uint64_t id, job& x) {
  x.sent = true;
  if (x.how == lane::bulk)
    ++bulk_;
  // Once on its way it has the whole time, so that one that waited long does
  // not make a good session look dead.
  auto due = std::max(x.due.first, clock_.now() + call_timeout_);
  clock_.cancel(x.due);
  x.due = clock_.at(due, [this, id] { expire(id); });
  auto mine = generation_;
  compat::request(self_, session_.get(), caf::infinite, execute_atom_v,
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

void etcd_client::answered(uint64_t id, const reply& got) {
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
             + quoted(got.output));
    return;
  }
  auto& x = pending_.at(id);
  if (why->login_needed() && !how_.etcd_username.empty() && !x.again) {
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

void etcd_client::finish(uint64_t id,
                         const caf::expected<std::string>& result) {
  auto i = pending_.find(id);
  if (i == pending_.end())
    return;
  auto x = std::move(i->second);
  pending_.erase(i);
  clock_.cancel(x.due);
  if (x.sent && x.how == lane::bulk)
    --bulk_;
  x.done(result);
  pump();
}

caf::error etcd_client::explained(const caf::error& reason) const {
  auto code = code_of(reason);
  if (code == errc::none)
    return wrong(errc::transport_failed, step::session, to_string(reason));
  // With TLS 1.3 a server that refuses our certificate says so after the
  // handshake, and what it says may be lost with the connection.
  if (!endpoint().tls || proven_
      || (code != errc::connection_lost && code != errc::protocol_error))
    return reason;
  auto context = failure_of(reason);
  context.cause += "; it may not accept our certificate, or that there is none";
  return make_error(code, std::move(context));
}

void etcd_client::failed(const caf::error& reason) {
  last_error_ = explained(reason);
  CAF_LOG_IMPL("tieline.etcd", CAF_LOG_LEVEL_WARNING,
               to_string(key()) + ": " + describe(last_error_));
  ++generation_;
  ++strikes_;
  phase_ = phase::idle;
  session_.reset();
  current_ = (current_ + 1) % endpoints_.size();
  // Each has its turn before there is a pause.
  if (strikes_ >= endpoints_.size()) {
    auto doublings = std::min<uint64_t>(strikes_ - endpoints_.size(), 8);
    auto pause = std::min<caf::timespan>(
      first_pause * (1 << doublings), std::min(longest_pause, call_timeout_));
    pause_.set(clock_.now() + pause);
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

} // namespace tieline
