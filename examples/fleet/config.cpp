#include "fleet/config.hpp"

#include "fleet/command_line.hpp"
#include "fleet/options.hpp"

#include <tieline/all_settings.hpp>
#include <tieline/messages/caf_compat.hpp>
#include <tieline/messages/failure.hpp>

#include <caf/timespan.hpp>

#include <chrono>
#include <utility>

namespace fleet {

namespace {

void refuse(const caf::error& reason) {
  if (!reason.empty())
    throw usage_error{tieline::describe(reason)};
}

} // namespace

config::config() {
  // Less processor time than `stealing`, whose idle workers poll.
  set("caf.scheduler.policy", "sharing");
  // A file that happens to lie in the working folder is not asked for.
  tieline::compat::no_config_file(*this);
  tieline::add_options(custom_options_);
  options::add_options(custom_options_);
  // A host further down the line must not fail for those before it.
  set("tieline.acquire-timeout", caf::timespan{std::chrono::hours{1}});
}

bool config::read(std::vector<std::string> settings) {
  if (auto err = parse(std::move(settings)))
    throw usage_error{"invalid setting: " + to_string(err)};
  // CAF itself takes whatever a file says, and leaves wrong values to us.
  refuse(tieline::check_settings(content));
  if (auto own = options::load(content); !own)
    refuse(own.error());
  return !caf::get_or(content, "dump-config", false);
}

} // namespace fleet
