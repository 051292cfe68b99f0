#pragma once

#include "inventory.hpp"
#include "lab_process.hpp"
#include "request_log.hpp"

#include <tieline/messages/interfaces.hpp>

#include <caf/typed_event_based_actor.hpp>

namespace tieline::soak {

/// What the participants of a soak run work with. It outlives them.
struct soak_context {
  lab_process& lab;
  const inventory& where;
  request_log& log;
  manager_actor manager;
};

/// An actor that works by itself until it is told to stop.
using participant_actor = caf::typed_actor<
  // Starts nothing new, answers when all it has begun is over, then ends.
  caf::result<void>(caf::close_atom)>;

} // namespace tieline::soak
