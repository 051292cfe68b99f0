#pragma once

#include "tieline/lab/lab.hpp"

#include <string>
#include <vector>

namespace tieline::lab {

/// A fault for a part of the devices.
struct planned_fault {
  measured_fault fault;
  double share; ///< of all devices, from 0 to 1
};

/// Reads `NAME[=AMOUNT][:SHARE]`, as in `slow-login=500:10%` or `refuse:0.05`;
/// without a share it is all devices.
/// @throws std::invalid_argument that says what is wrong with it
planned_fault parse_fault(const std::string& text);

/// Gives each fault its share of the devices; no device gets two. The same
/// devices are chosen each time, so that runs can be compared.
void stage(const server& devices, const std::vector<planned_fault>& faults);

} // namespace tieline::lab
