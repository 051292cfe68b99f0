#include "tieline/actors/node/peer_access.hpp"

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/support/text.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <vector>

namespace tieline {

namespace {

const std::vector<std::string>& permitted(const node_settings& how,
                                          peer_role needed) {
  switch (needed) {
    case peer_role::operate:
      return how.may_operate;
    case peer_role::plugins:
      return how.may_register;
    case peer_role::end:
      return how.may_end;
    default:
      return how.may_use;
  }
}

} // namespace

peer_role needed_role(caf::type_id_t atom) noexcept {
  switch (atom) {
    case caf::type_id_v<operate_atom>:
    case caf::type_id_v<clear_credential_atom>:
    case caf::type_id_v<close_all_atom>:
      return peer_role::operate;
    case caf::type_id_v<set_factory_atom>:
    case caf::type_id_v<remove_factory_atom>:
    case caf::type_id_v<insert_atom>:
      return peer_role::plugins;
    case caf::type_id_v<shutdown_atom>:
      return peer_role::end;
    default:
      return peer_role::use;
  }
}

std::string refuse_peer(const node_settings& how, const std::string& name,
                        peer_role needed) {
  auto fits = [&name](const std::string& pattern) {
    return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
  };
  const auto& names = permitted(how, needed);
  if (needed == peer_role::use && names.empty())
    return {};
  if (std::any_of(names.begin(), names.end(), fits))
    return {};
  return (name.empty() ? "a peer without a certificate"
                       : "the peer " + in_quotes(name))
         + " may not " + to_string(needed) + " here: tieline.node.may-"
         + to_string(needed) + " permits it";
}

} // namespace tieline
