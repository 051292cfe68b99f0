#include "fault_set.hpp"

#include <algorithm>

namespace tieline::lab {

std::optional<std::uint64_t> fault_set::amount(fault what) const {
  if (!has(what))
    return std::nullopt;
  return amounts_[static_cast<std::size_t>(what)];
}

std::chrono::milliseconds fault_set::delay(fault what) const {
  using std::chrono::milliseconds;
  constexpr milliseconds year = std::chrono::hours{24 * 365};
  auto ms = std::min<std::uint64_t>(amount(what).value_or(0), year.count());
  return milliseconds{static_cast<milliseconds::rep>(ms)};
}

void fault_set::set(fault what, std::uint64_t amount) {
  on_[static_cast<std::size_t>(what)] = true;
  amounts_[static_cast<std::size_t>(what)] = amount;
}

} // namespace tieline::lab
