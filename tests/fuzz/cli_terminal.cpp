#include "fuzz.hpp"

#include "tieline/transports/cli/line_terminal.hpp"

#include <algorithm>
#include <string>
#include <string_view>

using tieline::cli::line_terminal;
using tieline::fuzz::require;

namespace {

/// Returns all that a device has written, in pieces of this size.
std::string shown(std::string_view text, size_t piece) {
  line_terminal terminal;
  std::string finished;
  for (size_t at = 0; at < text.size(); at += piece)
    terminal.push(text.substr(at, piece), finished);
  require(terminal.line().find('\n') == std::string::npos,
          "a line that has not ended has no end");
  return finished + '|' + terminal.line();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  auto whole = shown(text, std::max<size_t>(size, 1));
  require(whole == shown(text, 1), "the same in single bytes");
  require(whole == shown(text, 7), "the same in pieces");
  for (unsigned char c : whole)
    require(c >= ' ' || c == '\n' || c == '\t', "no control character is left");
  return 0;
}
