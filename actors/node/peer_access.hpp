#pragma once

#include "tieline/actors/node/node_settings.hpp"
#include "tieline/messages/named_enum.hpp"
#include "tieline/messages/type_ids.hpp"

#include <caf/node_id.hpp>
#include <caf/type_id.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace tieline {

/// What a peer may do with a manager that is published.
enum class peer_role : uint8_t {
  /// Open connections, run requests, and see what is there.
  use,
  /// Give orders, such as pause and drain, and close what others use.
  operate,
  /// Bring plugins and transports.
  plugins,
  /// End the manager.
  end,
};

template <>
struct names_of<peer_role> {
  static constexpr std::string_view values[] = {"use", "operate", "register",
                                                "end"};
};

/// Returns the role that a message needs that begins with this type.
peer_role needed_role(caf::type_id_t atom) noexcept;

/// Returns the name in the certificate of a peer; empty if it has shown none.
/// Any thread may call it.
using name_of_peer = std::function<std::string(const caf::node_id&)>;

/// Returns why a peer of this name may not do that; empty if it may.
std::string refuse_peer(const node_settings& how, const std::string& name,
                        peer_role needed);

} // namespace tieline
