#include "tieline/actors/cluster/membership/etcd_lease.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace tieline {

using namespace std::chrono_literals;

namespace {

using lane = etcd_asker::lane;

std::optional<bool> read_done(const std::string& text) {
  if (etcd::is_answer(text))
    return true;
  return std::nullopt;
}

} // namespace

etcd_lease::etcd_lease(etcd_asker& ask, timers& clock,
                       const cluster_settings& how,
                       std::function<void()> on_gone)
  : etcd_(ask),
    timers_(clock),
    ttl_(how.lease),
    on_gone_(std::move(on_gone)),
    clock_(how.lease, how.renew_interval, how.close_before),
    renew_(clock,
           [this] {
             etcd_.wake();
             renew();
           }),
    not_good_(clock, [this] { etcd_.wake(); }) {
  // nop
}

void etcd_lease::grant(std::function<void(const caf::error&)> done) {
  auto sent = boot_clock::now();
  auto ttl = std::chrono::duration_cast<std::chrono::seconds>(ttl_);
  etcd_.ask(
    "/v3/lease/grant", etcd::grant(ttl), lane::express, etcd::read_lease,
    [this, sent, done](const caf::expected<etcd::lease>& got) {
      if (stopped_)
        return;
      if (!got) {
        done(etcd_asker::unreached(got.error()));
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
    });
}

void etcd_lease::revoke(std::function<void()> done) {
  keeps_ = false;
  etcd_.ask("/v3/lease/revoke", etcd::by_id(id_), lane::express, read_done,
            [this, done](const caf::expected<bool>& got) {
              if (stopped_)
                return;
              if (got || etcd_client::not_found(got.error())
                  || clock_.over(boot_clock::now())) {
                forget();
                done();
                return;
              }
              etcd_.retry([this, done] {
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
  etcd_.ask_once("/v3/lease/revoke", etcd::by_id(id_), patience,
                 [done](const caf::expected<std::string>& got) {
                   if (got || etcd_client::not_found(got.error()))
                     done({});
                   else
                     done(got.error());
                 });
}

void etcd_lease::forget() {
  id_ = 0;
  keeps_ = false;
  clock_.stop();
}

void etcd_lease::set_timers() {
  auto now = boot_clock::now();
  auto in = [&](boot_clock::time_point when) {
    return timers_.now() + std::max<caf::timespan>(when - now, 0ns);
  };
  renew_.set(in(clock_.renew_at()));
  not_good_.set(in(clock_.close_at()));
}

void etcd_lease::renew() {
  if (renewing_ || !keeps_)
    return;
  renewing_ = true;
  auto sent = boot_clock::now();
  etcd_.ask("/v3/lease/keepalive", etcd::by_id(id_), lane::express,
            etcd::read_lease,
            [this, sent, id = id_](const caf::expected<etcd::lease>& got) {
              renewing_ = false;
              if (id != id_ || !got || got->id != id) {
                renew_soon();
              } else if (got->ttl == 0s) {
                forget();
                on_gone_();
              } else {
                clock_.renewed(sent, got->ttl);
                set_timers();
              }
            });
}

void etcd_lease::renew_soon() {
  if (keeps_)
    renew_.set(timers_.now() + etcd_.retry_pause());
}

} // namespace tieline
