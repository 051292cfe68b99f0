#pragma once

#include "tieline/actors/cluster/membership/etcd_client.hpp"
#include "tieline/actors/cluster/membership/etcd_messages.hpp"
#include "tieline/messages/internal/coordinator.hpp"

#include <caf/expected.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace tieline {

/// Asks etcd and reads its answers, at once or after a pause, for the parts of
/// a coordinator; all live in its actor.
class etcd_asker {
public:
  using lane = etcd_client::lane;

  /// @param clock of the same actor; is to live as long
  /// @param on_wake called before anything is done with an answer or a deadline
  etcd_asker(coordinator_actor::pointer self, std::string node_name,
             timers& clock, factory_actor http, const cluster_settings& how,
             std::function<void()> on_wake);

  etcd_asker(const etcd_asker&) = delete;

  etcd_asker& operator=(const etcd_asker&) = delete;

  /// Asks, and calls `done` with what `read` makes of the answer.
  template <class Read, class Done>
  void ask(const char* path, std::string body, lane how, Read read, Done done) {
    auto on_answer = [this, read,
                      done](const caf::expected<std::string>& got) mutable {
      using value = std::decay_t<decltype(*read(*got))>;
      on_wake_();
      if (!got) {
        done(caf::expected<value>{got.error()});
        return;
      }
      auto result = read(*got);
      if (!result) {
        client_.distrust("its answer is not etcd's");
        done(caf::expected<value>{client_.last_error()});
        return;
      }
      done(caf::expected<value>{std::move(*result)});
    };
    client_.call(path, std::move(body), how, client_.call_timeout(),
                 std::move(on_answer));
  }

  /// Asks for the last time, and waits no longer than `patience`.
  void ask_once(const char* path, std::string body, caf::timespan patience,
                etcd_client::callback done);

  /// Calls `f` after a pause.
  void later(caf::timespan pause, std::function<void()> f);

  void retry(std::function<void()> f) {
    later(retry_pause_, std::move(f));
  }

  caf::timespan retry_pause() const noexcept {
    return retry_pause_;
  }

  /// To be called before anything is done with a deadline that has passed.
  void wake() {
    on_wake_();
  }

  /// Returns what kept etcd from answering, as an error of tieline.
  static caf::error unreached(const caf::error& reason);

  /// Returns why etcd was not reached when it was last tried; empty if it was.
  const caf::error& last_error() const noexcept {
    return client_.last_error();
  }

  void warn(const std::string& what) const;

private:
  std::string name_;
  timers& timers_;
  std::function<void()> on_wake_;
  etcd_client client_;
  caf::timespan retry_pause_;
};

} // namespace tieline
