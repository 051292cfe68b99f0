#include "device_state.hpp"

#include <algorithm>
#include <cstdio>

namespace tieline::lab {

namespace {

std::string numbered(const std::string& prefix, const char* format,
                     std::size_t number) {
  char digits[24];
  std::snprintf(digits, sizeof(digits), format, number);
  return prefix + digits;
}

host_key key_of(const options& settings, std::size_t index) {
  auto& keys = settings.host_keys;
  return keys.empty() ? host_key::generate()
                      : host_key::parse(keys[index % keys.size()]);
}

} // namespace

void tally::accept() noexcept {
  ++accepted_;
  auto live = ++live_;
  auto peak = peak_.load();
  while (peak < live && !peak_.compare_exchange_weak(peak, live))
    ;
}

counters tally::read() const noexcept {
  return {accepted_, logins_ok_, logins_rejected_, execs_, live_, peak_};
}

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

device_state::device_state(shared_state& shared, worker& owner,
                           std::size_t index, const std::string& address,
                           std::uint16_t port)
  : shared(shared),
    owner(owner),
    index(index),
    name(numbered(shared.settings.name_prefix, "%04zu", index)),
    serial(numbered("TL", "%08zu", 70000001 + 7919 * index)),
    address(address),
    key(key_of(shared.settings, index)),
    door(address, port),
    methods(shared.settings.methods) {
  // nop
}

void device_state::login(bool ok) noexcept {
  count.login(ok);
  shared.totals.login(ok);
}

} // namespace tieline::lab
