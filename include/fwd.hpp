#pragma once

/// @file
/// The names of tieline's public types, without their definitions. Handles such
/// as manager_actor are in <tieline/messages/interfaces.hpp>.

#include "tieline/messages/fwd.hpp"

namespace tieline {

class config;
class credentials;
struct cluster_config;
struct cluster_settings;
struct credential;
struct http_options;
struct loopback_script;
struct netconf_options;
struct node_settings;
struct policy;
struct settings;
struct ssh_options;

} // namespace tieline
