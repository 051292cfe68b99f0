#pragma once

#include "support/actors/deterministic.hpp"
#include "support/actors/fake_transport.hpp"

#include "tieline/actors/manager.hpp"
#include "tieline/messages/internal/tenant.hpp"

#include <string>

namespace tieline::test {

using namespace std::chrono_literals;

inline const connection_key r1{"r1", "fake"};
inline const connection_key r2{"r2", "fake"};

inline connection_params params_for(const std::string& username) {
  connection_params result;
  result.hostname = "192.0.2.1";
  result.username = username;
  return result;
}

/// Returns settings that do nothing by themselves: what is not the subject of
/// a test shall not interfere with it.
inline settings plain() {
  settings result;
  result.open_retries = 0;
  result.backoff = 0s;
  result.breaker_failures = 0;
  result.credential_failures = 0;
  result.idle_timeout = 0s;
  result.max_lifetime = 0s;
  result.probe_after = 0s;
  return result;
}

/// A manager whose plugin `fake` is under the test's control.
class managed : public deterministic {
public:
  using maybe_connection = std::optional<connection_actor>;

  managed() : managed(plain()) {
    // nop
  }

  explicit managed(const settings& config,
                   std::optional<plugin_traits> traits = std::nullopt)
    : plugin(sys(), std::move(traits)) {
    manager = spawn_manager(sys(), config);
    ask_now<bool>(manager, set_factory_atom_v, std::string{"fake"},
                  plugin.factory());
  }

  ~managed() {
    stop();
  }

  void stop() {
    caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
    settle();
    // What a fake does not answer is over after `close-timeout`.
    advance(1min);
  }

  answer<maybe_connection> open(const connection_key& key,
                                const connection_params& params,
                                caf::timespan timeout = caf::timespan{0}) {
    return ask_now<maybe_connection>(manager, caf::open_atom_v, key, params,
                                     timeout);
  }

  /// Opens the key and has its session come up.
  connection_actor opened(const connection_key& key,
                          const std::string& username = "admin") {
    auto pending = open(key, params_for(username));
    plugin.last().open_ok();
    settle();
    return pending.value().value();
  }

  answer<bool> close(const connection_key& key) {
    return ask_now<bool>(manager, caf::close_atom_v, key);
  }

  maybe_connection get(const connection_key& key) {
    return ask_now<maybe_connection>(manager, caf::get_atom_v, key).value();
  }

  answer<reply> execute(const connection_actor& connection, std::string body,
                        caf::timespan timeout = caf::timespan{0}) {
    request what;
    what.body = std::move(body);
    what.timeout = timeout;
    return ask_now<reply>(connection, execute_atom_v, what);
  }

  connection_status status(const connection_actor& connection) {
    return ask_now<connection_status>(connection, status_atom_v).value();
  }

  connection_counters counters(const std::string& name = "fake") {
    return ask_now<std::optional<connection_counters>>(manager, counters_atom_v,
                                                       name)
      .value()
      .value_or(connection_counters{});
  }

  answer<uint64_t> operate(operation what, selector whom = {},
                           caf::timespan window = caf::timespan{0}) {
    return ask_now<uint64_t>(manager, operate_atom_v, what, std::move(whom),
                             window);
  }

  explanation explain(const connection_key& key) {
    return ask_now<std::optional<explanation>>(manager, explain_atom_v, key)
      .value()
      .value();
  }

  /// Ends the session of a connection that is to be reopened by itself.
  void lose_session() {
    plugin.last().lose();
    settle();
  }

  void session_opens() {
    plugin.last().open_ok();
    settle();
  }

  void session_fails(errc code, step at = step::connect) {
    plugin.last().open_fails(make_error(code, {{}, at, "as the test says"}));
    settle();
  }

  fake_plugin plugin;
  manager_actor manager;
};

/// Writes down what happens.
class recorder {
public:
  recorder(managed& where, selector what = {}) {
    auto events = events_;
    listener_ = where.sys().spawn(
      [events](listener_actor::pointer) -> listener_actor::behavior_type {
        return {
          [events](lifecycle_event& x) { events->push_back(std::move(x)); }};
      });
    where.ask_now<caf::unit_t>(where.manager, caf::subscribe_atom_v, listener_,
                               std::move(what));
  }

  ~recorder() {
    caf::anon_send_exit(listener_, caf::exit_reason::user_shutdown);
  }

  /// Returns what has happened, e.g. `opening opened`, since it was asked last.
  std::string told() {
    std::string result;
    for (auto& x : std::exchange(*events_, {}))
      result += (result.empty() ? "" : " ") + to_string(x.what);
    return result;
  }

  const std::vector<lifecycle_event>& events() const {
    return *events_;
  }

private:
  std::shared_ptr<std::vector<lifecycle_event>> events_
    = std::make_shared<std::vector<lifecycle_event>>();
  listener_actor listener_;
};

} // namespace tieline::test

namespace tieline {

/// For Boost.Test.
inline std::ostream& operator<<(std::ostream& out, errc x) {
  return out << to_string(x);
}

inline std::ostream& operator<<(std::ostream& out, connection_state x) {
  return out << to_string(x);
}

inline std::ostream& operator<<(std::ostream& out,
                                const connection_counters& x) {
  return out << "create " << x.create_calls << ", open " << x.open_calls
             << ", close " << x.close_calls << ", failures " << x.open_failures;
}

} // namespace tieline
