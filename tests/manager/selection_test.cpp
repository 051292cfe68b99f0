#include "tieline/actors/registry/selection.hpp"
#include "tieline/actors/registry/standing_orders.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace tieline;

namespace {

struct match_row {
  selector pattern;
  connection_key key;
  bool match;
};

const match_row match_rows[] = {
  {{}, {"r1", "ssh"}, true},
  {{}, {"", ""}, true},
  {{"", ""}, {"", ""}, true},
  {{"", "*"}, {"r1", "ssh"}, false},
  {{"r1", "ssh"}, {"r1", "ssh"}, true},
  {{"r1", "ssh"}, {"r1", "telnet"}, false},
  {{"r1", "ssh"}, {"r10", "ssh"}, false},
  {{"r1", "ssh"}, {"xr1", "ssh"}, false},
  {{"R1", "*"}, {"r1", "ssh"}, false},
  {{"edge-*", "*"}, {"edge-7", "ssh"}, true},
  {{"edge-*", "*"}, {"edge-", "ssh"}, true},
  {{"edge-*", "*"}, {"core-7", "ssh"}, false},
  {{"edge-*", "telnet"}, {"edge-7", "ssh"}, false},
  {{"edge-?", "*"}, {"edge-7", "ssh"}, true},
  {{"edge-?", "*"}, {"edge-77", "ssh"}, false},
  {{"edge-[0-4]", "*"}, {"edge-3", "ssh"}, true},
  {{"edge-[0-4]", "*"}, {"edge-7", "ssh"}, false},
  {{"edge-[!0-4]", "*"}, {"edge-7", "ssh"}, true},
  {{"*", "*"}, {".hidden/with/slashes", "ssh"}, true},
  {{"*.example.net", "*"}, {"r1.pop2.example.net", "ssh"}, true},
  {{"\\*", "*"}, {"*", "ssh"}, true},
  {{"\\*", "*"}, {"r1", "ssh"}, false},
  {{"r[1", "*"}, {"r[1", "ssh"}, true},
  {{"r[1", "*"}, {"r1", "ssh"}, false},
};

using orders = std::vector<std::pair<operation, selector>>;

struct orders_row {
  const char* name;
  orders given;
  /// What connections named a1, a2, b1 start with.
  hold a1;
  hold a2;
  hold b1;
  size_t kept;
};

constexpr auto to_pause = operation::pause;
constexpr auto to_drain = operation::drain;
constexpr auto to_resume = operation::resume;
constexpr auto nothing = hold::none;
constexpr auto paused = hold::paused;
constexpr auto draining = hold::draining;

const orders_row orders_rows[] = {
  {"no order", {}, nothing, nothing, nothing, 0},
  {"one", {{to_pause, {"a1"}}}, paused, nothing, nothing, 1},
  {"a drain", {{to_drain, {"a*"}}}, draining, draining, nothing, 1},
  {"of another plugin",
   {{to_drain, {"a*", "telnet"}}},
   nothing,
   nothing,
   nothing,
   1},
  {"the last one wins",
   {{to_pause, {"a*"}}, {to_drain, {"a?"}}},
   draining,
   draining,
   nothing,
   2},
  {"also where it is wider",
   {{to_drain, {"a1"}}, {to_pause, {"*"}}},
   paused,
   paused,
   paused,
   1},
  {"given twice",
   {{to_pause, {"a*"}}, {to_pause, {"a*"}}},
   paused,
   paused,
   nothing,
   1},
  {"given twice, with another in between",
   {{to_pause, {"a*"}}, {to_drain, {"*1"}}, {to_pause, {"a*"}}},
   paused,
   paused,
   draining,
   2},
  {"resumed",
   {{to_pause, {"a*"}}, {to_resume, {"a*"}}},
   nothing,
   nothing,
   nothing,
   0},
  {"resumed in part",
   {{to_pause, {"a*"}}, {to_resume, {"a1"}}},
   nothing,
   paused,
   nothing,
   2},
  {"resumed in part, then all of it",
   {{to_pause, {"a*"}}, {to_resume, {"a1"}}, {to_resume, {"a*"}}},
   nothing,
   nothing,
   nothing,
   0},
  {"resumed in part, then paused again",
   {{to_pause, {"a*"}}, {to_resume, {"a1"}}, {to_pause, {"a*"}}},
   paused,
   paused,
   nothing,
   1},
  {"all resumed",
   {{to_pause, {"a*"}},
    {to_drain, {"?2"}},
    {to_resume, {"a1"}},
    {to_resume, {}}},
   nothing,
   nothing,
   nothing,
   0},
  {"a resume of what nobody held",
   {{to_resume, {"a1"}}},
   nothing,
   nothing,
   nothing,
   0},
  {"a resume of something else",
   {{to_pause, {"a*"}}, {to_resume, {"b1"}}},
   paused,
   paused,
   nothing,
   1},
  {"a resume of something that may be meant",
   {{to_pause, {"a*"}}, {to_resume, {"*1"}}},
   nothing,
   paused,
   nothing,
   2},
  {"a resume whose reason is gone goes with it",
   {{to_pause, {"a*"}}, {to_resume, {"*1"}}, {to_resume, {"a*"}}},
   nothing,
   nothing,
   nothing,
   0},
  {"a resume does not outlast an order that is given anew",
   {{to_pause, {"a*"}}, {to_resume, {"*1"}}, {to_pause, {"a*"}}},
   paused,
   paused,
   nothing,
   1},
  {"what holds for no later connection",
   {{operation::kill, {"a1"}},
    {operation::reconnect, {"a1"}},
    {operation::expect_disconnect, {"a1"}}},
   nothing,
   nothing,
   nothing,
   0},
  {"and overrules nothing",
   {{to_pause, {"a1"}}, {operation::kill, {}}},
   paused,
   nothing,
   nothing,
   1},
};

} // namespace

namespace tieline {

std::ostream& operator<<(std::ostream& out, hold x) {
  return out << to_string(x);
}

} // namespace tieline

BOOST_AUTO_TEST_SUITE(selection_test)

BOOST_AUTO_TEST_CASE(a_selector_matches_by_glob) {
  for (auto& r : match_rows)
    BOOST_TEST_CONTEXT(r.pattern.hostname << " " << r.pattern.plugin_name
                                          << " and " << to_string(r.key))
  BOOST_CHECK_EQUAL(matches(r.pattern, r.key), r.match);
}

BOOST_AUTO_TEST_CASE(a_new_connection_is_held_as_the_last_order_says) {
  for (auto& r : orders_rows) {
    BOOST_TEST_CONTEXT(r.name) {
      standing_orders x;
      for (auto& [what, whom] : r.given)
        x.note(what, whom);
      BOOST_CHECK_EQUAL(x.held({"a1", "ssh"}), r.a1);
      BOOST_CHECK_EQUAL(x.held({"a2", "ssh"}), r.a2);
      BOOST_CHECK_EQUAL(x.held({"b1", "ssh"}), r.b1);
      BOOST_CHECK_EQUAL(x.size(), r.kept);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_dropped_makes_no_difference) {
  // Against all orders ever given, from patterns that meet and cover each
  // other in many ways.
  const std::string patterns[] = {"*",  "a*", "*1", "a1",    "a?",
                                  "b*", "b1", "c1", "[ab]1", "\\a1"};
  const operation operations[] = {to_pause, to_drain, to_resume};
  const std::map<operation, hold> meaning{{to_pause, paused},
                                          {to_drain, draining},
                                          {to_resume, nothing}};
  std::minstd_rand random{1};
  auto pick = [&random](const auto& from) {
    return from[random() % std::size(from)];
  };
  for (auto run = 0; run < 300; ++run) {
    standing_orders x;
    orders all;
    for (auto i = 0; i < 40; ++i) {
      selector whom{pick(patterns), random() % 4 == 0 ? "ssh" : "*"};
      all.emplace_back(pick(operations), whom);
      x.note(all.back().first, whom);
      BOOST_REQUIRE_LE(x.size(), 2 * std::size(patterns));
      for (auto name : {"a1", "a2", "b1", "b2", "c1", "c2"})
        for (auto plugin : {"ssh", "telnet"}) {
          connection_key key{name, plugin};
          auto expected = nothing;
          for (auto& [what, pattern] : all)
            if (matches(pattern, key))
              expected = meaning.at(what);
          BOOST_REQUIRE_EQUAL(x.held(key), expected);
        }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_day_of_work_on_one_host_after_the_other_leaves_nothing) {
  standing_orders x;
  x.note(to_pause, {"lab-*"});
  for (auto i = 0; i < 1000; ++i) {
    selector host{"r" + std::to_string(i)};
    x.note(to_drain, host);
    x.note(to_resume, host);
  }
  BOOST_CHECK_EQUAL(x.size(), 1u);
}

BOOST_AUTO_TEST_CASE(orders_for_each_of_many_hosts_look_at_no_other_host) {
  // What looked at all earlier orders would take longer than the suite may.
  constexpr size_t many = 100'000;
  standing_orders x;
  auto host = [](size_t i) { return "r" + std::to_string(i); };
  x.note(to_drain, {"lab-*"});
  for (size_t i = 0; i < many; ++i)
    x.note(to_pause, {host(i)});
  BOOST_CHECK_EQUAL(x.size(), many + 1);
  for (size_t i = 0; i < many; ++i)
    BOOST_REQUIRE_EQUAL(x.held({host(i), "ssh"}), paused);
  for (size_t i = 0; i < many; ++i)
    x.note(to_resume, {host(i)});
  BOOST_CHECK_EQUAL(x.size(), 1u);
  BOOST_CHECK_EQUAL(x.held({"lab-1", "ssh"}), draining);
}

BOOST_AUTO_TEST_SUITE_END()
