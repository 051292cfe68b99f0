#pragma once

#include "tieline/messages/failure.hpp"

namespace tieline {

/// Marks, in `failure::details`, an `errc::auth_failed` of a login in which the
/// host refused none of the secrets: it asked for something else, or hung up
/// before they were tried.
inline constexpr auto credential_detail = "credential";
inline constexpr auto credential_not_refused = "not refused";

/// Returns whether the host refused the credential, so that other hosts are
/// likely to do the same.
inline bool refuses_credential(const caf::error& x) {
  if (code_of(x) != errc::auth_failed)
    return false;
  auto details = failure_of(x).details;
  auto pos = details.find(credential_detail);
  return pos == details.end() || pos->second != credential_not_refused;
}

} // namespace tieline
