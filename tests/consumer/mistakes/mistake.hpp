#pragma once

#include <tieline/tieline.hpp>

#include <caf/event_based_actor.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace tieline;

inline const connection_key r1{"r1", "ssh"};
inline const auto failed = [](const caf::error&) {};
