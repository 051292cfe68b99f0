#pragma once

#include "tieline/lab/io/hang_up.hpp"

#include <functional>

namespace tieline::lab {

struct device_state;

/// The thread that serves a device, as the device knows it.
class device_owner {
public:
  /// Runs a task on the thread and waits for it; an exception of the task
  /// comes back. Called by a thread that serves devices it does not wait, for
  /// two of them must not wait for one another: errors are lost then.
  virtual void run(std::function<void()> task) = 0;

  // The rest is for tasks.

  /// Makes the device's listeners and connections what its faults say.
  virtual void apply_faults(device_state& device) = 0;

  virtual void end_sessions(device_state& device, hang_up how) = 0;

  /// Has the device's connections look soon whether there is something to do,
  /// and the device itself when its deadline comes.
  virtual void stir(device_state& device) = 0;

protected:
  ~device_owner() = default;
};

} // namespace tieline::lab
