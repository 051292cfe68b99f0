#include "tieline/messages/failure.hpp"

#include "tieline/messages/support/readable.hpp"
#include "tieline/messages/type_ids.hpp"

namespace tieline {

caf::error make_error(errc code, failure context) {
  return caf::make_error(code, std::move(context));
}

errc code_of(const caf::error& x) noexcept {
  // An empty error has no category to ask for on CAF 0.18.
  if (x.empty() || x.category() != caf::type_id_v<errc>)
    return errc::none;
  return static_cast<errc>(x.code());
}

failure failure_of(const caf::error& x) {
  if (code_of(x) != errc::none && x.context().match_elements<failure>())
    return x.context().get_as<failure>(0);
  return {};
}

std::string describe(const caf::error& x) {
  auto code = code_of(x);
  if (code == errc::none)
    return to_string(x);
  auto [key, at, cause, retry_after, details] = failure_of(x);
  std::string result;
  if (key != connection_key{})
    result += to_string(key) + ": ";
  result += sentence(code);
  if (at != step::none)
    result += " (" + to_string(at) + ")";
  if (!cause.empty())
    result += ": " + cause;
  if (retry_after.count() > 0)
    result += "; retry in " + readable(retry_after);
  return result;
}

} // namespace tieline
