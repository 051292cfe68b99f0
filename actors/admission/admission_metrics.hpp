#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/telemetry/counter.hpp>
#include <caf/telemetry/gauge.hpp>
#include <caf/telemetry/metric_family_impl.hpp>

#include <cstddef>
#include <cstdint>

namespace tieline {

/// What one admission adds to a gauge that all of a system share.
class gauge_share {
public:
  gauge_share(caf::actor_system& sys, compat::string_view name,
              compat::string_view help)
    : gauge_(sys.metrics().gauge_singleton("tieline", name, help)) {
    // nop
  }

  gauge_share(const gauge_share&) = delete;
  gauge_share& operator=(const gauge_share&) = delete;

  ~gauge_share() {
    set(0);
  }

  void set(size_t value) {
    auto now = static_cast<int64_t>(value);
    gauge_->inc(now - value_);
    value_ = now;
  }

private:
  caf::telemetry::int_gauge* gauge_;
  int64_t value_ = 0;
};

/// The metrics of the admission.
class admission_metrics {
public:
  explicit admission_metrics(caf::actor_system& sys)
    : dialing(sys, "dialing",
              "Opens that dial a host that has not answered soon."),
      opening(sys, "opening", "Sessions that are being opened otherwise."),
      waiting(sys, "open-waiting", "Opens that wait for a place."),
      sessions(sys, "sessions", "Sessions that are up."),
      refused_(sys.metrics().counter_family(
        "tieline", "opens-refused", {"reason"},
        "Opens that were refused before an attempt.", "1", true)) {
    // nop
  }

  void count_refusal(errc reason) {
    refused_->get_or_add({{"reason", to_string(reason)}})->inc();
  }

  gauge_share dialing;
  gauge_share opening;
  gauge_share waiting;
  gauge_share sessions;

private:
  caf::telemetry::metric_family_impl<caf::telemetry::int_counter>* refused_;
};

} // namespace tieline
