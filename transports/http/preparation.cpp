#include "tieline/transports/http/preparation.hpp"

#include "tieline/messages/support/printable.hpp"
#include "tieline/transports/io/address.hpp"

#include <utility>

namespace tieline::http {

preparation::preparation(connection_key key, http_options defaults,
                         std::shared_ptr<helpers> shared, caf::actor_addr owner,
                         std::function<void(io::clock::time_point)> note,
                         std::function<void(step)> on_step)
  : key_(std::move(key)),
    defaults_(std::move(defaults)),
    helpers_(std::move(shared)),
    owner_(std::move(owner)),
    note_(std::move(note)),
    on_step_(std::move(on_step)) {
  // nop
}

void preparation::start(const connection_params& params, callback done) {
  done_ = std::move(done);
  if (!names_credential(params)) {
    begin(params, std::nullopt);
    return;
  }
  begin(step::prepare);
  set_deadline(defaults_.response_timeout);
  helpers_->credentials.complete(
    key_, params, owner_,
    [this, params](const caf::expected<connection_params>& completed) {
      if (!done_)
        return;
      if (!completed) {
        finish(completed.error());
        return;
      }
      mark_ = mark_of(*completed);
      begin(*completed, params);
    });
}

/// @param named what `params` were before they were completed, if they were
void preparation::begin(const connection_params& params,
                        std::optional<connection_params> named) {
  auto who = make_profile(key_, params, defaults_);
  if (!who) {
    finish(who.error());
    return;
  }
  begin(step::prepare);
  who->named = std::move(named);
  result_ = std::make_shared<common>();
  result_->who = std::move(*who);
  set_deadline(result_->who.options.connect_timeout);
  waiting_for_ = 2;
  load_tls();
  look_up();
}

void preparation::load_tls() {
  if (!result_->who.tls) {
    one_done();
    return;
  }
  struct outcome {
    std::shared_ptr<const tls_material> material;
    std::string wrong;
    errc code = errc::invalid_params;
  };
  const auto& options = result_->who.options;
  helpers_->files.ask(
    options.ca_file + options.client_cert_file, owner_,
    [session = result_] {
      outcome result;
      result.material = tls_material::load(session->who, result.wrong);
      return result;
    },
    [](const std::string& why) {
      return outcome{nullptr, why, errc::transport_failed};
    },
    [this](const outcome& found) {
      result_->tls = found.material;
      // All that they were for.
      result_->who.client_key = {};
      result_->who.passphrase = {};
      if (found.material)
        one_done();
      else
        fail(found.code, step::open, found.wrong);
    });
}

void preparation::look_up() {
  const auto& who = result_->who;
  auto is_address = io::parse_address(who.dial_host, who.dial_port).has_value();
  // It is the jump host's to know; libcurl only needs to have some.
  if (!is_address && !who.via.empty())
    result_->resolved = who.dial_host + ':' + std::to_string(who.dial_port)
                        + ":127.0.0.1";
  if (is_address || !who.via.empty()) {
    one_done();
    return;
  }
  begin(step::resolve);
  helpers_->resolver.lookup(who.dial_host, who.dial_port, owner_,
                            [this](const io::resolution& found) {
                              resolved(found);
                            });
}

void preparation::resolved(const io::resolution& found) {
  begin(step::prepare);
  if (!found.error.empty()) {
    fail(found.code, step::resolve, found.error);
    return;
  }
  const auto& who = result_->who;
  auto port = ':' + std::to_string(who.dial_port);
  std::string list;
  for (const auto& x : found.addresses) {
    auto text = to_string(x);
    // libcurl reads no zones here; who needs one gives the address itself.
    if (text.find('%') == std::string::npos)
      list += (list.empty() ? "" : ",")
              + text.substr(0, text.size() - port.size());
  }
  if (list.empty()) {
    fail(errc::resolve_failed, step::resolve, "only link-local ones");
    return;
  }
  result_->resolved = who.dial_host + port + ':' + list;
  one_done();
}

void preparation::one_done() {
  if (--waiting_for_ == 0)
    finish({});
}

void preparation::fail(errc code, step at, std::string cause) {
  finish(make_error(code, {key_, at, printable(cause, max_told)}));
}

void preparation::expire(io::clock::time_point now) {
  if (deadline_ <= now)
    fail(errc::timeout, at_, "no answer in time");
}

void preparation::begin(step what) {
  at_ = what;
  on_step_(what);
}

void preparation::set_deadline(caf::timespan from_now) {
  deadline_ = io::clock::now() + from_now;
  note_(deadline_);
}

void preparation::stop() {
  done_ = nullptr;
  deadline_ = io::never;
}

void preparation::finish(const caf::error& reason) {
  auto done = std::exchange(done_, nullptr);
  stop();
  if (done)
    done(reason);
}

} // namespace tieline::http
