#include "tieline/actors/settings.hpp"

#include "tieline/actors/setting_group.hpp"
#include "tieline/messages/caf_compat.hpp"
#include "tieline/messages/failure.hpp"
#include "tieline/messages/type_ids.hpp"

#include <caf/config_option_adder.hpp>
#include <caf/config_value.hpp>
#include <caf/deep_to_string.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <type_traits>

namespace tieline {

namespace {

using namespace std::chrono_literals;

constexpr limits<caf::timespan> up_to_an_hour{1ms, 1h};
constexpr limits<caf::timespan> up_to_a_day{1ms, 24h};
constexpr limits<caf::timespan> none_to_a_day{0s, 24h};
constexpr limits<uint64_t> per_cent{0, 100};

/// Calls `f(name, value, limits, help)` for each setting of a policy.
template <class Policy, class F>
void each_of_policy(Policy& x, F f) {
  f("open-timeout", x.open_timeout, up_to_an_hour,
    "how long a session may take to open, all attempts together");
  f("acquire-timeout", x.acquire_timeout, up_to_an_hour,
    "how long an open or a request waits for its turn");
  f("execute-timeout", x.execute_timeout, up_to_a_day,
    "how long a request may run");
  f("close-timeout", x.close_timeout, limits<caf::timespan>{1ms, 10min},
    "how long closing waits for work and for the peer");
  f("open-retries", x.open_retries, limits<uint64_t>{0, 100},
    "further attempts within one open after network errors");
  f("backoff", x.backoff, none_to_a_day,
    "wait before the next attempt, doubled each time; 0s: none");
  f("backoff-max", x.backoff_max, none_to_a_day,
    "longest wait before an attempt");
  f("backoff-jitter", x.backoff_jitter, per_cent,
    "per cent by which that wait is longer or shorter at random");
  f("stable-after", x.stable_after, none_to_a_day,
    "how long a session must last to make the next wait the first again");
  f("keep-open", x.keep_open, yes_or_no,
    "open a lost session again without being asked");
  f("breaker-failures", x.breaker_failures, limits<uint64_t>{0, 1000},
    "failures in a row after which a host is left alone; 0: never");
  f("breaker-delay", x.breaker_delay, up_to_a_day,
    "how long a failing host is left alone, doubled each time");
  f("breaker-delay-max", x.breaker_delay_max, up_to_a_day,
    "longest time that a failing host is left alone");
  f("opens-per-minute", x.opens_per_minute, limits<uint64_t>{0, 60000},
    "attempts per minute for one host; 0: any number");
  f("idle-timeout", x.idle_timeout, limits<caf::timespan>{0s, 24h * 7},
    "a session out of use for so long is closed; 0s: never");
  f("max-lifetime", x.max_lifetime, limits<caf::timespan>{0s, 24h * 30},
    "a session up for so long is closed when out of use; 0s: never");
  f("eviction-jitter", x.eviction_jitter, limits<uint64_t>{0, 50},
    "per cent by which idle-timeout and max-lifetime vary at random");
  f("output-limit", x.output_limit, limits<uint64_t>{1, uint64_t{1} << 40},
    "most bytes a request may bring back");
  f("queue-limit", x.queue_limit, limits<uint64_t>{1, 1000000},
    "requests that may wait at one connection");
  f("long-hold", x.long_hold, none_to_a_day,
    "a request that runs for so long is reported; 0s: never");
  f("long-wait", x.long_wait, none_to_a_day,
    "a request that waits for so long is reported; 0s: never");
  f("probe-after", x.probe_after, none_to_a_day,
    "a session out of use for so long is probed before reuse; 0s: never");
  f("probe-timeout", x.probe_timeout, up_to_an_hour,
    "how long the peer has to answer a probe");
}

/// The same for the settings that concern all connections together.
template <class Settings, class F>
void each_of_all(Settings& x, F f) {
  constexpr limits<uint64_t> some{1, 1000000};
  f("max-opening", x.max_opening, some,
    "sessions that may be opening at once, in total");
  f("max-opening-per-credential", x.max_opening_per_credential, some,
    "sessions that may be opening at once per credential domain");
  f("max-opening-per-jump-domain", x.max_opening_per_jump_domain, some,
    "sessions that may be opening at once per jump domain");
  f("credential-failures", x.credential_failures, limits<uint64_t>{0, 1000},
    "hosts in a row that refuse a credential before it is held back; 0: never");
  f("max-sessions", x.max_sessions, limits<uint64_t>{0, 10000000},
    "sessions that may be up; 0: 80 % of the files the process may open");
  f("event-buffer", x.event_buffer, some,
    "events that a listener may be behind before it loses some");
  f("shutdown-timeout", x.shutdown_timeout, up_to_an_hour,
    "how long the manager may take to end");
  f("node-name", x.node_name, limits<std::string>{},
    "name of this node in events and statuses, unique in its cluster");
}

template <class Settings, class F>
void each(Settings& x, F f) {
  each_of_policy(x, f);
  each_of_all(x, f);
}

/// Two settings of which the first may not exceed the second.
struct ordered_pair {
  const char* low_name;
  caf::timespan policy::*low;
  const char* high_name;
  caf::timespan policy::*high;
};

constexpr ordered_pair ordered_pairs[] = {
  {"backoff", &policy::backoff, "backoff-max", &policy::backoff_max},
  {"breaker-delay", &policy::breaker_delay, "breaker-delay-max",
   &policy::breaker_delay_max},
};

/// Returns the error that `fail(name, why)` makes of a contradiction, if there
/// is one. Both values may have been given at different places, so none of
/// them is silently taken for the other.
template <class F>
caf::error check_order(const policy& x, F fail) {
  for (const auto& pair : ordered_pairs)
    if (x.*pair.high < x.*pair.low)
      return fail(pair.high_name, print(x.*pair.high) + " is less than "
                                    + pair.low_name + ", which is "
                                    + print(x.*pair.low));
  return {};
}

/// Returns what makes errors of the settings below a prefix.
auto invalid_below(std::string prefix) {
  return [prefix = std::move(prefix)](const std::string& name,
                                      const std::string& why) {
    return invalid_setting(prefix + name, why);
  };
}

/// Reads a group `tieline.plugin.<name>` into the plugin's policy.
caf::error read_plugin(settings& into, const std::string& plugin,
                       const caf::config_value& from) {
  auto prefix = ".plugin." + plugin;
  auto group = caf::get_as<caf::settings>(from);
  if (!group)
    return invalid_setting(prefix, "not a group of settings");
  prefix += '.';
  auto& own = into.plugins.emplace(plugin, into).first->second;
  for (auto& [name, value] : *group)
    if (caf::holds_alternative<caf::settings>(value))
      return invalid_setting(prefix + std::string{name}, "no such setting");
  if (auto error = read_settings(*group, prefix,
                                 [&own](auto f) { each_of_policy(own, f); }))
    return error;
  return check_order(own, invalid_below(prefix));
}

/// Returns a visitor of settings that leaves the first wrong one in `error`.
auto range_check(caf::error& error, std::string prefix) {
  return
    [&error, prefix = std::move(prefix)](const std::string& name, auto value,
                                         auto good, const char*) {
      auto wrong = out_of_range(value, good);
      if (!wrong.empty() && !error)
        error = invalid_setting(prefix + name, wrong);
    };
}

std::string underscored(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

} // namespace

caf::expected<settings> settings::load(const caf::settings& config) {
  settings result;
  auto i = config.find("tieline");
  if (i == config.end())
    return result;
  auto group = caf::get_as<caf::settings>(i->second);
  if (!group)
    return invalid_setting({}, "not a group of settings");
  // A group below ours belongs to a plugin, which checks it itself, except:
  if (auto error = read_settings(*group, ".", [&](auto f) { each(result, f); }))
    return error;
  if (auto error = check_order(result, invalid_below(".")))
    return error;
  // Last, since plugins inherit what was set for all.
  auto plugins = group->find("plugin");
  if (plugins == group->end())
    return result;
  auto all = caf::get_as<caf::settings>(plugins->second);
  if (!all)
    return invalid_setting(".plugin", "not a group of plugins");
  for (auto& [name, value] : *all)
    if (auto error = read_plugin(result, std::string{name}, value))
      return error;
  return result;
}

caf::error settings::check() const {
  caf::error error;
  each(*this, range_check(error, "."));
  if (!error)
    error = check_order(*this, invalid_below("."));
  for (const auto& [plugin, own] : plugins) {
    auto prefix = ".plugin." + plugin + '.';
    each_of_policy(own, range_check(error, prefix));
    if (!error)
      error = check_order(own, invalid_below(prefix));
  }
  return error;
}

const policy& settings::policy_of(const std::string& plugin) const {
  auto i = plugins.find(plugin);
  return i == plugins.end() ? *this : i->second;
}

void settings::add_options(caf::config_option_set& options) {
  settings defaults;
  caf::config_option_adder adder{options, "tieline"};
  each(defaults, [&](compat::string_view name, auto& value, auto,
                     const std::string& help) {
    adder.add<std::decay_t<decltype(value)>>(name, help + " (default "
                                                     + print(value) + ")");
  });
}

std::vector<setting_info> all_settings() {
  auto result = describe_settings<settings>(
    [](auto& x, auto f) { each_of_policy(x, f); }, true);
  for (auto& row :
       describe_settings<settings>([](auto&x, auto f) { each_of_all(x, f); }))
    result.push_back(std::move(row));
  return result;
}

caf::expected<policy> take_policy(const policy& defaults,
                                  std::map<std::string, std::string>& extras) {
  auto result = defaults;
  auto fail = [](const std::string& name, const std::string& why) {
    return make_error(
      errc::invalid_params,
      {{}, step::open, "extras." + underscored(name) + ": " + why});
  };
  caf::error error;
  each_of_policy(result, [&](const std::string& name, auto& value, auto good,
                             const char*) {
    auto given = extras.extract(underscored(name));
    if (given.empty() || error)
      return;
    auto wrong = assign(value, caf::config_value{given.mapped()}, good);
    if (!wrong.empty())
      error = fail(name, wrong);
  });
  if (!error)
    error = check_order(result, fail);
  if (error)
    return error;
  return result;
}

} // namespace tieline
