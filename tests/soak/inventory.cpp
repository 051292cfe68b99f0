#include "inventory.hpp"

namespace tieline::soak {

using namespace std::chrono_literals;

inventory::inventory(const lab_process& lab) {
  std::string lines;
  for (auto& device : lab.devices()) {
    auto i = keys_.size();
    keys_.push_back({device.name, "ssh"});
    connection_params params;
    params.hostname = device.address;
    params.port = device.port;
    params.username = user_of(i);
    params.password = secret{"lab"};
    if (i % 3 == 0)
      params.extras["jump_domain"] = "hub-" + std::to_string(i % 4);
    if (i % 10 == 0)
      params.extras["keep_open"] = "true";
    params_.push_back(std::move(params));
    lines += device.host_key_line + '\n';
  }
  known_hosts_ = dir_.write("known_hosts", lines);
}

connection_params inventory::params(size_t device, size_t variant) const {
  auto result = params_[device];
  result.platform = "variant " + std::to_string(variant);
  return result;
}

std::string inventory::user_of(size_t device) {
  return "user-" + std::to_string(device % users);
}

settings inventory::impatient() const {
  settings result;
  result.open_timeout = 6s;
  result.acquire_timeout = 4s;
  result.execute_timeout = 4s;
  result.close_timeout = 1s;
  result.open_retries = 1;
  result.backoff = 50ms;
  result.backoff_max = 500ms;
  result.stable_after = 2s;
  result.breaker_failures = 3;
  result.breaker_delay = 300ms;
  result.breaker_delay_max = 2s;
  result.opens_per_minute = 240;
  result.idle_timeout = 1500ms;
  result.max_lifetime = 8s;
  result.output_limit = 4 << 20;
  result.queue_limit = 16;
  result.long_hold = 1s;
  result.long_wait = 500ms;
  result.probe_after = 400ms;
  result.probe_timeout = 500ms;
  result.max_opening = 16;
  result.max_opening_per_credential = 6;
  result.max_opening_per_jump_domain = 3;
  result.credential_failures = 3;
  result.max_sessions = size() * 6 / 10;
  result.event_buffer = 256;
  result.shutdown_timeout = 20s;
  return result;
}

ssh_options inventory::ssh() const {
  ssh_options result;
  result.connect_timeout = 1s;
  result.key_exchange_timeout = 3s;
  result.auth_timeout = 2s;
  result.channel_timeout = 2s;
  result.max_channels = 4;
  result.keepalive_interval = 500ms;
  result.keepalive_count = 3;
  result.known_hosts = known_hosts_;
  return result;
}

} // namespace tieline::soak
