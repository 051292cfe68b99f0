#pragma once

#include <caf/is_error_code_enum.hpp>
#include <caf/type_id.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// First type id that tieline takes, 110 in a row. A program that combines
/// several libraries can move it, for all of its sources alike. Programs that
/// talk to each other must agree on it.
#ifndef TIELINE_FIRST_TYPE_ID
#  define TIELINE_FIRST_TYPE_ID (caf::first_custom_type_id + 600)
#endif

namespace tieline {

enum class errc : uint8_t;
enum class step : uint8_t;
enum class connection_state : uint8_t;
enum class connection_event : uint8_t;
enum class attempt_outcome : uint8_t;
enum class event_kind : uint8_t;
enum class operation : uint8_t;
enum class notification_kind : uint8_t;
enum class node_state : uint8_t;

class secret;
struct admission_status;
struct chunk;
struct cluster_node;
struct cluster_view;
struct connection_counters;
struct connection_key;
struct connection_params;
struct connection_status;
struct explanation;
struct failure;
struct guarded_change;
struct lifecycle_event;
struct node_status;
struct notification;
struct open_item;
struct open_outcome;
struct plugin_traits;
struct reply;
struct request;
struct selector;
struct session_traits;
struct ticket;

} // namespace tieline

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
  CAF_ADD_TYPE_ID(tieline, (std::vector<tieline::open_item>))
  CAF_ADD_TYPE_ID(tieline, (std::vector<tieline::open_outcome>))
  CAF_ADD_TYPE_ID(tieline, (std::vector<tieline::node_status>))
  CAF_ADD_TYPE_ID(tieline,
                  (std::map<std::string, tieline::connection_counters>))

  CAF_ADD_ATOM(tieline, tieline, acquire_atom)
  CAF_ADD_ATOM(tieline, tieline, arm_atom)
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
  CAF_ADD_ATOM(tieline, tieline, traits_atom)

CAF_END_TYPE_ID_BLOCK(tieline)

CAF_ERROR_CODE_ENUM(tieline::errc)

namespace tieline {

/// Registers the message types of tieline and of CAF's core. Call it before the
/// actor system is created. Further calls do nothing.
void init();

} // namespace tieline
