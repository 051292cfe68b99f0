#include "tieline/lab/fault_plan.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <stdexcept>

namespace tieline::lab {

namespace {

/// Returns the share, or a negative number.
double parse_share(std::string text) {
  auto percent = !text.empty() && text.back() == '%';
  if (percent)
    text.pop_back();
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string::npos
      || text.find('.') != text.rfind('.') || text == ".")
    return -1;
  return std::stod(text) / (percent ? 100 : 1);
}

} // namespace

planned_fault parse_fault(const std::string& text) {
  auto colon = std::min(text.find(':'), text.size());
  auto share = colon < text.size() ? parse_share(text.substr(colon + 1)) : 1;
  if (share < 0 || share > 1)
    throw std::invalid_argument("'" + text
                                + "': the share must be 0 to 1 or "
                                  "0% to 100%");
  return {measured_fault_from(std::string_view{text}.substr(0, colon)), share};
}

void stage(const server& devices, const std::vector<planned_fault>& faults) {
  std::vector<std::size_t> order(devices.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), std::mt19937{1});
  auto next = order.begin();
  for (auto& f : faults) {
    auto n = std::lround(f.share * static_cast<double>(order.size()));
    for (; n > 0 && next != order.end(); --n)
      devices.at(*next++).set(f.fault.what, f.fault.amount);
  }
}

} // namespace tieline::lab
