#include "ssh/ssh_manager.hpp"
#include "support/own_network.hpp"

#include <tieline/lab/lab.hpp>

#include <boost/test/unit_test.hpp>
#include <sys/resource.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;

namespace {

constexpr int many = 500;

// Both ends of all sessions are ours.
struct open_files {
  open_files() {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
};

BOOST_TEST_GLOBAL_FIXTURE(open_files);

size_t count_lines(const std::string& text, const std::string& part) {
  size_t result = 0;
  for (auto i = text.find(part); i != std::string::npos;
       i = text.find(part, i + 1))
    ++result;
  return result;
}

/// Returns how often each outcome came.
std::map<std::string, int> tally(const std::vector<open_outcome>& outcomes) {
  std::map<std::string, int> result;
  for (auto& outcome : outcomes)
    ++result[brief(outcome.error)];
  return result;
}

std::string to_text(const std::map<std::string, int>& counts) {
  std::string result;
  for (auto& [what, count] : counts)
    result += std::to_string(count) + " " + what + "; ";
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(storm_test)

BOOST_AUTO_TEST_CASE(five_hundred_opens_pass_a_server_that_drops_early) {
  // As sshd is shipped: with 10 that have not logged in it begins to drop.
  ssh_fixture fixture{configured({{"MaxStartups", "10:30:100"}})};
  ssh_manager hosts{settings{}};
  auto begin = std::chrono::steady_clock::now();
  auto counts
    = tally(hosts.open_all(hosts.items(many, fixture.with_key()), storm_limit));
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  auto log = fixture.server.log();
  auto dropped = count_lines(log, "drop connection");
  BOOST_TEST_MESSAGE(
    many << " opens in " << took.count() << " s, "
         << hosts.counters().open_failures << " attempts failed; sshd dropped "
         << dropped << ", began throttling "
         << count_lines(log, "beginning MaxStartups") << " times, took "
         << count_lines(log, "Accepted publickey") << " logins");
  BOOST_TEST(counts["ok"] == many, to_text(counts));
  BOOST_TEST(hosts.counters().open_calls == many);
  BOOST_TEST(count_lines(log, "Accepted publickey") == many);
}

BOOST_AUTO_TEST_CASE(hosts_that_swallow_packets_do_not_keep_others_waiting) {
  constexpr int silent = 60;
  ssh_fixture fixture;
  ssh_manager hosts;
  // All log in by the same name. The silent ones are dialed for longer than any
  // test waits.
  for (int i = 0; i < silent; ++i) {
    auto params = fixture.with_key();
    params.hostname = dropping_address;
    params.port = static_cast<uint16_t>(1000 + i);
    params.extras["connect_timeout"] = "10m";
    hosts.manager_client<ssh_client>::start_open(
      ssh_manager::key_of(100 + i), params,
      caf::timespan{std::chrono::minutes{10}});
  }
  auto counts
    = tally(hosts.open_all(hosts.items(5, fixture.with_key()), storm_limit));
  BOOST_TEST(counts["ok"] == 5, to_text(counts));
}

BOOST_AUTO_TEST_CASE(a_wrong_password_is_tried_on_a_handful_of_hosts_only) {
  lab::options options;
  options.devices = many;
  lab::server devices{options};
  ssh_manager hosts;
  auto items_with = [&](const char* password) {
    std::vector<open_item> result;
    for (int i = 0; i < many; ++i) {
      auto device = devices.at(i);
      auto params = params_of(device.address(), device.port(), "lab");
      params.password = secret{password};
      params.extras["host_key_policy"] = "off";
      result.push_back({ssh_manager::key_of(i), params});
    }
    return result;
  };
  // One method, or each attempt would be two logins.
  for (int i = 0; i < many; ++i)
    devices.at(i).offer(lab::auth_password);
  auto wrong = tally(hosts.open_all(items_with("wrong"), storm_limit));
  auto seen = devices.count();
  BOOST_TEST_MESSAGE("a wrong password: " << seen.logins_rejected
                                          << " logins tried, "
                                          << to_text(wrong));
  // Three that fail, while others are under way.
  settings defaults;
  auto most = defaults.credential_failures
              + defaults.max_opening_per_credential;
  BOOST_TEST(seen.logins_rejected >= defaults.credential_failures);
  BOOST_TEST(seen.logins_rejected <= most);
  BOOST_TEST(seen.logins_ok == 0u);
  BOOST_TEST(wrong["auth_failed (authentication)"]
               + wrong["credential_stopped (authentication)"]
             == many);
  // Nobody tries it later, either.
  auto again = tally(hosts.open_all(items_with("wrong"), storm_limit));
  BOOST_TEST(again["ok"] == 0, to_text(again));
  BOOST_TEST(devices.count().logins_rejected == seen.logins_rejected);
  BOOST_TEST(
    required(hosts.query<uint64_t>(clear_credential_atom_v, std::string{"lab"}))
    == 1u);
  auto right = tally(hosts.open_all(items_with("lab"), storm_limit));
  BOOST_TEST(right["ok"] == many, to_text(right));
  BOOST_TEST(devices.count().logins_rejected == seen.logins_rejected);
  BOOST_TEST(devices.count().logins_ok == static_cast<uint64_t>(many));
}

BOOST_AUTO_TEST_CASE(a_cleared_password_is_tried_on_a_handful_of_hosts_again) {
  lab::options options;
  options.devices = 50;
  lab::server devices{options};
  ssh_manager hosts;
  std::vector<open_item> items;
  for (size_t i = 0; i < devices.size(); ++i) {
    auto device = devices.at(i);
    device.offer(lab::auth_password);
    auto params = params_of(device.address(), device.port(), "lab");
    params.password = secret{"wrong"};
    params.extras["host_key_policy"] = "off";
    items.push_back({ssh_manager::key_of(static_cast<int>(i)), params});
  }
  hosts.open_all(items, storm_limit);
  auto once = devices.count().logins_rejected;
  required(hosts.query<uint64_t>(clear_credential_atom_v, std::string{"lab"}));
  hosts.open_all(items, storm_limit);
  settings defaults;
  BOOST_TEST(devices.count().logins_rejected > once);
  BOOST_TEST(devices.count().logins_rejected - once
             <= defaults.credential_failures
                  + defaults.max_opening_per_credential);
}

BOOST_AUTO_TEST_SUITE_END()
