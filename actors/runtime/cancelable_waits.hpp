#pragma once

#include "tieline/messages/connection_key.hpp"

#include <caf/error.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

namespace tieline {

/// Requests with a tag that an actor holds until it can hand them on, so that
/// they can be canceled meanwhile.
class cancelable_waits {
public:
  using answer = std::function<void(const caf::error&)>;

  /// Adds one; returns a number for it. What has no tag cannot be canceled, and
  /// has the number zero.
  uint64_t add(const connection_key& key, const std::string& tag, answer fail) {
    if (tag.empty())
      return 0;
    waiting_.emplace(++last_, wait{key, tag, std::move(fail)});
    return last_;
  }

  /// Takes one out that is handed on. Returns false if it was canceled.
  bool take(uint64_t number) {
    return number == 0 || waiting_.erase(number) != 0;
  }

  /// Answers those with the tag. Returns their number.
  /// @param key whose; null: all
  uint64_t cancel(const connection_key* key, const std::string& tag,
                  const caf::error& reason) {
    uint64_t count = 0;
    for (auto i = waiting_.begin(); i != waiting_.end();)
      if (i->second.tag == tag && (key == nullptr || i->second.key == *key)) {
        i->second.fail(reason);
        i = waiting_.erase(i);
        ++count;
      } else {
        ++i;
      }
    return count;
  }

private:
  struct wait {
    connection_key key;
    std::string tag;
    answer fail;
  };

  std::unordered_map<uint64_t, wait> waiting_;
  uint64_t last_ = 0;
};

} // namespace tieline
