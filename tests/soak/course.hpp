#pragma once

#include "gauge.hpp"
#include "lab_process.hpp"
#include "ledger.hpp"
#include "listeners.hpp"
#include "site.hpp"
#include "stage.hpp"

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

/// One soak from the start of the manager to its end. The functions are to be
/// called in their order; each adds to what was found to be wrong.
class course {
public:
  course(const options& how, lab_process& lab, const site& where);

  ~course();

  /// Has everything happen, and samples once per second.
  void play();

  /// Has all end what they do. Everybody is to have had every answer.
  void settle();

  /// Heals the lab: all devices are to be usable again.
  void recover();

  /// Closes everything; nothing is to be left.
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

  void blame(std::string what) {
    wrong_.push_back(std::move(what));
  }

  /// Returns how many actors there are more than before the manager.
  int64_t actors_left();

  void take_sample();

  void report_progress(std::chrono::seconds passed, uint64_t answers);

  void check_answers();

  void check_counters();

  void check_lab();

  options how_;
  lab_process& lab_;
  const site& where_;
  ledger book_;
  hearsay heard_;
  hearsay heard_slowly_;
  config config_;
  caf::actor_system system_;
  caf::scoped_actor self_;
  sample before_;
  sample after_;
  std::vector<sample> samples_;
  connection_counters counters_;
  std::vector<std::string> wrong_;

  factory_actor factory_;
  stage stage_;
  listener_actor listener_;
  listener_actor slow_listener_;
  player_actor crowd_;
  player_actor operator_;
  player_actor chaos_;
};

} // namespace tieline::soak
