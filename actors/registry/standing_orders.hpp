#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/connection_status.hpp"
#include "tieline/messages/operation.hpp"

#include <cstddef>
#include <vector>

namespace tieline {

/// The orders of operators that also hold for connections made later. Keeps
/// only what can still make a difference: it does not grow by orders that are
/// given again and again, and a `resume` of what was paused leaves nothing.
class standing_orders {
public:
  /// Notes a `pause`, `drain` or `resume`; other operations hold for no later
  /// connection.
  void note(operation what, const selector& whom);

  /// Returns what a new connection starts with: the last order that matches
  /// wins.
  hold held(const connection_key& key) const;

  /// Returns the number of orders that are kept.
  size_t size() const noexcept {
    return orders_.size();
  }

private:
  struct order {
    hold what;
    selector whom;
  };

  void drop_idle_resumes();

  /// In the order in which they were given.
  std::vector<order> orders_;
};

} // namespace tieline
