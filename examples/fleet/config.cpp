#include "fleet/config.hpp"

#include "fleet/options.hpp"
#include "fleet/plugins.hpp"

#include <tieline/actors/node/node_settings.hpp>
#include <tieline/actors/settings.hpp>
#include <tieline/messages/failure.hpp>

#include <caf/timespan.hpp>

#include <chrono>
#include <utility>

namespace fleet {

namespace {

template <class Options>
void check(const caf::settings& content) {
  if (auto got = Options::load(content); !got)
    throw usage_error{tieline::describe(got.error())};
}

} // namespace

config::config() {
  // Less processor time than `stealing`, whose idle workers poll.
  set("caf.scheduler.policy", "sharing");
  // A file that happens to lie in the working folder is not asked for.
  config_file_path.clear();
  tieline::settings::add_options(custom_options_);
  tieline::node_settings::add_options(custom_options_);
  add_plugin_options(custom_options_);
  options::add_options(custom_options_);
  // A host further down the line must not fail for those before it.
  set("tieline.acquire-timeout", caf::timespan{std::chrono::hours{1}});
}

bool config::read(std::vector<std::string> settings) {
  if (auto err = parse(std::move(settings)))
    throw usage_error{"invalid setting: " + to_string(err)};
  // CAF itself takes whatever a file says, and leaves wrong values to us.
  check<tieline::settings>(content);
  check<tieline::node_settings>(content);
  check<options>(content);
  check_plugin_options(content);
  return !caf::get_or(content, "dump-config", false);
}

} // namespace fleet
