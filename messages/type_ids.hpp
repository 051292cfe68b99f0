#pragma once

#include "tieline/messages/fwd.hpp"

#include <caf/is_error_code_enum.hpp>
#include <caf/type_id.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// First type id that tieline takes; 200 in a row are reserved. It is chosen
/// when tieline is built, by the CMake variable of the same name, and the
/// package hands it on: a source that is compiled with another one does not
/// link. Programs that talk to each other must agree on it.
#ifndef TIELINE_FIRST_TYPE_ID
#  define TIELINE_FIRST_TYPE_ID (caf::first_custom_type_id + 600)
#endif

CAF_BEGIN_TYPE_ID_BLOCK(tieline, TIELINE_FIRST_TYPE_ID)

  CAF_ADD_TYPE_ID(tieline, (tieline::errc))
  CAF_ADD_TYPE_ID(tieline, (tieline::step))
  CAF_ADD_TYPE_ID(tieline, (tieline::connection_state))
  CAF_ADD_TYPE_ID(tieline, (tieline::connection_event))
  CAF_ADD_TYPE_ID(tieline, (tieline::attempt_outcome))
  CAF_ADD_TYPE_ID(tieline, (tieline::event_kind))
  CAF_ADD_TYPE_ID(tieline, (tieline::operation))
  CAF_ADD_TYPE_ID(tieline, (tieline::notification_kind))
  CAF_ADD_TYPE_ID(tieline, (tieline::secret))
  CAF_ADD_TYPE_ID(tieline, (tieline::failure))
  CAF_ADD_TYPE_ID(tieline, (tieline::connection_key))
  CAF_ADD_TYPE_ID(tieline, (tieline::connection_params))
  CAF_ADD_TYPE_ID(tieline, (tieline::connection_counters))
  CAF_ADD_TYPE_ID(tieline, (tieline::connection_status))
  CAF_ADD_TYPE_ID(tieline, (tieline::connection_summary))
  CAF_ADD_TYPE_ID(tieline, (tieline::request))
  CAF_ADD_TYPE_ID(tieline, (tieline::reply))
  CAF_ADD_TYPE_ID(tieline, (tieline::chunk))
  CAF_ADD_TYPE_ID(tieline, (tieline::notification))
  CAF_ADD_TYPE_ID(tieline, (tieline::guarded_change))
  CAF_ADD_TYPE_ID(tieline, (tieline::open_item))
  CAF_ADD_TYPE_ID(tieline, (tieline::open_outcome))
  CAF_ADD_TYPE_ID(tieline, (tieline::session_traits))
  CAF_ADD_TYPE_ID(tieline, (tieline::selector))
  CAF_ADD_TYPE_ID(tieline, (tieline::lifecycle_event))
  CAF_ADD_TYPE_ID(tieline, (tieline::ticket))
  CAF_ADD_TYPE_ID(tieline, (tieline::admission_status))
  CAF_ADD_TYPE_ID(tieline, (tieline::explanation))
  CAF_ADD_TYPE_ID(tieline, (tieline::plugin_traits))
  CAF_ADD_TYPE_ID(tieline, (tieline::node_state))
  CAF_ADD_TYPE_ID(tieline, (tieline::node_status))
  CAF_ADD_TYPE_ID(tieline, (tieline::cluster_node))
  CAF_ADD_TYPE_ID(tieline, (tieline::cluster_view))

  CAF_ADD_TYPE_ID(tieline, (std::optional<tieline::connection_counters>))
  CAF_ADD_TYPE_ID(tieline, (std::optional<tieline::connection_status>))
  CAF_ADD_TYPE_ID(tieline, (std::optional<tieline::explanation>))
  CAF_ADD_TYPE_ID(tieline, (std::vector<tieline::connection_key>))
  CAF_ADD_TYPE_ID(tieline, (std::vector<tieline::connection_status>))
  CAF_ADD_TYPE_ID(tieline, (std::vector<tieline::explanation>))
  CAF_ADD_TYPE_ID(tieline, (std::vector<tieline::open_item>))
  CAF_ADD_TYPE_ID(tieline, (std::vector<tieline::open_outcome>))
  CAF_ADD_TYPE_ID(tieline, (std::vector<tieline::node_status>))
  CAF_ADD_TYPE_ID(tieline,
                  (std::map<std::string, tieline::connection_counters>))

  CAF_ADD_ATOM(tieline, tieline, acquire_atom)
  CAF_ADD_ATOM(tieline, tieline, arm_atom)
  CAF_ADD_ATOM(tieline, tieline, cancel_atom)
  CAF_ADD_ATOM(tieline, tieline, clear_credential_atom)
  CAF_ADD_ATOM(tieline, tieline, close_all_atom)
  CAF_ADD_ATOM(tieline, tieline, closed_atom)
  CAF_ADD_ATOM(tieline, tieline, closing_atom)
  CAF_ADD_ATOM(tieline, tieline, count_atom)
  CAF_ADD_ATOM(tieline, tieline, counters_atom)
  CAF_ADD_ATOM(tieline, tieline, dialed_atom)
  CAF_ADD_ATOM(tieline, tieline, evict_atom)
  CAF_ADD_ATOM(tieline, tieline, execute_atom)
  CAF_ADD_ATOM(tieline, tieline, explain_atom)
  CAF_ADD_ATOM(tieline, tieline, get_or_create_atom)
  CAF_ADD_ATOM(tieline, tieline, hand_over_atom)
  CAF_ADD_ATOM(tieline, tieline, idle_atom)
  CAF_ADD_ATOM(tieline, tieline, insert_atom)
  CAF_ADD_ATOM(tieline, tieline, join_atom)
  CAF_ADD_ATOM(tieline, tieline, leave_atom)
  CAF_ADD_ATOM(tieline, tieline, local_atom)
  CAF_ADD_ATOM(tieline, tieline, make_atom)
  CAF_ADD_ATOM(tieline, tieline, node_atom)
  CAF_ADD_ATOM(tieline, tieline, nodes_atom)
  CAF_ADD_ATOM(tieline, tieline, operate_atom)
  CAF_ADD_ATOM(tieline, tieline, outcome_atom)
  CAF_ADD_ATOM(tieline, tieline, probe_atom)
  CAF_ADD_ATOM(tieline, tieline, put_atom)
  CAF_ADD_ATOM(tieline, tieline, release_atom)
  CAF_ADD_ATOM(tieline, tieline, remove_factory_atom)
  CAF_ADD_ATOM(tieline, tieline, reset_atom)
  CAF_ADD_ATOM(tieline, tieline, resolve_atom)
  CAF_ADD_ATOM(tieline, tieline, set_factory_atom)
  CAF_ADD_ATOM(tieline, tieline, share_atom)
  CAF_ADD_ATOM(tieline, tieline, shutdown_atom)
  CAF_ADD_ATOM(tieline, tieline, status_atom)
  CAF_ADD_ATOM(tieline, tieline, subsystem_atom)
  CAF_ADD_ATOM(tieline, tieline, summary_atom)
  CAF_ADD_ATOM(tieline, tieline, traits_atom)

CAF_END_TYPE_ID_BLOCK(tieline)

CAF_ERROR_CODE_ENUM(tieline::errc)

namespace tieline {

/// Does what @ref init does. The library defines it for its own first type id
/// only.
template <uint16_t FirstTypeId>
void init_at();

template <>
void init_at<static_cast<uint16_t>(TIELINE_FIRST_TYPE_ID)>();

/// Registers the message types of tieline and of CAF's core. Call it before the
/// actor system is created. Further calls do nothing. The constructor of @ref
/// config calls it, too.
inline void init() {
  init_at<static_cast<uint16_t>(TIELINE_FIRST_TYPE_ID)>();
}

namespace detail {

// Has each source ask the linker for the library's first type id.
[[gnu::used]] static void (*const init_of_library)()
  = &init_at<static_cast<uint16_t>(TIELINE_FIRST_TYPE_ID)>;

/// @throws std::logic_error if @ref init was not called: the first message
///         would end the process without a word.
void require_init();

} // namespace detail

} // namespace tieline
