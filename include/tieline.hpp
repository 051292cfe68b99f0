#pragma once

/// @file
/// All that an application needs. A source that compiles too long with it
/// includes what it uses; <tieline/fwd.hpp> has the names only.

#include "tieline/actors/cluster/cluster.hpp"
#include "tieline/actors/events/listener.hpp"
#include "tieline/actors/factory.hpp"
#include "tieline/actors/manager.hpp"
#include "tieline/actors/node/node.hpp"
#include "tieline/actors/workflow/run.hpp"
#include "tieline/all_settings.hpp"
#include "tieline/messages/calls.hpp"
#include "tieline/messages/client.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/options/config.hpp"
#include "tieline/transports/blocking_session.hpp"
#include "tieline/transports/credentials/credentials.hpp"
#include "tieline/transports/etcd/etcd.hpp"
#include "tieline/transports/http/http.hpp"
#include "tieline/transports/http/restconf.hpp"
#include "tieline/transports/http/sse_sink.hpp"
#include "tieline/transports/loopback.hpp"
#include "tieline/transports/netconf/guardian.hpp"
#include "tieline/transports/netconf/netconf.hpp"
#include "tieline/transports/netconf/netconf_error.hpp"
#include "tieline/transports/netconf/operations.hpp"
#include "tieline/transports/netconf/subscription.hpp"
#include "tieline/transports/ssh/ssh.hpp"
#include "tieline/transports/ssh/ssh_config.hpp"
