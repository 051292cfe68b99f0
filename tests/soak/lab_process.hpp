#pragma once

#include "support/owned_fd.hpp"

#include <tieline/lab/lab.hpp>

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tieline::soak {

/// Where a device of the lab is.
struct endpoint {
  std::string name;
  std::string address;
  uint16_t port = 0;
  std::string host_key_line;
};

/// The lab in a process of its own, so that memory, files and threads of this
/// one are the client's alone. It ends with this object, or this process.
class lab_process {
public:
  /// Forks, so no other thread may be running yet.
  explicit lab_process(lab::options what);

  lab_process(const lab_process&) = delete;

  lab_process& operator=(const lab_process&) = delete;

  ~lab_process();

  const std::vector<endpoint>& devices() const noexcept {
    return devices_;
  }

  // What follows is carried out in the order of the calls, whatever thread they
  // come from. All throw if the lab has died.

  void set(size_t device, lab::fault what, uint64_t amount);

  /// Turns all faults of the device off.
  void heal(size_t device);

  void end_sessions(size_t device, lab::hang_up how);

  /// Returns the counters of a device; of one thread only, as is the next.
  lab::counters count(size_t device);

  lab::counters count_all();

private:
  struct order;

  [[noreturn]] void serve(const lab::options& what);

  void send(const order& what);

  lab::counters ask(const order& what);

  test::owned_fd line_;
  pid_t pid_ = 0;
  std::vector<endpoint> devices_;
};

} // namespace tieline::soak
