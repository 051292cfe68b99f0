#include "tieline/actors/settings.hpp"

#include "tieline/messages/options/option_table.hpp"

#include <chrono>

namespace tieline {

namespace {

using namespace std::chrono_literals;

constexpr limits<caf::timespan> up_to_an_hour{1ms, 1h};
constexpr limits<caf::timespan> up_to_a_day{1ms, 24h};
constexpr limits<caf::timespan> none_to_a_day{0s, 24h};
constexpr limits<uint64_t> per_cent{0, 100};
constexpr limits<uint64_t> some{1, 1000000};

/// Returns what is wrong with a wait that may grow, and with the most it grows
/// to. Both may have been given at different places, so none of them is
/// silently taken for the other.
option_problem out_of_order(const std::string& low_name, caf::timespan low,
                            const std::string& high_name, caf::timespan high) {
  if (high >= low)
    return {};
  using option_value::print;
  return {high_name, print(high) + " is less than " + low_name + ", which is "
                       + print(low)};
}

option_problem contradiction_in(const policy& x) {
  auto problem = out_of_order("backoff", x.backoff, "backoff-max",
                              x.backoff_max);
  return problem ? problem
                 : out_of_order("breaker-delay", x.breaker_delay,
                                "breaker-delay-max", x.breaker_delay_max);
}

/// Policy first.
std::vector<option<settings>> all_rows() {
  const auto& of_policy = policy::table().options();
  std::vector<option<settings>> result{of_policy.begin(), of_policy.end()};
  const option<settings> of_all[] = {
    {"max-dialing", &settings::max_dialing, limits<uint64_t>{0, 1000000},
     "how many hosts that do not answer may be dialed at once without a place "
     "among those opening"},
    {"max-opening", &settings::max_opening, some,
     "how many sessions may be opening at once, in total"},
    {"max-opening-per-credential", &settings::max_opening_per_credential, some,
     "how many sessions may be opening at once per credential domain"},
    {"max-opening-per-jump-domain", &settings::max_opening_per_jump_domain,
     some, "how many sessions may be opening at once per jump domain"},
    {"credential-failures", &settings::credential_failures,
     limits<uint64_t>{0, 1000},
     "after how many consecutive hosts that refuse it a credential is stopped; "
     "0: never"},
    {"max-sessions", &settings::max_sessions, limits<uint64_t>{0, 10000000},
     "how many sessions may be up; 0: 80 % of the files the process may open"},
    {"event-buffer", &settings::event_buffer, some,
     "how many unanswered events a listener may have before it loses some"},
    {"shutdown-timeout", &settings::shutdown_timeout, up_to_an_hour,
     "how long the manager may take to end"},
    {"node-name", &settings::node_name,
     "name of this node in events and statuses, unique in its cluster"},
  };
  result.insert(result.end(), std::begin(of_all), std::end(of_all));
  return result;
}

/// Reads a group `tieline.plugin.<name>` into the plugin's policy.
caf::error read_plugin(settings& into, const std::string& plugin,
                       const caf::config_value& from) {
  auto prefix = "tieline.plugin." + plugin;
  const auto* group = caf::get_if<caf::settings>(&from);
  if (group == nullptr)
    return invalid_option(prefix, "not a group of settings");
  auto& own = into.plugins.emplace(plugin, into).first->second;
  return policy::table().read(own, *group, prefix);
}

} // namespace

const option_table<policy>& policy::table() {
  static const option_table<policy> result{
    "tieline",
    {
      {"open-timeout", &policy::open_timeout, up_to_an_hour,
       "how long a session may take to open, all attempts together"},
      {"acquire-timeout", &policy::acquire_timeout, up_to_an_hour,
       "how long an open or a request waits for its turn"},
      {"execute-timeout", &policy::execute_timeout, up_to_a_day,
       "how long a request may run"},
      {"close-timeout", &policy::close_timeout,
       limits<caf::timespan>{1ms, 10min},
       "how long a close waits for work in flight and for the peer"},
      {"open-retries", &policy::open_retries, limits<uint64_t>{0, 100},
       "how many more attempts an open makes after network errors"},
      {"backoff", &policy::backoff, none_to_a_day,
       "wait before the next attempt, doubled each time; 0s: none"},
      {"backoff-max", &policy::backoff_max, none_to_a_day,
       "longest wait before an attempt"},
      {"backoff-jitter", &policy::backoff_jitter, per_cent,
       "by how many per cent the backoff varies at random"},
      {"stable-after", &policy::stable_after, none_to_a_day,
       "a session that stays up this long resets the backoff"},
      {"keep-open", &policy::keep_open,
       "reopen a lost session at once, without waiting for a request"},
      {"breaker-failures", &policy::breaker_failures, limits<uint64_t>{0, 1000},
       "after how many consecutive failures a host is left alone; 0: never"},
      {"breaker-delay", &policy::breaker_delay, up_to_a_day,
       "how long a failing host is left alone, doubled each time"},
      {"breaker-delay-max", &policy::breaker_delay_max, up_to_a_day,
       "longest time that a failing host is left alone"},
      {"opens-per-minute", &policy::opens_per_minute,
       limits<uint64_t>{0, 60000},
       "maximum of attempts per minute for one host; 0: no maximum"},
      {"idle-timeout", &policy::idle_timeout,
       limits<caf::timespan>{0s, 24h * 7},
       "a session that is idle this long is closed; 0s: never"},
      {"max-lifetime", &policy::max_lifetime,
       limits<caf::timespan>{0s, 24h * 30},
       "a session that has been up this long is closed when idle; 0s: never"},
      {"eviction-jitter", &policy::eviction_jitter, limits<uint64_t>{0, 50},
       "by how many per cent idle-timeout and max-lifetime vary at random"},
      {"output-limit", &policy::output_limit,
       limits<uint64_t>{1, uint64_t{1} << 40},
       "maximum size of a request's output, in bytes"},
      {"queue-limit", &policy::queue_limit, limits<uint64_t>{1, 1000000},
       "how many requests may wait at one connection"},
      {"long-hold", &policy::long_hold, none_to_a_day,
       "a request that runs this long is reported; 0s: never"},
      {"long-wait", &policy::long_wait, none_to_a_day,
       "a request that waits this long is reported; 0s: never"},
      {"probe-after", &policy::probe_after, none_to_a_day,
       "a session that was idle this long is probed before reuse; 0s: never"},
      {"probe-timeout", &policy::probe_timeout, up_to_an_hour,
       "how long the answer to a probe may take"},
    },
    contradiction_in};
  return result;
}

const option_table<limit_domains>& limit_domains::table() {
  static const option_table<limit_domains> result{
    "extras",
    {
      {"credential-domain", &limit_domains::credential_domain,
       "where the login is checked; empty: the username"},
      {"jump-domain", &limit_domains::jump_domain,
       "what the host is reached through; empty: nothing"},
    }};
  return result;
}

const option_table<settings>& settings::table() {
  static const option_table<settings> result{"tieline", all_rows(),
                                             [](const settings& x) {
                                               return contradiction_in(x);
                                             }};
  return result;
}

caf::expected<settings> settings::load(const caf::settings& config) {
  // A group below ours belongs to others, who check it themselves, except:
  auto result = table().load(config, subgroups::left_to_others);
  if (!result)
    return result;
  // Last, since plugins inherit what was set for all.
  const auto* found = caf::get_if(&config, "tieline.plugin");
  if (found == nullptr)
    return result;
  for (const auto& [name, value] : caf::get<caf::settings>(*found))
    if (auto error = read_plugin(*result, std::string{name}, value))
      return error;
  return result;
}

caf::error settings::check() const {
  if (auto error = table().check(*this))
    return error;
  for (const auto& [plugin, own] : plugins)
    if (auto error = policy::table().check(own, "tieline.plugin." + plugin))
      return error;
  return {};
}

const policy& settings::policy_of(const std::string& plugin) const {
  auto i = plugins.find(plugin);
  return i == plugins.end() ? *this : i->second;
}

void settings::add_options(caf::config_option_set& options) {
  table().declare(options);
}

} // namespace tieline
