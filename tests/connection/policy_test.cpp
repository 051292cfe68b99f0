#include "tieline/actors/connection/eviction.hpp"
#include "tieline/actors/connection/reopening.hpp"
#include "tieline/actors/connection/resolved_params.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/ticket.hpp"
#include "tieline/messages/support/backoff.hpp"

#include <boost/test/unit_test.hpp>

using namespace tieline;
using namespace std::chrono_literals;

namespace {

constexpr auto no_more = session_times::time_point::max();

// Far from the clock's ends, as any real time.
const session_times::time_point start{1000h};

struct wait_row {
  const char* name;
  caf::timespan backoff;
  caf::timespan most;
  uint64_t jitter;
  uint64_t strikes;
  double draw;
  caf::timespan wait;
};

constexpr uint64_t many = UINT64_MAX;
constexpr auto longest = caf::timespan::max();

constexpr wait_row wait_rows[] = {
  {"the first wait", 1s, 60s, 20, 0, 0.5, 1s},
  {"doubles", 1s, 60s, 20, 1, 0.5, 2s},
  {"doubles again", 1s, 60s, 20, 5, 0.5, 32s},
  {"up to the longest", 1s, 60s, 20, 6, 0.5, 60s},
  {"and stays there", 1s, 60s, 20, 7, 0.5, 60s},
  {"for ever", 1s, 60s, 20, many, 0.5, 60s},
  {"where twice is one too many for 64 bits", 1ns, longest, 0, 63, 0.5,
   longest},
  {"shortest", 1s, 60s, 20, 0, 0, 800ms},
  {"longest", 1s, 60s, 20, 0, 1, 1200ms},
  {"in between", 1s, 60s, 20, 0, 0.75, 1100ms},
  {"jitter also at the longest", 1s, 60s, 20, many, 1, 72s},
  {"jitter does not run over", 1s, longest, 20, many, 1, longest},
  {"all of it", 1s, 60s, 100, 0, 0, 0s},
  {"never less than nothing", 1s, 60s, 1000, 0, 0, 0s},
  {"never more than twice", 1s, 60s, 1000, 0, 1, 2s},
  {"no jitter", 1s, 60s, 0, 3, 0, 8s},
  {"none", 0s, 60s, 20, 0, 1, 0s},
  {"none doubled", 0s, 60s, 20, many, 1, 0s},
  {"none at most", 1s, 0s, 20, 3, 1, 0s},
  {"begins beyond the longest", 90s, 60s, 0, 0, 0.5, 60s},
  {"less than none", -1s, 60s, 20, 3, 1, 0s},
};

struct eviction_row {
  const char* name;
  caf::timespan idle_timeout;
  caf::timespan max_lifetime;
  bool keep_open;
  double idle_random;
  double lifetime_random;
  caf::timespan age;
  std::optional<caf::timespan> idle;
  eviction what;
  /// From the session's start on; none: not at all.
  std::optional<caf::timespan> look_again;
};

constexpr std::nullopt_t in_use = std::nullopt;
constexpr std::nullopt_t never = std::nullopt;
constexpr auto keep = eviction::keep;
constexpr auto evict_idle = eviction::evict_idle;
constexpr auto evict_old = eviction::evict_old;

// With a jitter of 10 %.
constexpr eviction_row eviction_rows[] = {
  {"just up", 100s, 1000s, false, 0.5, 0, 0s, 0s, keep, 100s},
  {"idle for a while", 100s, 1000s, false, 0.5, 0, 150s, 60s, keep, 190s},
  {"almost too long", 100s, 1000s, false, 0.5, 0, 150s, 99999ms, keep,
   150001ms},
  {"idle too long", 100s, 1000s, false, 0.5, 0, 150s, 100s, evict_idle, 150s},
  {"idle much too long", 100s, 1000s, false, 0.5, 0, 500s, 500s, evict_idle,
   100s},
  {"a low draw is shorter", 100s, 0s, false, 0, 0, 90s, 90s, evict_idle, 90s},
  {"but no more than that", 100s, 0s, false, 0, 0, 89s, 89s, keep, 90s},
  {"a high draw is longer", 100s, 0s, false, 1, 0, 109s, 109s, keep, 110s},
  {"for so long", 100s, 0s, false, 1, 0, 110s, 110s, evict_idle, 110s},
  {"in use", 100s, 1000s, false, 0, 0, 500s, in_use, keep, never},
  {"in use beyond its life", 100s, 1000s, false, 0, 0, 5000s, in_use, keep,
   never},
  {"old, but in use until now", 100s, 1000s, false, 0.5, 0, 5000s, 0s,
   evict_old, 1000s},
  {"its life ends before idleness does", 100s, 1000s, false, 0.5, 0, 950s, 0s,
   keep, 1000s},
  {"old", 100s, 1000s, false, 0.5, 0, 1000s, 50s, evict_old, 1000s},
  {"old and idle", 100s, 1000s, false, 0.5, 0, 1000s, 100s, evict_old, 1000s},
  {"a life is only shorter", 0s, 1000s, false, 0, 1, 899s, 0s, keep, 900s},
  {"by the jitter", 0s, 1000s, false, 0, 1, 900s, 0s, evict_old, 900s},
  {"and never longer", 0s, 1000s, false, 0, 0, 1000s, 0s, evict_old, 1000s},
  {"kept open, idle", 100s, 1000s, true, 0, 0, 500s, 500s, keep, 1000s},
  {"kept open, old", 100s, 1000s, true, 0, 0, 1000s, 500s, evict_old, 1000s},
  {"never for idleness", 0s, 1000s, false, 0, 0, 500s, 500s, keep, 1000s},
  {"never for age", 100s, 0s, false, 0.5, 0, 9000h, 1s, keep, 9000h + 99s},
  {"never at all", 0s, 0s, false, 0, 0, 9000h, 9000h, keep, never},
  {"longer than time itself", longest, longest, false, 1, 0, 9000h, 9000h, keep,
   never},
};

} // namespace

BOOST_AUTO_TEST_SUITE(policy_test)

BOOST_AUTO_TEST_CASE(a_wait_is_what_the_table_says) {
  for (auto& r : wait_rows) {
    BOOST_TEST_CONTEXT(r.name) {
      backoff given{r.backoff, r.most, r.jitter};
      BOOST_CHECK_EQUAL(given.wait(r.strikes, r.draw).count(), r.wait.count());
    }
  }
}

BOOST_AUTO_TEST_CASE(more_strikes_never_wait_less) {
  backoff given{1s, 60s};
  for (auto draw : {0.0, 0.5, 1.0})
    for (uint64_t strikes = 0; strikes < 200; ++strikes)
      BOOST_CHECK(given.wait(strikes, draw) <= given.wait(strikes + 1, draw));
}

BOOST_AUTO_TEST_CASE(a_session_is_evicted_as_the_table_says) {
  for (auto& r : eviction_rows) {
    BOOST_TEST_CONTEXT(r.name) {
      policy given;
      given.idle_timeout = r.idle_timeout;
      given.max_lifetime = r.max_lifetime;
      given.keep_open = r.keep_open;
      given.eviction_jitter = 10;
      session_times session{r.idle_random, r.lifetime_random, start,
                            std::nullopt};
      if (r.idle)
        session.idle_since = start + r.age - *r.idle;
      auto got = evict(given, session, start + r.age);
      BOOST_CHECK(got.what == r.what);
      auto expected = r.look_again ? start + *r.look_again : no_more;
      BOOST_CHECK_EQUAL((got.look_again - start).count(),
                        (expected - start).count());
    }
  }
}

BOOST_AUTO_TEST_CASE(looking_again_when_told_to_finds_something_to_do) {
  policy given;
  for (auto draw : {0.0, 0.123456789, 0.5, 0.987654321, 1.0}) {
    session_times session{draw, draw, start, start + 7s};
    auto first = evict(given, session, start + 8s);
    BOOST_REQUIRE(first.what == eviction::keep);
    BOOST_CHECK(evict(given, session, first.look_again - 1ns).what
                == eviction::keep);
    BOOST_CHECK(evict(given, session, first.look_again).what
                == eviction::evict_idle);
  }
}

// -- opening again ------------------------------------------------------------

namespace {

struct verdict_row {
  errc code;
  step at;
  attempt_failure what;
  attempt_outcome outcome;
};

constexpr verdict_row verdict_rows[] = {
  {errc::refused, step::connect, attempt_failure::network,
   attempt_outcome::network_failed},
  {errc::unreachable, step::connect, attempt_failure::network,
   attempt_outcome::network_failed},
  {errc::resolve_failed, step::resolve, attempt_failure::network,
   attempt_outcome::network_failed},
  {errc::timeout, step::connect, attempt_failure::network,
   attempt_outcome::network_failed},
  // It is our side that takes too long.
  {errc::timeout, step::prepare, attempt_failure::network,
   attempt_outcome::abandoned},
  // It sheds load.
  {errc::connection_lost, step::key_exchange, attempt_failure::network,
   attempt_outcome::abandoned},
  {errc::protocol_error, step::key_exchange, attempt_failure::network,
   attempt_outcome::network_failed},
  // A login that may have been counted is not made twice, but the host is sick.
  {errc::timeout, step::auth, attempt_failure::other,
   attempt_outcome::network_failed},
  {errc::connection_lost, step::auth, attempt_failure::other,
   attempt_outcome::network_failed},
  {errc::auth_failed, step::auth, attempt_failure::terminal,
   attempt_outcome::auth_failed},
  {errc::host_key_unknown, step::host_key, attempt_failure::terminal,
   attempt_outcome::failed},
  {errc::host_key_changed, step::host_key, attempt_failure::terminal,
   attempt_outcome::failed},
  {errc::certificate_invalid, step::key_exchange, attempt_failure::other,
   attempt_outcome::failed},
  {errc::no_common_algorithm, step::key_exchange, attempt_failure::other,
   attempt_outcome::failed},
  {errc::invalid_params, step::open, attempt_failure::terminal,
   attempt_outcome::abandoned},
  {errc::secret_withheld, step::open, attempt_failure::terminal,
   attempt_outcome::abandoned},
  // These say nothing about the host.
  {errc::factory_failed, step::create, attempt_failure::other,
   attempt_outcome::abandoned},
  {errc::transport_failed, step::open, attempt_failure::other,
   attempt_outcome::abandoned},
  {errc::circuit_open, step::open, attempt_failure::refused,
   attempt_outcome::abandoned},
  {errc::credential_stopped, step::auth, attempt_failure::refused,
   attempt_outcome::abandoned},
  {errc::overloaded, step::open, attempt_failure::refused,
   attempt_outcome::abandoned},
};

caf::error failure_with(errc code, step at = step::connect,
                        caf::timespan retry_after = {}) {
  return make_error(code, {{}, at, "", retry_after});
}

policy without_chance() {
  policy result;
  result.backoff_jitter = 0;
  return result;
}

constexpr auto half = 0.5;

} // namespace

BOOST_AUTO_TEST_CASE(each_failure_is_judged_as_the_table_says) {
  init();
  for (const auto& r : verdict_rows)
    BOOST_TEST_CONTEXT(to_string(r.code) << " at " << to_string(r.at)) {
      BOOST_CHECK(attempt_failure_of(failure_with(r.code, r.at)) == r.what);
      BOOST_CHECK(outcome_of(failure_with(r.code, r.at)) == r.outcome);
    }
}

BOOST_AUTO_TEST_CASE(a_series_has_its_retries_and_growing_waits) {
  auto how = without_chance();
  auto patience = start + 1h;
  reopening plan;
  plan.params_changed(how);
  plan.failed(failure_with(errc::refused), start, patience, how, half);
  BOOST_CHECK(plan.retrying());
  BOOST_CHECK(plan.not_before() == start + 1s);
  plan.failed(failure_with(errc::refused), start, patience, how, half);
  BOOST_CHECK(plan.retrying());
  BOOST_CHECK(plan.not_before() == start + 2s);
  plan.failed(failure_with(errc::refused), start, patience, how, half);
  BOOST_CHECK(!plan.retrying());
  // The next series begins as the first did.
  plan.asked(how);
  plan.failed(failure_with(errc::refused), start, patience, how, half);
  BOOST_CHECK(plan.retrying());
  BOOST_CHECK(plan.not_before() == start + 1s);
}

BOOST_AUTO_TEST_CASE(nothing_is_tried_again_for_nobody_or_too_late) {
  auto how = without_chance();
  reopening plan;
  plan.params_changed(how);
  plan.failed(failure_with(errc::refused), start, std::nullopt, how, half);
  BOOST_CHECK(!plan.goes_on());
  plan.asked(how);
  plan.failed(failure_with(errc::refused), start, start + 1s, how, half);
  BOOST_CHECK(!plan.goes_on());
}

BOOST_AUTO_TEST_CASE(waits_after_losses_grow_until_a_session_is_stable) {
  auto how = without_chance();
  reopening plan;
  plan.params_changed(how);
  plan.opened();
  plan.lost(start, start, false, how, half);
  BOOST_CHECK(plan.not_before() == start + 1s);
  plan.lost(start, start + 59s, false, how, half);
  BOOST_CHECK(plan.not_before() == start + 59s + 2s);
  plan.lost(start, start + 60s, false, how, half);
  BOOST_CHECK(plan.not_before() == start + 60s + 1s);
  BOOST_CHECK(!plan.wanted());
}

BOOST_AUTO_TEST_CASE(the_end_of_a_session_that_did_its_work_is_no_failure) {
  auto how = without_chance();
  reopening plan;
  plan.params_changed(how);
  plan.opened();
  plan.lost(start, start, false, how, half);
  for (int i = 0; i < 7; ++i) {
    plan.lost(start, start + 1s, false, how, half, true);
    BOOST_CHECK(!plan.early(start + 1s));
  }
  plan.lost(start, start + 2s, false, how, half);
  BOOST_CHECK(plan.not_before() == start + 2s + 1s);
  // Not without a pause, if nobody asks for it.
  how.keep_open = true;
  plan.lost(start, start, false, how, half, true);
  BOOST_CHECK(plan.not_before() == start + 100ms);
}

BOOST_AUTO_TEST_CASE(what_is_kept_open_is_wanted_until_it_is_refused) {
  auto how = without_chance();
  how.keep_open = true;
  reopening plan;
  plan.params_changed(how);
  plan.opened();
  plan.lost(start, start, false, how, half);
  BOOST_CHECK(plan.wanted());
  plan.failed(failure_with(errc::unreachable), start, std::nullopt, how, half);
  BOOST_CHECK(plan.goes_on());
  plan.failed(failure_with(errc::circuit_open, step::open, 15s), start,
              std::nullopt, how, half);
  BOOST_CHECK(plan.goes_on());
  BOOST_CHECK(plan.not_before() == start + 15s);
  plan.failed(failure_with(errc::auth_failed, step::auth), start, std::nullopt,
              how, half);
  BOOST_CHECK(!plan.goes_on());
  BOOST_CHECK(plan.terminal());
  BOOST_CHECK(!plan.reopenable());
  plan.pardon();
  BOOST_CHECK(plan.reopenable());
}

BOOST_AUTO_TEST_CASE(what_is_held_is_not_wanted_after_a_loss) {
  auto how = without_chance();
  how.keep_open = true;
  reopening plan;
  plan.params_changed(how);
  plan.opened();
  plan.lost(start, start, true, how, half);
  BOOST_CHECK(!plan.wanted());
}

BOOST_AUTO_TEST_CASE(without_backoff_a_refusal_still_takes_a_second) {
  auto how = without_chance();
  how.keep_open = true;
  how.backoff = 0s;
  reopening plan;
  plan.params_changed(how);
  plan.opened();
  plan.lost(start, start, false, how, half);
  BOOST_CHECK(plan.not_before() == start + 100ms);
  plan.failed(failure_with(errc::overloaded, step::open), start, std::nullopt,
              how, half);
  BOOST_CHECK(plan.not_before() == start + 1s);
}

BOOST_AUTO_TEST_CASE(work_does_not_wait_after_a_refusal) {
  auto how = without_chance();
  reopening plan;
  plan.params_changed(how);
  plan.opened();
  plan.lost(start, start, false, how, half);
  BOOST_CHECK(plan.early(start));
  plan.failed(failure_with(errc::circuit_open, step::open, 15s), start,
              std::nullopt, how, half);
  BOOST_CHECK(plan.not_before() == start + 15s);
  BOOST_CHECK(!plan.early(start));
  plan.failed(failure_with(errc::unreachable), start, std::nullopt, how, half);
  BOOST_CHECK(plan.early(start));
}

BOOST_AUTO_TEST_CASE(a_refusal_with_a_time_makes_no_later_wait_longer) {
  auto how = without_chance();
  reopening plan;
  plan.params_changed(how);
  for (auto i = 0; i < 10; ++i)
    plan.failed(failure_with(errc::circuit_open, step::open, 15s), start,
                std::nullopt, how, half);
  BOOST_CHECK(plan.not_before() == start + 15s);
  plan.failed(failure_with(errc::unreachable), start, std::nullopt, how, half);
  BOOST_CHECK(plan.not_before() == start + 1s);
}

BOOST_AUTO_TEST_CASE(a_session_ends_the_wait_for_the_next_attempt) {
  auto how = without_chance();
  reopening plan;
  plan.params_changed(how);
  plan.failed(failure_with(errc::unreachable), start, std::nullopt, how, half);
  BOOST_CHECK(plan.early(start));
  plan.opened();
  BOOST_CHECK(!plan.early(start));
}

BOOST_AUTO_TEST_CASE(a_reboot_is_polled_and_uses_up_no_retry) {
  auto how = without_chance();
  reopening plan;
  plan.params_changed(how);
  plan.opened();
  plan.expect_loss(start + 5min);
  plan.lost(start, start, false, how, half);
  BOOST_CHECK(plan.wanted());
  for (auto i = 0; i < 100; ++i) {
    plan.failed(failure_with(errc::refused), start, start + 1h, how, half);
    BOOST_REQUIRE(plan.retrying());
    BOOST_REQUIRE(plan.not_before() <= start + 5s);
  }
  auto over = start + 5min;
  plan.failed(failure_with(errc::refused), over, std::nullopt, how, half);
  BOOST_CHECK(!plan.goes_on());
}

// -- params taken apart -------------------------------------------------------

namespace {

const connection_key key{"r1", "ssh"};

resolved_params resolved(const connection_params& x) {
  return *resolved_params::make(key, x, policy{});
}

uint64_t credential_of(const connection_params& x) {
  return resolved(x).make_ticket(key, {}).credential;
}

connection_params admin() {
  connection_params result;
  result.hostname = "192.0.2.1";
  result.username = "admin";
  result.password = secret{"one"};
  return result;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_credential_is_told_by_its_content) {
  init();
  auto other_host = admin();
  other_host.hostname = "192.0.2.2";
  other_host.extras["known_hosts"] = "/elsewhere";
  BOOST_CHECK_EQUAL(credential_of(admin()), credential_of(other_host));
  auto other_user = admin();
  other_user.username = "root";
  BOOST_CHECK_NE(credential_of(admin()), credential_of(other_user));
  auto other_password = admin();
  other_password.password = secret{"two"};
  BOOST_CHECK_NE(credential_of(admin()), credential_of(other_password));
  auto with_key = admin();
  with_key.secrets["private_key"] = secret{"one"};
  BOOST_CHECK_NE(credential_of(admin()), credential_of(with_key));
}

BOOST_AUTO_TEST_CASE(without_a_secret_the_extras_are_the_credential) {
  auto by_file = admin();
  by_file.password = secret{};
  auto by_other_file = by_file;
  by_other_file.extras["private_key_file"] = "/other";
  BOOST_CHECK_NE(credential_of(by_file), credential_of(by_other_file));
}

BOOST_AUTO_TEST_CASE(a_ticket_is_the_same_for_params_that_mean_the_same) {
  init();
  plugin_traits plugin;
  plugin.ports = {{22}};
  plugin.extras = {{"key-file", option_kind::text, "/default"}};
  connection_params params;
  params.username = "admin";
  params.hostname = "r1.example";
  auto same = params;
  same.hostname = "R1.Example";
  same.port = 22;
  same.extras["key_file"] = "/default";
  same.secrets["passphrase"] = secret{};
  auto first = resolved(params).make_ticket(key, plugin);
  auto second = resolved(same).make_ticket(key, plugin);
  BOOST_CHECK_EQUAL(first.endpoint, "r1.example:22");
  BOOST_CHECK_EQUAL(second.endpoint, first.endpoint);
  BOOST_CHECK_EQUAL(second.credential, first.credential);
  same.extras["key_file"] = "/other";
  BOOST_CHECK(resolved(same).make_ticket(key, plugin).credential
              != first.credential);
}

BOOST_AUTO_TEST_CASE(a_named_credential_is_told_by_its_name) {
  auto named = [](const char* name) {
    connection_params result;
    result.hostname = "192.0.2.1";
    result.extras["credential"] = name;
    return result;
  };
  auto other_host = named("core");
  other_host.hostname = "192.0.2.2";
  other_host.extras["known_hosts"] = "/elsewhere";
  BOOST_CHECK_EQUAL(credential_of(named("core")), credential_of(other_host));
  BOOST_CHECK_NE(credential_of(named("core")), credential_of(named("edge")));
  auto other_user = named("core");
  other_user.username = "root";
  BOOST_CHECK_NE(credential_of(named("core")), credential_of(other_user));
  auto pass = resolved(named("core")).make_ticket(key, {});
  BOOST_CHECK_EQUAL(pass.credential_domain, "core");
  BOOST_CHECK_EQUAL(pass.username, "core");
  pass = resolved(other_user).make_ticket(key, {});
  BOOST_CHECK_EQUAL(pass.credential_domain, "root");
  BOOST_CHECK_EQUAL(pass.username, "root");
  // The transport is to look it up.
  BOOST_CHECK_EQUAL(resolved(named("core")).params.extras["credential"],
                    "core");
}

BOOST_AUTO_TEST_CASE(a_ticket_has_what_the_extras_say) {
  auto params = admin();
  params.port = 2222;
  params.extras["credential_domain"] = "tacacs-1";
  params.extras["jump_domain"] = "bastion-1";
  params.extras["opens_per_minute"] = "4";
  auto x = resolved(params);
  BOOST_CHECK(x.params.extras.empty());
  auto pass = x.make_ticket(key, {});
  BOOST_CHECK_EQUAL(pass.endpoint, "192.0.2.1:2222");
  BOOST_CHECK_EQUAL(pass.credential_domain, "tacacs-1");
  BOOST_CHECK_EQUAL(pass.jump_domain, "bastion-1");
  BOOST_CHECK_EQUAL(pass.opens_per_minute, 4u);
  BOOST_CHECK_EQUAL(resolved(admin()).make_ticket(key, {}).credential_domain,
                    "admin");
  // A closed port of one plugin must not take the others away.
  BOOST_CHECK_EQUAL(resolved(admin()).make_ticket(key, {}).endpoint,
                    "192.0.2.1:ssh");
}

BOOST_AUTO_TEST_SUITE_END()
