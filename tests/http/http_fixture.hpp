#pragma once

#include "http/nginx_server.hpp"
#include "support/transport_client.hpp"

#include <tieline/messages/interfaces.hpp>
#include <tieline/transports/http/http.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>

namespace tieline::test {

/// An actor system with the http plugin.
class http_client : public transport_client {
public:
  explicit http_client(http_options options = {});
};

/// Returns params for a server without TLS.
connection_params plain_params(uint16_t port);

/// Returns params for a TLS server whose certificate has been issued by `ca`.
connection_params tls_params(uint16_t port, const authority& ca);

/// Returns a request by its attributes.
request ask(std::string path, std::string method = "", std::string body = "");

/// Returns `errc (step)` of an error of tieline, CAF's words for any other, and
/// `ok` if there is none.
std::string brief(const caf::error& x);

/// Returns `ok` or the error, in brief.
template <class T>
std::string brief(const caf::expected<T>& x) {
  return x ? "ok" : brief(x.error());
}

/// Returns the cause in an error of tieline, empty if there is none.
template <class T>
std::string cause_of(const caf::expected<T>& x) {
  return x ? "" : failure_of(x.error()).cause;
}

/// Returns the value; throws if it is an error, which fails the test.
template <class T>
T required(caf::expected<T> x) {
  if (!x)
    throw std::runtime_error(describe(x.error()));
  if constexpr (!std::is_void_v<T>)
    return std::move(*x);
}

/// A sink that holds back its answers until it is told to take all.
class lazy_sink {
public:
  explicit lazy_sink(caf::actor_system& sys);

  ~lazy_sink();

  const sink_actor& handle() const noexcept {
    return actor_;
  }

  /// Bytes that have come so far.
  uint64_t received() const noexcept {
    return state_->received;
  }

  uint64_t chunks() const noexcept {
    return state_->chunks;
  }

  /// All that has come so far; not while more may come.
  const std::string& text() const noexcept {
    return state_->text;
  }

  /// Answers what waits and all that follows.
  void take_all();

  /// Ends.
  void die();

  struct state {
    std::atomic<uint64_t> received{0};
    std::atomic<uint64_t> chunks{0};
    std::string text;
  };

private:
  std::shared_ptr<state> state_ = std::make_shared<state>();
  sink_actor actor_;
  std::function<void()> take_all_;
};

} // namespace tieline::test
