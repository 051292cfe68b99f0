#include "http/http_fixture.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <utility>
#include <vector>

namespace tieline::test {

namespace {

// Its own interface beside a sink's: put_atom has it answer from now on.
using lazy_actor = caf::typed_actor<caf::result<void>(chunk),
                                    caf::result<void>(caf::put_atom)>;

class lazy_state {
public:
  static inline const char* name = "test.lazy_sink";

  lazy_state(lazy_actor::pointer self, std::shared_ptr<lazy_sink::state> shown)
    : self_(self),
      shown_(std::move(shown)) {
    // nop
  }

  lazy_actor::behavior_type make_behavior() {
    return {
      [this](const chunk& x) {
        shown_->text += x.output;
        ++shown_->chunks;
        shown_->received += x.output.size();
        auto promise
          = self_->make_response_promise<caf::typed_response_promise<void>>();
        if (takes_)
          promise.deliver();
        else
          waiting_.push_back(promise);
        return caf::result<void>{promise};
      },
      [this](caf::put_atom) {
        takes_ = true;
        for (auto& x : std::exchange(waiting_, {}))
          x.deliver();
      },
    };
  }

private:
  lazy_actor::pointer self_;
  std::shared_ptr<lazy_sink::state> shown_;
  std::vector<caf::typed_response_promise<void>> waiting_;
  bool takes_ = false;
};

} // namespace

http_client::http_client(http_options options)
  : transport_client([options = std::move(options)](caf::actor_system& sys) {
      return spawn_http_factory(sys, options);
    }) {
  // nop
}

connection_params plain_params(uint16_t port) {
  connection_params result;
  result.hostname = "127.0.0.1";
  result.port = port;
  result.extras["scheme"] = "http";
  return result;
}

connection_params tls_params(uint16_t port, const authority& ca) {
  connection_params result;
  result.hostname = "localhost";
  result.port = port;
  result.extras["ca_file"] = ca.file();
  return result;
}

request ask(std::string path, std::string method, std::string body) {
  request result;
  result.attributes["path"] = std::move(path);
  if (!method.empty())
    result.attributes["method"] = std::move(method);
  result.body = std::move(body);
  return result;
}

std::string brief(const caf::error& x) {
  if (x.empty())
    return "ok";
  if (code_of(x) == errc::none)
    return to_string(x);
  return to_string(code_of(x)) + " (" + to_string(failure_of(x).at) + ")";
}

lazy_sink::lazy_sink(caf::actor_system& sys) {
  lazy_actor made = sys.spawn<lazy_actor::stateful_impl<lazy_state>>(state_);
  actor_ = made;
  take_all_ = [made] { compat::anon_send(made, caf::put_atom_v); };
}

lazy_sink::~lazy_sink() {
  die();
}

void lazy_sink::take_all() {
  take_all_();
}

void lazy_sink::die() {
  caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown);
}

} // namespace tieline::test
