#include "tieline/lab/fault_plan.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <stdexcept>

namespace tieline::lab {

namespace {

[[noreturn]] void fail(const std::string& text) {
  std::string known;
  for (std::size_t i = 0; i < fault_count; ++i)
    known.append(" ").append(to_string(static_cast<fault>(i)));
  throw std::invalid_argument(
    "'" + text + "' is not NAME[=AMOUNT][:SHARE]; the names are" + known);
}

bool has_digits_only(const std::string& text) {
  return !text.empty() && text.size() < 16
         && text.find_first_not_of("0123456789") == std::string::npos;
}

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
  auto name = text;
  planned_fault result{fault::refuse, 0, 1};
  if (auto colon = name.find(':'); colon != std::string::npos) {
    result.share = parse_share(name.substr(colon + 1));
    name.erase(colon);
  }
  if (auto equals = name.find('='); equals != std::string::npos) {
    auto amount = name.substr(equals + 1);
    if (!has_digits_only(amount))
      fail(text);
    result.amount = std::stoull(amount);
    name.erase(equals);
  }
  auto what = fault_from(name);
  if (!what || result.share < 0 || result.share > 1)
    fail(text);
  result.what = *what;
  return result;
}

void stage(const server& devices, const std::vector<planned_fault>& faults) {
  std::vector<std::size_t> order(devices.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), std::mt19937{1});
  auto next = order.begin();
  for (auto& f : faults) {
    auto n = std::lround(f.share * static_cast<double>(order.size()));
    for (; n > 0 && next != order.end(); --n)
      devices.at(*next++).set(f.what, f.amount);
  }
}

} // namespace tieline::lab
