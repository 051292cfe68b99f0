#include "fuzz.hpp"

#include "tieline/transports/http/sse.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

using namespace tieline;
using fuzz::require;

namespace {

constexpr size_t limit = 4096;

struct outcome {
  bool good = true;
  std::vector<sse_event> events;
};

outcome read(std::string_view text, size_t piece) {
  sse_reader reader{limit};
  outcome result;
  for (; result.good && !text.empty();
       text.remove_prefix(std::min(piece, text.size())))
    result.good = reader.read(text.substr(0, piece), result.events);
  return result;
}

} // namespace

// An event stream: however it is cut, the events are the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  auto whole = read(text, size + 1);
  for (auto piece : {size_t{1}, size_t{7}}) {
    auto pieces = read(text, piece);
    require(whole.good == pieces.good, "pieces change nothing");
    require(whole.events.size() == pieces.events.size(), "as many events");
    for (size_t i = 0; i < whole.events.size(); ++i)
      require(whole.events[i].data == pieces.events[i].data
                && whole.events[i].type == pieces.events[i].type
                && whole.events[i].id == pieces.events[i].id,
              "the same events");
  }
  for (const auto& x : whole.events)
    require(x.data.size() <= limit, "no event is larger than its limit");
  return 0;
}
