#pragma once

#include <chrono>
#include <thread>

namespace tieline::test {

/// How long anything may take before a test calls it hanging. Nothing is ever
/// expected to come near.
constexpr auto hang_limit = std::chrono::seconds{60};

/// Returns whether `condition()` came true before the limit, asking again and
/// again: for what only the operating system knows and nothing announces.
template <class Condition>
bool eventually(Condition condition,
                std::chrono::steady_clock::duration limit = hang_limit) {
  auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline)
      return condition();
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return true;
}

} // namespace tieline::test
