#include "fuzz.hpp"

#include "tieline/messages/support/printable.hpp"
#include "tieline/transports/ssh/greeting.hpp"

#include <string_view>

using namespace tieline;
using fuzz::require;

namespace {

/// Reads the text in pieces of this size.
ssh::greeting read(std::string_view text, size_t piece) {
  ssh::greeting result;
  while (result.now() == ssh::greeting::progress::waiting && !text.empty()) {
    auto next = text.substr(0, piece);
    auto used = result.take(next);
    require(used <= next.size(), "it takes no more than there is");
    text.remove_prefix(next.size());
  }
  if (result.now() == ssh::greeting::progress::waiting)
    result.end(0);
  return result;
}

} // namespace

// What a server says first.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::prepare();
  std::string_view text{reinterpret_cast<const char*>(data), size};
  auto whole = read(text, size + 1);
  auto bytes = read(text, 1);
  require(whole.now() == bytes.now(), "pieces change nothing");
  require(whole.now() != ssh::greeting::progress::waiting,
          "it comes to an end");
  if (whole.now() == ssh::greeting::progress::done)
    require(whole.identification() == bytes.identification(),
            "it is the same identification");
  else
    require(!whole.cause().empty(), "a failure has a cause");
  require(is_printable(whole.said()), "it is safe to show");
  return 0;
}
