#pragma once

#include "listeners.hpp"
#include "request_log.hpp"
#include "resource_monitor.hpp"

#include <tieline/lab/device.hpp>
#include <tieline/messages/connection_counters.hpp>

#include <vector>

namespace tieline::soak {

/// Prints requests by outcome.
void print(const request_log& log);

/// Prints events by kind, as two listeners heard them.
void print(const event_log& prompt, const event_log& slow);

/// Prints what the process held before, during and after the run.
void print(const sample& before, const std::vector<sample>& run,
           const sample& after);

void print(const connection_counters& ours, const lab::counters& theirs);

} // namespace tieline::soak
