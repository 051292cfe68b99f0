#include "device_state.hpp"

#include "tieline/lab/netconf/management.hpp"

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

device_state::device_state(shared_state& shared, device_owner& owner,
                           std::size_t index, const std::string& address,
                           std::uint16_t port)
  : shared(shared),
    owner(owner),
    index(index),
    name(numbered(shared.settings.name_prefix, "%04zu", index)),
    serial(numbered("TL", "%08zu", 70000001 + 7919 * index)),
    address(address),
    key(key_of(shared.settings, index)),
    ssh(address, port),
    methods(shared.settings.methods) {
  shell.hostname = name;
  if (shared.settings.restconf.enabled)
    web.emplace(shared.settings, address);
}

void device_state::login(bool ok) noexcept {
  count.login(ok);
  shared.totals.login(ok);
}

netconf::management& device_state::managed() {
  if (!managed_)
    become_managed(shared.settings.netconf);
  return *managed_;
}

void device_state::become_managed(const netconf::options& how) {
  managed_
    = std::make_unique<netconf::management>(how, [this] { owner.stir(*this); });
}

} // namespace tieline::lab
