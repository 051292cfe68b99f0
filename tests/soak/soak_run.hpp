#pragma once

#include "inventory.hpp"
#include "lab_process.hpp"
#include "listeners.hpp"
#include "request_log.hpp"
#include "resource_monitor.hpp"
#include "soak_context.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tieline::soak {

struct options {
  std::chrono::seconds time{60};
  size_t devices = 100;
  size_t callers = 40;
  uint64_t seed = 0;
};

/// One soak run, from the start of the manager to its end. Call the functions
/// in their order. Each adds the violations that it finds.
class soak_run {
public:
  soak_run(const options& how, lab_process& lab, const inventory& where);

  ~soak_run();

  /// Lets workload, operator and faults go on for the time of the run, and
  /// takes a sample of the resources once per second.
  void play();

  /// Stops all participants and checks that every request was answered.
  void settle();

  /// Checks that all devices are usable again, now that the lab is healed.
  void recover();

  /// Closes everything and checks that nothing is left.
  void end();

  void print() const;

  const std::vector<std::string>& wrong() const noexcept {
    return wrong_;
  }

private:
  struct config : caf::actor_system_config {
    config();
  };

  template <class T, class Handle, class... Ts>
  caf::expected<T> ask(const Handle& whom, Ts... words);

  void violation(std::string what) {
    wrong_.push_back(std::move(what));
  }

  /// Returns how many actors there are more than before the manager.
  int64_t actors_left();

  void wait_until(std::chrono::steady_clock::time_point when);

  void take_sample();

  void report_progress(std::chrono::seconds passed, uint64_t answers);

  void check_answers();

  void check_counters();

  void check_lab();

  options how_;
  lab_process& lab_;
  const inventory& where_;
  request_log log_;
  event_log heard_;
  event_log heard_slowly_;
  config config_;
  caf::actor_system system_;
  caf::scoped_actor self_;
  sample before_;
  sample after_;
  std::vector<sample> samples_;
  connection_counters counters_;
  std::vector<std::string> wrong_;

  factory_actor factory_;
  soak_context context_;
  listener_actor listener_;
  listener_actor slow_listener_;
  participant_actor workload_;
  participant_actor operator_;
  participant_actor fault_injector_;
};

} // namespace tieline::soak
