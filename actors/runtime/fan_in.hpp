#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace tieline {

/// Collects what several requests bring and hands it on when all are through.
template <class T>
class fan_in {
public:
  using callback = std::function<void(std::vector<T>)>;

  /// Shared by the handlers of the requests. `done` is called by @ref close or
  /// by the last arrival after it.
  static std::shared_ptr<fan_in> make(callback done) {
    return std::make_shared<fan_in>(std::move(done));
  }

  explicit fan_in(callback done) : done_(std::move(done)) {
    // nop
  }

  /// Counts one more request that is under way.
  void expect() {
    ++missing_;
  }

  void add(T what) {
    results_.push_back(std::move(what));
  }

  void arrived(T what) {
    add(std::move(what));
    arrived();
  }

  /// A request brought nothing.
  void arrived() {
    if (--missing_ == 0)
      done_(std::move(results_));
  }

  /// Says that all requests are under way.
  void close() {
    arrived();
  }

private:
  callback done_;
  std::vector<T> results_;
  size_t missing_ = 1;
};

} // namespace tieline
