#include "tieline/actors/settings.hpp"

#include "tieline/messages/caf_compat.hpp"
#include "tieline/messages/failure.hpp"
#include "tieline/messages/type_ids.hpp"

#include <caf/config_option_adder.hpp>
#include <caf/config_value.hpp>

#include <set>

namespace tieline {

namespace {

using namespace std::chrono_literals;

caf::error invalid(const std::string& name, std::string why) {
  return make_error(errc::invalid_setting,
                    {{}, step::none, "tieline." + name + ": " + why});
}

/// Calls `f(name, value, least, most, help)` for each setting.
template <class Settings, class F>
void each(Settings& x, F f) {
  f("open-timeout", x.open_timeout, caf::timespan{1ms}, caf::timespan{1h},
    "how long a caller waits for a session to open (30s)");
  f("execute-timeout", x.execute_timeout, caf::timespan{1ms},
    caf::timespan{24h}, "how long a request may take (30s)");
  f("close-timeout", x.close_timeout, caf::timespan{1ms}, caf::timespan{10min},
    "how long closing waits before it drops the session (5s)");
  f("shutdown-timeout", x.shutdown_timeout, caf::timespan{1ms},
    caf::timespan{1h}, "how long the manager may take to end (30s)");
  f("output-limit", x.output_limit, uint64_t{1}, uint64_t{1} << 40,
    "most bytes a request may bring back (64 MiB)");
}

} // namespace

caf::expected<settings> settings::load(const caf::settings& config) {
  settings result;
  auto i = config.find("tieline");
  if (i == config.end())
    return result;
  auto group = caf::get_as<caf::settings>(i->second);
  if (!group)
    return invalid("", "not a group of settings");
  std::set<std::string> known;
  caf::error error;
  each(result, [&](const std::string& name, auto& value, auto, auto,
                   const char*) {
    known.insert(name);
    auto given = group->find(name);
    if (given == group->end() || error)
      return;
    auto got = caf::get_as<std::decay_t<decltype(value)>>(given->second);
    if (got)
      value = *got;
    else
      error = invalid(name, "not a valid value: " + to_string(given->second));
  });
  for (auto& [name, value] : *group) {
    // A group below ours belongs to a plugin, which checks it itself.
    auto is_group = caf::holds_alternative<caf::settings>(value);
    if (!error && !is_group && known.count(std::string{name}) == 0)
      error = invalid(std::string{name}, "no such setting");
  }
  if (!error)
    error = result.check();
  if (error)
    return error;
  return result;
}

caf::error settings::check() const {
  caf::error error;
  each(*this,
       [&](const char* name, auto value, auto least, auto most, const char*) {
         if (!error && (value < least || value > most))
           error = invalid(name, "out of range: " + caf::deep_to_string(value)
                                   + " is not in " + caf::deep_to_string(least)
                                   + " to " + caf::deep_to_string(most));
       });
  return error;
}

void settings::add_options(caf::config_option_set& options) {
  settings defaults;
  caf::config_option_adder adder{options, "tieline"};
  each(defaults, [&](compat::string_view name, auto& value, auto, auto,
                     compat::string_view help) {
    adder.add<std::decay_t<decltype(value)>>(name, help);
  });
}

} // namespace tieline
