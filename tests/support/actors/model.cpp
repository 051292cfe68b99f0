#include "support/actors/model.hpp"

#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace tieline::test {

namespace {

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const auto* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

} // namespace

void require(bool condition, std::string_view what) {
  if (!condition)
    throw std::runtime_error(std::string{what});
}

void model_run::schedule(deterministic& d, uint64_t jobs,
                         const std::function<void()>& look) {
  auto& queue = d.driver().jobs();
  for (; jobs > 0 && !queue.empty(); --jobs) {
    std::swap(queue.front(), queue[pick(queue.size())]);
    d.driver().run_once();
    look();
  }
}

void run_model(uint64_t runs, std::initializer_list<const char*> outcomes,
               const std::function<void(uint64_t, tally&)>& run) {
  tally results;
  auto only = from_environment("TIELINE_MODEL_SEED", 0);
  auto seed = only != 0 ? only : uint64_t{std::random_device{}()} + 1;
  if (only != 0)
    runs = 1;
  else
    runs = from_environment("TIELINE_MODEL_RUNS", runs);
  std::cout << "seeds " << seed << " to " << seed + runs - 1 << '\n';
  for (auto last = seed + runs; seed != last; ++seed) {
    try {
      run(seed, results);
    } catch (const std::exception& e) {
      BOOST_ERROR("TIELINE_MODEL_SEED=" << seed << ": " << e.what());
      return; // what it left would only confuse the next
    }
  }
  for (auto& [what, count] : results)
    std::cout << count << "  " << what << '\n';
  // Everything that can come of a request did.
  if (only == 0)
    for (const auto* what : outcomes)
      BOOST_CHECK_GT(results[what], 0u);
}

} // namespace tieline::test
