#pragma once

#include "tieline/messages/failure.hpp"

#include <caf/error.hpp>
#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>

#include <utility>

namespace tieline {

/// Returns whether an error is CAF's way to say that the actor asked has ended.
inline bool tells_of_an_end(const caf::error& reason) {
  return reason == caf::sec::request_receiver_down
         || reason == caf::sec::broken_promise
         || reason == caf::sec::remote_lookup_failed;
}

/// Returns an error of tieline for the key (if it is not empty), whatever CAF
/// or a plugin gave.
inline caf::error in_context(const connection_key& key,
                             const caf::error& reason, step at) {
  auto code = code_of(reason);
  if (code == errc::none) {
    if (at == step::create)
      code = errc::factory_failed;
    else if (reason.category()
               == caf::type_id_v<caf::exit_reason> || tells_of_an_end(reason))
      code = errc::connection_lost;
    else
      code = errc::transport_failed;
    return make_error(code, {key, at, to_string(reason)});
  }
  auto context = failure_of(reason);
  if (key != connection_key{})
    context.key = key;
  if (context.at == step::none)
    context.at = at;
  return make_error(code, std::move(context));
}

/// Returns whether it means the loss of a node, not the end of an actor there.
inline bool is_loss_of_node(const caf::error& reason) {
  return reason == caf::exit_reason::remote_link_unreachable;
}

/// Returns the error for those who wait for an actor on another node that has
/// ended with `reason`.
inline caf::error end_of_remote(const caf::error& reason) {
  if (is_loss_of_node(reason) || reason.empty())
    return make_error(errc::node_lost, {});
  return code_of(reason) != errc::none
           ? reason
           : make_error(errc::connection_lost,
                        {{}, step::none, to_string(reason)});
}

/// Returns the error of what was ended on purpose: who retries it would undo
/// that.
inline caf::error canceled_by(const std::string& whom,
                              const connection_key& key, step at,
                              std::string cause) {
  failure why{key, at, std::move(cause)};
  why.details["by"] = whom;
  return make_error(errc::canceled, std::move(why));
}

} // namespace tieline
