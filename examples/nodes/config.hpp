#pragma once

#include <tieline/messages/interfaces.hpp>
#include <tieline/messages/options/config.hpp>

#include <caf/error.hpp>

#include <cstdint>
#include <string>

namespace nodes {

namespace compat = tieline::compat;

/// What the command line and the config file say.
struct config : tieline::config {
  config();

  std::string host = "127.0.0.1";
  uint16_t port = 4711;
  uint64_t times = 1;
  uint64_t keys = 20;
  std::string name;
};

/// Says what has failed, and returns the exit status for it.
int fail(const caf::error& reason);

} // namespace nodes
