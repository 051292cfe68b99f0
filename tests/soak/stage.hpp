#pragma once

#include "lab_process.hpp"
#include "ledger.hpp"
#include "site.hpp"

#include <tieline/messages/interfaces.hpp>

#include <caf/typed_event_based_actor.hpp>

namespace tieline::soak {

/// What the soak's actors work with. It outlives them.
struct stage {
  lab_process& lab;
  const site& where;
  ledger& book;
  manager_actor manager;
};

/// Works by itself until it is told to stop.
using player_actor = caf::typed_actor<
  // Starts nothing new, answers when all it has begun is over, then ends.
  caf::result<void>(caf::close_atom)>;

} // namespace tieline::soak
