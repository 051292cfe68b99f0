#pragma once

#include "tieline/messages/failure.hpp"

#include <string>
#include <type_traits>
#include <utility>

namespace tieline {

/// Says that another node has a key.
/// @param owner the name of that node; empty: not known
inline caf::error not_owner(const connection_key& key, const std::string& owner,
                            std::string why,
                            caf::timespan retry_after = caf::timespan{0}) {
  failure context{key, step::none, std::move(why), retry_after};
  if (!owner.empty())
    context.details["owner"] = owner;
  return make_error(errc::not_owner, std::move(context));
}

/// Returns the owner that a `not_owner` names; empty if it names none.
inline std::string owner_in(const caf::error& reason) {
  auto details = failure_of(reason).details;
  auto i = details.find("owner");
  return i == details.end() ? std::string{} : i->second;
}

/// Whether a message concerns one key.
template <class... Args>
constexpr bool has_key = (std::is_same_v<Args, connection_key> || ...);

} // namespace tieline
