#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/connection_status.hpp"
#include "tieline/messages/operation.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
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
  size_t size() const noexcept;

private:
  struct order {
    /// Tells which of two came first.
    uint64_t number;
    hold what;
    selector whom;
  };

  using orders = std::vector<order>;

  void note_named(order x);
  void note_pattern(order x);
  bool overrules_any(const order& resume, const orders& earlier) const;
  bool is_idle(const order& x) const;

  uint64_t last_number_ = 0;
  /// In the order in which they were given: those for all hosts that match a
  /// pattern, and those for one host each, so that orders for one host after
  /// the other look at no other host's.
  orders patterns_;
  std::unordered_map<std::string, orders> named_;
};

} // namespace tieline
