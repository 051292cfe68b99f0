#include "tieline/messages/lifecycle_event.hpp"

#include "tieline/messages/failure.hpp"
#include "tieline/messages/support/printable.hpp"
#include "tieline/messages/support/readable.hpp"

namespace tieline {

namespace {

/// Returns what stands between the kind of an event and its span.
const char* before_span(event_kind x) {
  switch (x) {
    case event_kind::backoff:
      return " of ";
    case event_kind::circuit_opened:
    case event_kind::long_hold:
    case event_kind::long_wait:
      return " for ";
    default:
      return " after ";
  }
}

std::string words_of(event_kind x) {
  auto result = to_string(x);
  for (auto& c : result)
    if (c == '_')
      c = ' ';
  return result;
}

} // namespace

std::string describe(const lifecycle_event& x) {
  std::string result;
  if (x.key != connection_key{})
    result += to_string(x.key) + ": ";
  result += words_of(x.what);
  if (x.span.count() > 0)
    result += before_span(x.what) + readable(x.span);
  // A listener must not have to know which kinds have which.
  if (!x.detail.empty())
    result += ": " + x.detail;
  if (!x.reason.empty()) {
    auto why = failure_of(x.reason);
    // It is at the beginning already.
    if (why.key == x.key)
      why.key = {};
    auto code = code_of(x.reason);
    result += ": "
              + (code == errc::none
                   ? to_string(x.reason)
                   : describe(make_error(code, std::move(why))));
  }
  if (!x.node.empty())
    result += " (node " + x.node + ')';
  if (x.missed > 0)
    result += "; " + std::to_string(x.missed) + " before it were missed";
  return printable(result);
}

} // namespace tieline
