#pragma once

#include "tieline/messages/failure.hpp"

#include <string>
#include <utility>

namespace tieline {

/// Returns whether an error is CAF's way to say that the actor asked has ended.
inline bool tells_of_an_end(const caf::error& reason) {
  return reason == caf::sec::request_receiver_down
         || reason == caf::sec::broken_promise
         || reason == caf::sec::remote_lookup_failed;
}

/// Returns an error of tieline for the key, whatever a plugin gave.
inline caf::error in_context(const connection_key& key,
                             const caf::error& reason, step at) {
  auto code = code_of(reason);
  if (code == errc::none) {
    if (reason.category()
          != caf::type_id_v<caf::exit_reason> && !tells_of_an_end(reason))
      code = errc::transport_failed;
    else
      code = at == step::create ? errc::factory_failed : errc::connection_lost;
    return make_error(code, {key, at, to_string(reason)});
  }
  auto context = failure_of(reason);
  context.key = key;
  if (context.at == step::none)
    context.at = at;
  return make_error(code, std::move(context));
}

} // namespace tieline
