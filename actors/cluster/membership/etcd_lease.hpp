#pragma once

#include "tieline/actors/cluster/membership/cluster_settings.hpp"
#include "tieline/actors/cluster/membership/lease_clock.hpp"
#include "tieline/actors/cluster/membership/store_client.hpp"

#include <cstdint>
#include <functional>

namespace tieline {

/// A node's lease with etcd: from the grant on it is renewed again and again,
/// until it is given back or etcd has ended it.
class etcd_lease {
public:
  /// @param store of the same actor; is to live as long, and wakes it when the
  ///              lease stops being good
  /// @param on_gone called when etcd has ended it
  etcd_lease(store_client& store, const cluster_settings& how,
             std::function<void()> on_gone);

  etcd_lease(const etcd_lease&) = delete;

  etcd_lease& operator=(const etcd_lease&) = delete;

  /// Asks for one, once; calls back with an empty error or why there is none.
  void grant(std::function<void(const caf::error&)> done);

  /// Gives it back; calls back when nothing hangs on it any more.
  void revoke(std::function<void()> done);

  /// Gives it back for good; calls back, once, with an error if that failed or
  /// took longer than `patience`.
  void revoke_once(caf::timespan patience,
                   std::function<void(const caf::error&)> done);

  /// There is none any more.
  void forget();

  /// Returns zero if there is none.
  int64_t id() const noexcept {
    return id_;
  }

  /// Returns whether its holder may rely on it now.
  bool good() const {
    return clock_.good(boot_clock::now());
  }

private:
  void set_timers();

  void renew();

  void renew_at(store_client::time_point when);

  store_client& store_;
  caf::timespan ttl_;
  std::function<void()> on_gone_;
  int64_t id_ = 0;
  lease_clock clock_;
  /// It is to be renewed.
  bool keeps_ = false;
  bool renewing_ = false;
  bool stopped_ = false;
  timers::id renew_{};
  /// Only to wake up.
  timers::id not_good_{};
};

} // namespace tieline
