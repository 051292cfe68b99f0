#include "tieline/lab/device.hpp"

#include "device_state.hpp"
#include "worker.hpp"

namespace tieline::lab {

std::size_t device::index() const noexcept {
  return state_->index;
}

const std::string& device::name() const noexcept {
  return state_->name;
}

const std::string& device::serial() const noexcept {
  return state_->serial;
}

std::chrono::seconds device::uptime() const {
  using namespace std::chrono;
  // Devices did not all start on the same day.
  auto head_start = hours{24 * static_cast<long>(state_->index + 1)};
  auto running = steady_clock::now() - state_->shared.started;
  return head_start + duration_cast<seconds>(running);
}

const std::string& device::address() const noexcept {
  return state_->address;
}

std::uint16_t device::port() const noexcept {
  return state_->door.port();
}

std::string device::host_key_line() const {
  return state_->key.line_for(address(), port());
}

std::string device::host_key_base64() const {
  return state_->key.base64();
}

std::string device::host_key_fingerprint() const {
  return state_->key.fingerprint();
}

namespace {

/// Changes a device's faults on its worker's thread.
template <class F>
void change_faults(device_state& device, F change) {
  device.owner.run([&device, change] {
    change(device.faults);
    device.owner.apply_faults(device);
  });
}

} // namespace

void device::set(fault what, std::uint64_t amount) const {
  change_faults(*state_, [=](fault_set& faults) { faults.set(what, amount); });
}

void device::clear(fault what) const {
  change_faults(*state_, [=](fault_set& faults) { faults.clear(what); });
}

void device::heal() const {
  change_faults(*state_, [](fault_set& faults) { faults.clear(); });
}

void device::offer(unsigned methods) const {
  state_->owner.run([state = state_, methods] { state->methods = methods; });
}

void device::end_sessions(hang_up how) const {
  state_->owner.run(
    [state = state_, how] { state->owner.end_sessions(*state, how); });
}

counters device::count() const {
  return state_->count.read();
}

} // namespace tieline::lab
