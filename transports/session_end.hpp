#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/failure.hpp"

#include <caf/error.hpp>

#include <exception>
#include <string>

namespace tieline {

/// What those are told who wait for something of a session that ends.
struct session_end {
  errc code;
  std::string cause;

  /// @param reason of the session's actor; none of tieline's: it was told to
  ///        end
  explicit session_end(const caf::error& reason)
    : code(code_of(reason)),
      cause(failure_of(reason).cause) {
    if (code == errc::none) {
      code = errc::canceled;
      cause = "told to end";
    }
  }
};

/// Ends the actor of a session, after `answer_all(reason)`, if a handler of it
/// throws.
/// @param key is to live as long as the actor
template <class Pointer, class AnswerAll>
void end_by_exceptions(Pointer self, const connection_key& key,
                       AnswerAll answer_all) {
  self->set_exception_handler([&key, answer_all](std::exception_ptr&) {
    // Its text is not ours and may hold anything.
    auto reason = make_error(errc::transport_failed,
                             {key, step::session, "unexpected exception"});
    answer_all(reason);
    return reason;
  });
}

} // namespace tieline
