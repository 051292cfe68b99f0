#pragma once

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <utility>

namespace tieline {

/// Holds a child actor and ends it when let go of. An actor that dies in any
/// way (killed or unreachable included) so takes its children with it.
template <class Handle>
class owned {
public:
  owned() = default;

  explicit owned(Handle child) : child_(std::move(child)) {
    // nop
  }

  owned(owned&& other) noexcept : child_(other.release()) {
    // nop
  }

  owned& operator=(owned&& other) noexcept {
    if (this != &other) {
      reset();
      child_ = other.release();
    }
    return *this;
  }

  ~owned() {
    reset();
  }

  const Handle& get() const noexcept {
    return child_;
  }

  explicit operator bool() const noexcept {
    return static_cast<bool>(child_);
  }

  void reset() {
    if (child_)
      caf::anon_send_exit(release(), caf::exit_reason::user_shutdown);
  }

  /// Returns the child without ending it.
  Handle release() noexcept {
    return std::exchange(child_, Handle{});
  }

private:
  Handle child_;
};

} // namespace tieline
