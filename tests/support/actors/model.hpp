#pragma once

#include "support/actors/deterministic.hpp"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <string_view>

namespace tieline::test {

/// How often each outcome of a request came in all runs, to see that the runs
/// are no farce.
using tally = std::map<std::string, size_t>;

/// Ends the run with an error that tells its seed and `what`, unless
/// `condition` holds.
void require(bool condition, std::string_view what);

/// What runs of random operations have in common: random choices, and the
/// messages of all actors in any order but that between any two of them.
class model_run {
protected:
  explicit model_run(uint64_t seed) : random_(seed) {
    // nop
  }

  /// Returns a number below `n`.
  uint64_t pick(uint64_t n) {
    return std::uniform_int_distribution<uint64_t>{0, n - 1}(random_);
  }

  template <class Range>
  auto& any(Range& of) {
    return of[pick(std::size(of))];
  }

  /// Handles so many messages at most, and calls `look` behind each.
  void schedule(
    deterministic& d, uint64_t jobs, const std::function<void()>& look = [] {});

private:
  std::mt19937_64 random_;
};

/// Makes many runs, each with a seed of its own; the first that fails is the
/// last. Checks that each of `outcomes` came. TIELINE_MODEL_RUNS sets how many
/// runs there are, TIELINE_MODEL_SEED repeats one.
/// @param runs how many, unless the environment says so
void run_model(uint64_t runs, std::initializer_list<const char*> outcomes,
               const std::function<void(uint64_t seed, tally&)>& run);

} // namespace tieline::test
