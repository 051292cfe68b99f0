#pragma once

#include <tieline/messages/support/text.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace tieline::test {

using tieline::contains;

/// Returns how often a part is in a text.
inline size_t count(std::string_view text, std::string_view part) {
  size_t result = 0;
  for (auto i = text.find(part); i != std::string_view::npos;
       i = text.find(part, i + part.size()))
    ++result;
  return result;
}

/// Returns the text again and again, until there are so many bytes of it.
inline std::string many(std::string_view text, size_t bytes) {
  std::string result;
  while (result.size() < bytes)
    result += text;
  return result;
}

} // namespace tieline::test
