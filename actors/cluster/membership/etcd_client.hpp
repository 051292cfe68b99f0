#pragma once

#include "tieline/actors/cluster/addresses.hpp"
#include "tieline/actors/cluster/cluster_settings.hpp"
#include "tieline/actors/runtime/owned.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/coordinator.hpp"

#include <caf/actor.hpp>
#include <caf/expected.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tieline {

/// Asks the members of an etcd cluster, through a session with one of them at a
/// time. Whenever one fails, the session is ended and the next one has its
/// turn; when all have failed there is a pause. Lives in its user's actor.
class etcd_client {
public:
  using callback = std::function<void(const caf::expected<std::string>&)>;

  enum class lane {
    /// Never waits for others.
    express,
    /// So many at once that there are connections left for the others.
    bulk,
  };

  /// @param http makes sessions of the plugin `http`
  etcd_client(coordinator_actor::pointer self, timers& clock,
              factory_actor http, const cluster_settings& how);

  /// How long an answer may take: a renewal can be tried three times before the
  /// lease is in danger.
  caf::timespan call_timeout() const noexcept {
    return call_timeout_;
  }

  /// Sends a POST and calls back once, not from within: with the body of an
  /// answer, with an `errc::operation_failed` or `errc::auth_failed` if etcd
  /// said no (see @ref not_found), or else with what kept it from answering
  /// within the time. It may have done then what it was asked, or do it later.
  void call(std::string path, std::string body, lane how,
            caf::timespan patience, callback done);

  /// What the session has said makes no sense: ends it.
  void distrust(const std::string& why);

  /// Returns why etcd was not reached when it was last tried; empty if it was.
  const caf::error& last_error() const noexcept {
    return last_error_;
  }

  /// Returns whether etcd has said that it has no such thing.
  static bool not_found(const caf::error& x);

private:
  enum class phase { idle, opening, login, open };

  struct job {
    std::string path;
    std::string body;
    lane how;
    callback done;
    timers::id due;
    bool sent = false;
    /// Has had a new token already.
    bool again = false;
  };

  const etcd_endpoint& endpoint() const {
    return endpoints_[current_];
  }

  /// Names the member in errors and in the log.
  connection_key key() const;

  caf::error wrong(errc code, step at, const std::string& cause,
                   std::map<std::string, std::string> details = {}) const;

  connection_params params() const;

  void pump();

  void open();

  void opened();

  void log_in();

  void send_login(const secret& password);

  void send(uint64_t id, job& x);

  request make_request(const std::string& path, std::string body) const;

  void answered(uint64_t id, const reply& got);

  void expire(uint64_t id);

  void finish(uint64_t id, const caf::expected<std::string>& result);

  caf::error explained(const caf::error& reason) const;

  void failed(const caf::error& reason);

  coordinator_actor::pointer self_;
  timers& clock_;
  factory_actor http_;
  std::vector<etcd_endpoint> endpoints_;
  cluster_settings how_;
  caf::timespan call_timeout_;
  phase phase_ = phase::idle;
  size_t current_ = 0;
  /// Of the session: what comes from an older one does not count.
  uint64_t generation_ = 0;
  owned<transport_actor> session_;
  /// Reads the password; detached.
  owned<caf::actor> reader_;
  secret token_;
  std::map<uint64_t, job> pending_;
  uint64_t last_id_ = 0;
  size_t bulk_ = 0;
  /// Whether the session has brought an answer.
  bool proven_ = false;
  /// Failures since the last answer.
  uint64_t strikes_ = 0;
  deadline pause_;
  caf::error last_error_;
};

} // namespace tieline
