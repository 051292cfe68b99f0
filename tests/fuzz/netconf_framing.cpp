#include "fuzz.hpp"

#include "tieline/messages/failure.hpp"
#include "tieline/transports/netconf/framing.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace tieline;
using namespace tieline::netconf;
using fuzz::require;

namespace {

constexpr size_t limit = 4096;

struct outcome {
  std::vector<std::string> messages;
  errc code = errc::none;
  std::string cause;
};

/// The first message of a session is framed the old way; `how` holds behind it.
outcome read(std::string_view bytes, framing how, size_t step) {
  frame_reader reader{limit};
  outcome result;
  for (size_t i = 0; i < bytes.size(); i += step) {
    reader.push(bytes.substr(i, step));
    for (;;) {
      auto got = reader.next();
      if (!got) {
        result.code = code_of(got.error());
        result.cause = failure_of(got.error()).cause;
        require(code_of(reader.next().error()) == result.code,
                "an error is final");
        return result;
      }
      if (!*got)
        break;
      if (result.messages.empty())
        reader.use(how);
      result.messages.push_back(std::move(**got));
    }
  }
  return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::prepare();
  if (size == 0)
    return 0;
  auto how = (data[0] & 1U) != 0 ? framing::chunked : framing::end_of_message;
  auto step = size_t{1} + (data[0] >> 1U) % 16;
  std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  auto whole = read(bytes, how, std::max<size_t>(bytes.size(), 1));
  auto pieces = read(bytes, how, step);
  require(whole.messages == pieces.messages, "cuts do not change messages");
  require(whole.code == pieces.code && whole.cause == pieces.cause,
          "cuts do not change errors");
  require(whole.code == errc::none || whole.code == errc::protocol_error
            || whole.code == errc::output_limit,
          "only these errors");
  std::string again;
  auto current = framing::end_of_message;
  for (const auto& x : whole.messages) {
    require(x.size() <= limit, "no message above the limit");
    auto framed = frame(x, current, step);
    require(!!framed, "what was read can be written");
    again += *framed;
    current = how;
  }
  auto reread = read(again, how, step);
  require(reread.code == errc::none && reread.messages == whole.messages,
          "what was written is read as it was");
  return 0;
}
