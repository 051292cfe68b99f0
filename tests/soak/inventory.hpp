#pragma once

#include "lab_process.hpp"
#include "support/temp_dir.hpp"

#include <tieline/actors/settings.hpp>
#include <tieline/messages/connection_key.hpp>
#include <tieline/messages/connection_params.hpp>
#include <tieline/transports/ssh/ssh.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace tieline::soak {

/// The lab's devices as a client of tieline knows them.
class inventory {
public:
  explicit inventory(const lab_process& lab);

  size_t size() const noexcept {
    return keys_.size();
  }

  const connection_key& key(size_t device) const {
    return keys_[device];
  }

  /// Returns params that are good for the device; those of one variant are
  /// others than those of another one.
  connection_params params(size_t device, size_t variant = 0) const;

  /// Returns whose password, five users' in all, opens the device.
  static std::string user_of(size_t device);

  static constexpr size_t users = 5;

  /// Returns settings that make every policy happen within seconds: there are
  /// fewer sessions than devices, and patience is short.
  settings impatient() const;

  ssh_options ssh() const;

private:
  test::temp_dir dir_;
  std::string known_hosts_;
  std::vector<connection_key> keys_;
  std::vector<connection_params> params_;
};

} // namespace tieline::soak
