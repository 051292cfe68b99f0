#include "tieline/messages/support/printable.hpp"

#include "fuzz.hpp"

#include <string>
#include <string_view>

using namespace tieline;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  auto shown = printable(text);
  require(is_printable(shown), "what is spelled out can be shown");
  require(printable(shown) == shown, "once is enough");
  require(is_printable(text) == (text == shown),
          "only what must be is changed");
  for (auto c : shown)
    require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "no controls");
  auto lines = printable_lines(text);
  require(printable_lines(lines) == lines, "once is enough for lines");
  for (size_t limit = 0; limit < 8; ++limit) {
    auto cut = printable(text, limit);
    require(is_printable(cut), "no character is cut");
  }
  check_name(text);
  return 0;
}
