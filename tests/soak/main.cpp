/// Keeps a manager and its SSH sessions busy for a while with everything that
/// can happen to them, and checks that nothing is left and nothing has grown.
///
/// soak [--seconds N] [--seed N] [--devices N] [--callers N]
#include "soak_run.hpp"
#include "support/leak_check.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace tieline;

constexpr int usage_error = 5;

soak::options parsed(int argc, char** argv) {
  soak::options result;
  result.seed = std::random_device{}();
  for (auto i = 1; i < argc; i += 2) {
    std::string_view name = argv[i];
    char* rest = nullptr;
    auto value = i + 1 < argc ? std::strtoull(argv[i + 1], &rest, 10) : 0;
    if (rest == nullptr || *rest != '\0')
      throw std::invalid_argument("usage: soak [--seconds N] [--seed N] "
                                  "[--devices N] [--callers N]");
    if (name == "--seconds")
      result.time = std::chrono::seconds{value};
    else if (name == "--seed")
      result.seed = value;
    else if (name == "--devices")
      result.devices = value;
    else if (name == "--callers")
      result.callers = value;
    else
      throw std::invalid_argument("no such option: " + std::string{name});
  }
  if (result.time.count() < 3 || result.devices < 10 || result.callers < 1)
    throw std::invalid_argument("at least 3 seconds, 10 devices, 1 caller");
  return result;
}

/// Returns whether nothing was.
bool tell(const std::vector<std::string>& wrong) {
  for (auto& text : wrong)
    std::printf("WRONG: %s\n", text.c_str());
  std::fflush(stdout);
  return wrong.empty();
}

bool run(const soak::options& how) {
  lab::options what;
  what.devices = how.devices;
  what.user = "";
  soak::lab_process lab{what};
  soak::inventory where{lab};
  // A sanitizer starts a thread of its own with the first one.
  std::thread{[] {}}.join();
  test::leak_check leaks;
  auto well = false;
  {
    soak::soak_run soak_run{how, lab, where};
    soak_run.play();
    soak_run.settle();
    soak_run.recover();
    soak_run.end();
    soak_run.print();
    // Now: a system with actors that do not end does not end, either.
    well = tell(soak_run.wrong());
  }
  if (auto left = leaks.leaked(); !left.empty())
    well = tell({"left behind: " + left});
  return well;
}

} // namespace

int main(int argc, char** argv) try {
  auto how = parsed(argc, argv);
  std::printf("soaking %zu devices with %zu callers for %lld s, seed %llu\n",
              how.devices, how.callers,
              static_cast<long long>(how.time.count()),
              static_cast<unsigned long long>(how.seed));
  std::fflush(stdout);
  auto well = run(how);
  std::printf("%s\n", well ? "soak: all is well" : "soak: FAILED");
  return well ? 0 : 1;
} catch (const std::invalid_argument& x) {
  std::cerr << "soak: " << x.what() << '\n';
  return usage_error;
} catch (const std::exception& x) {
  std::cerr << "soak: " << x.what() << '\n';
  return 1;
}
