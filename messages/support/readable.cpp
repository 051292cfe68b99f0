#include "tieline/messages/support/readable.hpp"

#include <chrono>
#include <cstdint>
#include <ctime>

namespace tieline {

namespace {

using namespace std::chrono_literals;

/// Returns `x` in one unit and what is left of it in a smaller one.
std::string in_two(caf::timespan x, caf::timespan unit, const char* name,
                   caf::timespan smaller, const char* smaller_name) {
  auto result = std::to_string(x / unit) + name;
  if (auto rest = x % unit / smaller; rest > 0)
    result += ' ' + std::to_string(rest) + smaller_name;
  return result;
}

} // namespace

std::string readable(caf::timespan x) {
  if (x <= 0s)
    return "0s";
  if (x < 1us)
    return std::to_string(x / 1ns) + "ns";
  if (x < 1ms)
    return std::to_string(x / 1us) + "us";
  if (x < 1s)
    return std::to_string(x / 1ms) + "ms";
  if (x < 1min) {
    auto result = std::to_string(x / 1s);
    if (auto tenths = x % 1s / 100ms; tenths > 0)
      result += '.' + std::to_string(tenths);
    return result + 's';
  }
  if (x < 1h)
    return in_two(x, 1min, "min", 1s, "s");
  if (x < 24h)
    return in_two(x, 1h, "h", 1min, "min");
  return in_two(x, 24h, "d", 1h, "h");
}

std::string readable(caf::timestamp x) {
  // Down also before 1970, where division would go up.
  auto seconds
    = std::chrono::floor<std::chrono::seconds>(x.time_since_epoch()).count();
  auto time = static_cast<std::time_t>(seconds);
  std::tm fields{};
  gmtime_r(&time, &fields);
  char text[32];
  auto size = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &fields);
  return {text, size};
}

} // namespace tieline
