#include "tieline/lab/device.hpp"

#include "device_state.hpp"

#include "tieline/lab/netconf/management.hpp"

#include <memory>
#include <utility>

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
  return state_->ssh.socket.port();
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

/// Changes a device's faults on its owner's thread.
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

// -- NETCONF ------------------------------------------------------------------

void device::become(netconf::options how) const {
  state_->owner.run([state = state_, how = std::move(how)] {
    // The sessions of the old one know it.
    state->owner.end_sessions(*state, hang_up::close);
    state->become_managed(how);
  });
}

void device::notify(const std::string& content) const {
  state_->owner.run(
    [state = state_, content] { state->managed().notify(content); });
}

netconf::status device::netconf_status() const {
  auto result = std::make_shared<netconf::status>();
  state_->owner.run(
    [state = state_, result] { *result = state->managed().status(); });
  return *result;
}

std::string device::config(netconf::store which) const {
  auto result = std::make_shared<std::string>();
  state_->owner.run([state = state_, which, result] {
    *result = state->managed().data().text(which);
  });
  return *result;
}

void device::put_config(netconf::store which,
                        const std::string& content) const {
  state_->owner.run([state = state_, which, content] {
    state->managed().data().put(which, content);
  });
}

// -- RESTCONF -----------------------------------------------------------------

std::uint16_t device::restconf_port() const noexcept {
  return state_->web ? state_->web->entry.socket.port() : std::uint16_t{0};
}

void device::rotate_token(const std::string& token) const {
  state_->owner.run(
    [state = state_, token] { state->web.value().api.rotate(token); });
}

restconf::status device::restconf_status() const {
  auto result = std::make_shared<restconf::status>();
  state_->owner.run([state = state_, result] {
    if (state->web)
      *result = state->web->api.status();
  });
  return *result;
}

} // namespace tieline::lab
