#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

namespace tieline {

/// Removes what is gone from a container, but only when that has doubled since
/// the last time: so seldom that it costs each element next to nothing, and
/// often enough that at most half of the container is gone.
class pruning {
public:
  /// @param gone says of an element whether it is to be removed
  template <class Container, class Gone>
  void run(Container& all, Gone gone) {
    if (!due(all.size()))
      return;
    remove_if(all, gone);
    done(all.size());
  }

  /// For what cannot be removed by @ref run: returns whether so many elements
  /// are to be looked through now.
  bool due(size_t size) const noexcept {
    return size >= limit_;
  }

  /// So many elements are left.
  void done(size_t left) noexcept {
    limit_ = std::max(least, 2 * left);
  }

private:
  static constexpr size_t least = 64;

  template <class T, class Gone>
  static void remove_if(std::vector<T>& all, Gone gone) {
    all.erase(std::remove_if(all.begin(), all.end(), gone), all.end());
  }

  template <class Map, class Gone>
  static void remove_if(Map& all, Gone gone) {
    for (auto i = all.begin(); i != all.end();)
      i = gone(*i) ? all.erase(i) : std::next(i);
  }

  size_t limit_ = least;
};

} // namespace tieline
