#include "tieline/actors/cluster/membership/etcd_lease.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tieline {

using namespace std::chrono_literals;

etcd_lease::etcd_lease(store_client& store, const cluster_settings& how,
                       std::function<void()> on_gone)
  : store_(store),
    ttl_(how.lease),
    on_gone_(std::move(on_gone)),
    clock_(how.lease, how.renew_interval, how.close_before) {
  // nop
}

void etcd_lease::grant(std::function<void(const caf::error&)> done) {
  auto sent = boot_clock::now();
  store_.ask<stored_lease>(
    [this, sent, done](const caf::expected<stored_lease>& got) {
      if (stopped_)
        return;
      if (!got) {
        done(got.error());
        return;
      }
      clock_.begin(sent, got->ttl);
      if (!good()) {
        forget();
        done(make_error(
          errc::timeout,
          {{}, step::none, "the lease that etcd grants is over too soon"}));
        return;
      }
      id_ = got->id;
      keeps_ = true;
      set_timers();
      done({});
    },
    grant_atom_v, ttl_);
}

void etcd_lease::revoke(std::function<void()> done) {
  keeps_ = false;
  store_.revoke(id_, [this, done](const caf::error& failed) {
    if (stopped_)
      return;
    if (!failed || clock_.over(boot_clock::now())) {
      forget();
      done();
      return;
    }
    store_.retry([this, done] {
      if (!stopped_)
        revoke(done);
    });
  });
}

void etcd_lease::revoke_once(caf::timespan patience,
                             std::function<void(const caf::error&)> done) {
  keeps_ = false;
  stopped_ = true;
  if (id_ == 0) {
    done({});
    return;
  }
  auto once = [done = std::move(done),
               over = std::make_shared<bool>(false)](const caf::error& failed) {
    if (!std::exchange(*over, true))
      done(failed);
  };
  store_.later(patience, [once] {
    once(make_error(errc::timeout, {{}, step::none, "no answer in time"}));
  });
  store_.revoke(id_, once);
}

void etcd_lease::forget() {
  id_ = 0;
  keeps_ = false;
  clock_.stop();
}

void etcd_lease::set_timers() {
  auto now = boot_clock::now();
  auto in = [&](boot_clock::time_point when) {
    return store_.now() + std::max<caf::timespan>(when - now, 0ns);
  };
  renew_at(in(clock_.renew_at()));
  store_.cancel(not_good_);
  not_good_ = store_.at(in(clock_.close_at()), [] {});
}

void etcd_lease::renew() {
  if (renewing_ || !keeps_)
    return;
  renewing_ = true;
  auto sent = boot_clock::now();
  store_.ask<stored_lease>(
    [this, sent, id = id_](const caf::expected<stored_lease>& got) {
      renewing_ = false;
      if (id != id_ || !got || got->id != id) {
        if (keeps_)
          renew_at(store_.now() + store_.retry_pause());
      } else if (got->ttl == 0s) {
        forget();
        on_gone_();
      } else {
        clock_.renewed(sent, got->ttl);
        set_timers();
      }
    },
    keep_alive_atom_v, id_);
}

void etcd_lease::renew_at(store_client::time_point when) {
  store_.cancel(renew_);
  renew_ = store_.at(when, [this] { renew(); });
}

} // namespace tieline
