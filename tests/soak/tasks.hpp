#pragma once

#include "random_source.hpp"

#include <tieline/messages/request.hpp>

#include <functional>

namespace tieline::soak {

/// A request, and what its reply has to be.
struct task {
  request what;
  std::function<bool(const reply&)> fits;
};

/// Returns a short one whose reply fits no other.
task quick_task(random_source& d);

/// Returns any: short or long, with little output or much, in and out, some
/// with a deadline or a limit that it cannot keep.
task any_task(random_source& d);

} // namespace tieline::soak
