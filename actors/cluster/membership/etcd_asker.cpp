#include "tieline/actors/cluster/membership/etcd_asker.hpp"

#include "tieline/messages/internal/coordinator.hpp"

#include <caf/logger.hpp>

#include <algorithm>
#include <chrono>

namespace tieline {

using namespace std::chrono_literals;

etcd_asker::etcd_asker(coordinator_actor::pointer self, std::string node_name,
                       timers& clock, factory_actor http,
                       const cluster_settings& how,
                       std::function<void()> on_wake)
  : name_(std::move(node_name)),
    timers_(clock),
    on_wake_(std::move(on_wake)),
    client_(self, clock, std::move(http), how),
    retry_pause_(
      std::clamp<caf::timespan>(how.renew_interval / 10, 20ms, 500ms)) {
  // nop
}

void etcd_asker::ask_once(const char* path, std::string body,
                          caf::timespan patience, etcd_client::callback done) {
  client_.call(path, std::move(body), lane::express, patience, std::move(done));
}

void etcd_asker::later(caf::timespan pause, std::function<void()> f) {
  timers_.at(timers_.now() + pause, [this, f = std::move(f)] {
    on_wake_();
    f();
  });
}

caf::error etcd_asker::unreached(const caf::error& reason) {
  return code_of(reason) == errc::none
           ? make_error(errc::transport_failed,
                        {{}, step::none, to_string(reason)})
           : reason;
}

void etcd_asker::warn(const std::string& what) const {
  CAF_LOG_IMPL("tieline.cluster", CAF_LOG_LEVEL_WARNING, name_ + ": " + what);
}

} // namespace tieline
