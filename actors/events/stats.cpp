#include "tieline/actors/events/stats.hpp"

#include "tieline/messages/internal/stats.hpp"

#include <caf/actor_system.hpp>
#include <caf/telemetry/counter.hpp>
#include <caf/telemetry/metric_family_impl.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace tieline {

namespace {

class stats_state {
public:
  static inline const char* name = "tieline.stats";

  explicit stats_state(stats_actor::pointer self)
    : created_(
      family(self, "connections-created", "Connections made by a factory.")),
      opened_(family(self, "sessions-opened", "Sessions really opened.")),
      closed_(
        family(self, "connections-closed", "Connections closed and removed.")),
      failed_(family(self, "open-failures",
                     "Attempts to open a session that failed.")),
      lost_(
        family(self, "sessions-lost", "Sessions that ended by themselves.")),
      evicted_(family(self, "sessions-evicted",
                      "Sessions closed because they were idle, old, or in the "
                      "way of others.")) {
    // nop
  }

  stats_actor::behavior_type make_behavior() {
    return {
      [this](count_atom, connection_event what, const std::string& plugin) {
        count(what, plugin);
      },
      [this](counters_atom, const std::string& plugin) {
        return counters_of(plugin);
      },
      [this](counters_atom) { return counters_; },
    };
  }

private:
  using family_ptr
    = caf::telemetry::metric_family_impl<caf::telemetry::int_counter>*;

  static family_ptr family(stats_actor::pointer self, compat::string_view name,
                           compat::string_view help) {
    return self->system().metrics().counter_family("tieline", name, {"plugin"},
                                                   help, "1", true);
  }

  void count(connection_event what, const std::string& plugin) {
    auto& counters = counters_[plugin];
    auto add = [&plugin](uint64_t& counter, family_ptr metric) {
      ++counter;
      metric->get_or_add({{"plugin", plugin}})->inc();
    };
    switch (what) {
      case connection_event::created:
        return add(counters.create_calls, created_);
      case connection_event::opened:
        return add(counters.open_calls, opened_);
      case connection_event::closed:
        return add(counters.close_calls, closed_);
      case connection_event::open_failed:
        return add(counters.open_failures, failed_);
      case connection_event::lost:
        return add(counters.losses, lost_);
      case connection_event::evicted:
        return add(counters.evictions, evicted_);
    }
  }

  std::optional<connection_counters>
  counters_of(const std::string& plugin) const {
    auto i = counters_.find(plugin);
    if (i == counters_.end())
      return std::nullopt;
    return i->second;
  }

  counters_snapshot counters_;
  family_ptr created_;
  family_ptr opened_;
  family_ptr closed_;
  family_ptr failed_;
  family_ptr lost_;
  family_ptr evicted_;
};

} // namespace

stats_actor spawn_stats(caf::actor_system& sys) {
  return sys.spawn<stats_actor::stateful_impl<stats_state>>();
}

} // namespace tieline
