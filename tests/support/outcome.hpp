#pragma once

#include <tieline/messages/failure.hpp>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <ostream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace tieline {

/// For Boost.Test.
inline std::ostream& operator<<(std::ostream& out, errc x) {
  return out << to_string(x);
}

} // namespace tieline

namespace tieline::test {

/// Returns `errc (step)` of an error of tieline, CAF's words for any other, and
/// `ok` if there is none.
inline std::string brief(const caf::error& x) {
  if (x.empty())
    return "ok";
  if (code_of(x) == errc::none)
    return to_string(x);
  return to_string(code_of(x)) + " (" + to_string(failure_of(x).at) + ")";
}

/// Returns `ok` or the error, in brief.
template <class T>
std::string brief(const caf::expected<T>& x) {
  return x ? "ok" : brief(x.error());
}

/// Returns the cause in an error of tieline, empty if there is none.
template <class T>
std::string cause_of(const caf::expected<T>& x) {
  return x ? "" : failure_of(x.error()).cause;
}

/// Returns the value; throws if it is an error, which fails the test.
template <class T>
T required(caf::expected<T> x) {
  if (!x)
    throw std::runtime_error(describe(x.error()));
  if constexpr (!std::is_void_v<T>)
    return std::move(*x);
}

} // namespace tieline::test
