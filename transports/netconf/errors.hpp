#pragma once

#include "tieline/messages/failure.hpp"

#include <caf/error.hpp>

#include <string>
#include <utility>

namespace tieline::netconf {

/// Returns an error that does not know yet whose it is.
inline caf::error error_at(errc code, step at, std::string cause) {
  return make_error(code, {{}, at, std::move(cause)});
}

/// Returns the error with the connection that it happened to.
inline caf::error with_key(const caf::error& x, const connection_key& key) {
  auto context = failure_of(x);
  context.key = key;
  return make_error(code_of(x), std::move(context));
}

} // namespace tieline::netconf
