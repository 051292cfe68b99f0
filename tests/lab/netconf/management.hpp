#pragma once

#include "datastores.hpp"
#include "event_log.hpp"
#include "options.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::lab::netconf {

/// Gets the events of a device as they happen.
class event_sink {
public:
  virtual void on_event(const event_ptr& what) = 0;

protected:
  ~event_sink() = default;
};

/// A session as others see it.
class session_handle {
public:
  /// Ends the session without a word.
  virtual void kill() = 0;
  virtual const std::string& user() const = 0;

protected:
  ~session_handle() = default;
};

/// What a device's NETCONF and RESTCONF servers share: datastores, events,
/// sessions.
class management {
public:
  /// Calls `stir` when others have to look: there may be something to send.
  /// @throws std::invalid_argument the configuration is no XML
  management(netconf::options how, std::function<void()> stir);

  const netconf::options& settings() const noexcept {
    return settings_;
  }

  datastores& data() noexcept {
    return data_;
  }
  const event_log& log() const noexcept {
    return log_;
  }

  /// Returns whether there is a capability of this name, like `candidate`.
  bool supports(std::string_view capability) const;

  session_id enter(session_handle& who);
  /// Forgets the session and gives up what it holds. More than once does no
  /// harm.
  void leave(session_id who);
  /// Returns whether there is such a session; ends it.
  bool kill(session_id who);
  const std::map<session_id, session_handle*>& sessions() const noexcept {
    return sessions_;
  }

  void subscribe(event_sink& who) {
    sinks_.insert(&who);
  }
  void unsubscribe(event_sink& who) {
    sinks_.erase(&who);
  }
  /// Tells all who subscribed.
  /// @throws std::invalid_argument it is no XML
  void notify(const std::string& content);

  void count_rpc(std::string_view operation);

  /// Returns when to call `expire` next.
  clock::time_point deadline() const {
    return data_.deadline();
  }
  void expire(clock::time_point now) {
    data_.expire(now);
  }
  /// To be called after a deadline may have changed.
  void stir() const {
    stir_();
  }

  /// Returns all that `get` tells beside the configuration.
  std::string state() const;

  netconf::status status() const;

private:
  const netconf::options settings_;
  std::function<void()> stir_;
  datastores data_;
  event_log log_;
  session_id last_id_ = 0;
  std::map<session_id, session_handle*> sessions_;
  std::set<event_sink*> sinks_;
  std::map<std::string, std::uint64_t, std::less<>> rpcs_;
};

} // namespace tieline::lab::netconf
