#pragma once

#include "ssh/ssh_fixture.hpp"

#include <tieline/lab/lab.hpp>

#include <string>

namespace tieline::test {

/// Returns params for a device of the lab, whatever its host key is.
inline connection_params params_of_device(const lab::device& device,
                                          const std::string& user = "lab") {
  auto result = params_of(device.address(), device.port(), user);
  result.password = secret{"lab"};
  result.extras["host_key_policy"] = "off";
  return result;
}

} // namespace tieline::test
