#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/failure.hpp"
#include "tieline/messages/internal/error_context.hpp"

#include <caf/error.hpp>

#include <utility>

namespace tieline {

/// Returns the error of a session behind a jump host for what that has told:
/// that the host cannot be reached from there is the host's failure, all else
/// the jump host's own.
inline caf::error behind_hop(const connection_key& key,
                             const connection_key& hop,
                             const caf::error& reason) {
  auto told = in_context(hop, reason, step::channel);
  auto context = failure_of(told);
  auto of_host = context.at == step::connect;
  failure why{key, of_host ? step::connect : step::jump, describe(told)};
  why.details["hop"] = to_string(hop);
  auto code = code_of(told);
  // It is gone, whatever it was that has ended it.
  auto gone = context.at == step::session || code == errc::not_open
              || code == errc::closed;
  return make_error(gone ? errc::connection_lost : code, std::move(why));
}

/// Returns the step that the loss of a session names.
inline step step_of_loss(const caf::error& reason) {
  return failure_of(reason).at == step::jump ? step::jump : step::session;
}

} // namespace tieline
