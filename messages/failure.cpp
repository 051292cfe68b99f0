#include "tieline/messages/failure.hpp"

#include "tieline/messages/support/printable.hpp"
#include "tieline/messages/support/readable.hpp"
#include "tieline/messages/type_ids.hpp"

#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>

namespace tieline {

namespace {

// The lists of algorithms of both sides of SSH are long.
constexpr size_t max_cause = 8000;

/// An actor that was killed, or whose node is gone, answers so, or CAF in its
/// place.
failure_class class_of_foreign(const caf::error& x) noexcept {
  if (x == caf::sec::request_timeout)
    return failure_class::transient;
  if (x == caf::sec::request_receiver_down || x == caf::sec::broken_promise
      || x.category() == caf::type_id_v<caf::exit_reason>)
    return failure_class::lost;
  return failure_class::permanent;
}

bool has_not_begun(const caf::error& x) noexcept {
  if (!x.context().match_elements<failure>())
    return false;
  const auto& details = x.context().get_as<failure>(0).details;
  auto pos = details.find(begun_detail);
  return pos != details.end() && pos->second == not_begun;
}

} // namespace

caf::error make_error(errc code, failure context) {
  // Causes are in the words of others, and CAF logs them on its own.
  if (context.cause.size() > max_cause || !is_printable(context.cause))
    context.cause = printable(context.cause, max_cause);
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

failure_class class_of(const caf::error& x) noexcept {
  if (x.empty())
    return failure_class::none;
  switch (code_of(x)) {
    case errc::connection_lost:
    case errc::node_lost:
      return has_not_begun(x) ? failure_class::transient : failure_class::lost;
    case errc::timeout:
    case errc::resolve_failed:
    case errc::refused:
    case errc::unreachable:
    case errc::protocol_error:
    case errc::transport_failed:
    case errc::factory_failed:
      return failure_class::transient;
    case errc::not_open:
    case errc::closed:
    case errc::overloaded:
    case errc::draining:
    case errc::circuit_open:
    case errc::credential_stopped:
    case errc::not_owner:
      return failure_class::refused;
    case errc::canceled:
      return failure_class::canceled;
    case errc::none:
      return class_of_foreign(x);
    default:
      return failure_class::permanent;
  }
}

caf::timespan retry_after(const caf::error& x) {
  return failure_of(x).retry_after;
}

std::string describe(const caf::error& x) {
  auto code = code_of(x);
  if (code == errc::none)
    return printable(to_string(x));
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
  // An error of another node was not made here.
  return printable(result);
}

} // namespace tieline
