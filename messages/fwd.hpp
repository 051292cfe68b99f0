#pragma once

/// @file
/// The names of the types in messages, without their definitions.

#include <cstdint>

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
struct connection_summary;
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
