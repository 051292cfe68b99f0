#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace tieline::test {

using fake_transport_actor
  = stepwise_transport_actor::extend<caf::result<void>(cancel_atom, uint64_t)>;

/// One session of a @ref fake_plugin: does what the test says, when it says so.
/// Orders are carried out when its actor runs next.
class fake_session {
public:
  connection_key key;
  /// What it was opened with.
  std::optional<connection_params> params;
  /// Its actor has not ended.
  bool alive = true;
  /// It was opened with success.
  bool opened = false;
  /// It gives up a request that is canceled, as it should.
  bool cancels = true;
  /// The bodies of those that it was told to give up.
  std::vector<std::string> canceled;
  /// It answers a request at its timeout, as it is to.
  bool keeps_time = true;
  /// What it tells of itself when opened.
  session_traits traits;

  bool wants_open() const {
    return opening.has_value();
  }

  bool wants_probe() const {
    return probing.has_value();
  }

  bool wants_close() const {
    return closing.has_value();
  }

  size_t work() const {
    return executing.size();
  }

  /// Tells the listener of its open, if it has one, of a step.
  void begin(step what);
  void open_ok();
  void open_fails(caf::error reason);
  /// Answers the oldest request with a reply whose output is its body.
  void finish_one();
  /// Answers the oldest request with an error.
  void fail_one(caf::error reason);
  /// Answers the youngest request with an error.
  void fail_last(caf::error reason);
  void probe_ok();
  void close_ok();
  /// Ends as if the peer had gone.
  void lose();
  /// Ends as if the peer had closed the connection in good order.
  void hang_up();

private:
  friend class fake_session_state;

  struct job {
    caf::typed_response_promise<reply> promise;
    request what;
    uint64_t id;
  };

  void order(std::function<void()> what);

  caf::weak_actor_ptr actor;
  fake_transport_actor::pointer self = nullptr;
  step_listener_actor listener;
  std::optional<caf::typed_response_promise<session_traits>> opening;
  std::optional<caf::typed_response_promise<void>> probing;
  std::deque<job> executing;
  std::optional<caf::typed_response_promise<void>> closing;
};

using fake_session_ptr = std::shared_ptr<fake_session>;

/// A plugin under a test's control.
class fake_plugin {
public:
  /// @param traits none: the factory tells nothing, as those do that know
  ///        nothing of it
  explicit fake_plugin(caf::actor_system& sys,
                       std::optional<plugin_traits> traits = std::nullopt);

  ~fake_plugin();

  const factory_actor& factory() const {
    return factory_;
  }

  /// Makes a transport as the factory would, for an insert.
  transport_actor make(connection_key key);

  /// Every session ever made, oldest first.
  std::vector<fake_session_ptr>& sessions() {
    return *sessions_;
  }

  fake_session& last() {
    return *sessions_->back();
  }

private:
  caf::actor_system& sys_;
  std::shared_ptr<std::vector<fake_session_ptr>> sessions_
    = std::make_shared<std::vector<fake_session_ptr>>();
  factory_actor factory_;
};

} // namespace tieline::test
