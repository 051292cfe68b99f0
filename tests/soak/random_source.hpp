#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <random>

namespace tieline::soak {

/// Random decisions that can be repeated with the same seed.
class random_source {
public:
  explicit random_source(uint64_t seed) : engine_(seed) {
    // nop
  }

  uint64_t between(uint64_t least, uint64_t most) {
    return std::uniform_int_distribution<uint64_t>{least, most}(engine_);
  }

  bool chance(double probability) {
    return std::bernoulli_distribution{probability}(engine_);
  }

  std::chrono::milliseconds milliseconds(uint64_t least, uint64_t most) {
    return std::chrono::milliseconds{between(least, most)};
  }

  /// Returns the index of one of the weights.
  size_t weighted(std::initializer_list<double> weights) {
    return std::discrete_distribution<size_t>{weights}(engine_);
  }

  uint64_t seed() {
    return engine_();
  }

private:
  std::mt19937_64 engine_;
};

} // namespace tieline::soak
