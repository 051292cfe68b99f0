#include <caf/error.hpp>

#include <cstdio>
#include <cstring>

/// Has a buffer to guard, a call to fortify, and a part of CAF.
int main(int count, char** words) {
  char text[16];
  std::snprintf(text, static_cast<size_t>(count) * 8, "%s", words[0]);
  std::puts(text);
  return to_string(caf::error{}).size() + std::strlen(text) > 0 ? 0 : 1;
}
