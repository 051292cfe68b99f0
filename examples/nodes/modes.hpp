#pragma once

#include "config.hpp"

#include <caf/actor_system.hpp>

#include <csignal>

// What the program can be asked to do. Each returns its exit status.

namespace nodes {

/// Publishes a manager, or joins a cluster, until one of these signals comes.
int serve(caf::actor_system& sys, const sigset_t& end);

/// Runs a command on one device, again and again.
int use(caf::actor_system& sys, const config& cfg);

/// Runs a command on many, and says which nodes have them.
int watch(caf::actor_system& sys, const config& cfg);

/// Tells how the nodes of a cluster are.
int show(caf::actor_system& sys, const config& cfg);

/// Has a node leave its cluster.
int leave(caf::actor_system& sys, const config& cfg);

/// Has it join again.
int join(caf::actor_system& sys, const config& cfg);

} // namespace nodes
