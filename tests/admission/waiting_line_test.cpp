#include "tieline/actors/admission/waiting_line.hpp"
#include "tieline/messages/internal/ticket.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace tieline;
using namespace std::chrono_literals;

namespace {

constexpr uint64_t any = 1'000'000;

struct wish {
  uint64_t number;
  uint64_t caller = 0;
  std::string domain = "admin";
  std::string jump = {};
  uint64_t rate = 0;
  std::string host = "r1";
  bool dials = false;
};

ticket ticket_for(const wish& w) {
  ticket result;
  result.id = w.number;
  result.key = {w.host, "fake"};
  result.credential_domain = w.domain;
  result.jump_domain = w.jump;
  result.opens_per_minute = w.rate;
  result.caller = w.caller;
  result.tells_dialed = w.dials;
  return result;
}

class fixture {
public:
  explicit fixture(place_limits limits) : line(limits) {
    // nop
  }

  void join(const wish& w) {
    line.join({1, w.number}, ticket_for(w));
  }

  void leave(uint64_t number) {
    line.leave({1, number});
  }

  bool connected(uint64_t number) {
    return line.connected({1, number});
  }

  /// Returns all that may begin now.
  std::vector<uint64_t> begin() {
    std::vector<uint64_t> result;
    while (auto who = line.next(now))
      result.push_back(who->second);
    return result;
  }

  waiting_line::standing of(const wish& w) const {
    return line.of({1, w.number}, ticket_for(w));
  }

  waiting_line line;
  waiting_line::time_point now;
};

using numbers = std::vector<uint64_t>;

void check(const waiting_line::standing& got, waits_for what, uint64_t position,
           uint64_t used, uint64_t limit) {
  BOOST_CHECK_EQUAL(to_string(got.what), to_string(what));
  BOOST_CHECK_EQUAL(got.position, position);
  BOOST_CHECK_EQUAL(got.used, used);
  BOOST_CHECK_EQUAL(got.limit, limit);
}

/// What each kind of limit is, and what tickets share it or do not.
struct scope_row {
  const char* name;
  place_limits limits;
  wish first;
  wish shares;
  wish does_not;
  waits_for what;
};

const scope_row scope_rows[] = {
  {"credential domain",
   {any, 1, any, any},
   {1, 0, "admin"},
   {2, 0, "admin"},
   {3, 0, "guest"},
   waits_for::max_opening_per_credential},
  {"jump domain",
   {any, any, 1, any},
   {1, 0, "admin", "bastion"},
   {2, 0, "guest", "bastion"},
   {3, 0, "admin", "other"},
   waits_for::max_opening_per_jump_domain},
  {"no jump domain",
   {any, any, 1, any},
   {1, 0, "admin", "bastion"},
   {2, 0, "admin", "bastion"},
   {3, 0, "admin", ""},
   waits_for::max_opening_per_jump_domain},
  {"host with a rate",
   {any, any, any, any},
   {1, 0, "admin", "", 1, "r1"},
   {2, 0, "guest", "", 1, "r1"},
   {3, 0, "admin", "", 1, "r2"},
   waits_for::opens_per_minute},
};

template <class Container, class F>
uint64_t how_many(const Container& xs, F f) {
  return static_cast<uint64_t>(std::count_if(xs.begin(), xs.end(), f));
}

/// Has random tickets come, begin, and go, and checks after each event that
/// limits hold, and that whoever waits has a reason.
void try_random_events(uint32_t seed) {
  std::mt19937 random(seed);
  auto pick = [&](uint64_t n) {
    return std::uniform_int_distribution<uint64_t>{0, n - 1}(random);
  };
  const place_limits limits{pick(2) == 0 ? 6 : any, pick(3) + 1, pick(3) + 1,
                            pick(2) == 0 ? 9 : any, pick(2) * 4};
  fixture s{limits};
  std::map<uint64_t, wish> waiting;
  std::map<uint64_t, wish> opening;
  /// Of those opening, who is connected, and who waits again since.
  std::set<uint64_t> connected;
  std::set<uint64_t> returning;
  std::vector<std::pair<waiting_line::time_point, std::string>> attempts;
  uint64_t sessions = 0;
  auto of_domain = [&](const wish& w) {
    return how_many(opening, [&](auto& x) {
      return x.second.domain == w.domain && connected.count(x.first) > 0;
    });
  };
  auto of_jump = [&](const wish& w) {
    return how_many(opening, [&](auto& x) {
      return !w.jump.empty() && x.second.jump == w.jump;
    });
  };
  auto of_host = [&](const wish& w) {
    return how_many(attempts, [&](auto& x) {
      return w.rate > 0 && x.second == w.host && x.first + 60s > s.now;
    });
  };
  const char* domains[] = {"a", "b", "c"};
  const char* jumps[] = {"", "x", "y"};
  const char* hosts[] = {"r1", "r2", "r3", "r4"};
  for (uint64_t i = 1; i <= 1000; ++i) {
    auto what = pick(10);
    if (what < 4) {
      wish w{i,
             pick(3),
             domains[pick(3)],
             jumps[pick(3)],
             pick(3) == 0 ? 3u : 0u,
             hosts[pick(4)],
             pick(2) == 0};
      s.join(w);
      waiting.emplace(i, w);
    } else if (what < 8 && !opening.empty()) {
      auto x = std::next(opening.begin(), pick(opening.size()));
      if (pick(2) == 0) {
        s.line.opened({1, x->first});
        ++sessions;
      } else {
        s.leave(x->first);
      }
      connected.erase(x->first);
      returning.erase(x->first);
      opening.erase(x);
    } else if (what < 9 && !waiting.empty()) {
      auto x = std::next(waiting.begin(), pick(waiting.size()));
      s.leave(x->first);
      waiting.erase(x);
    } else if (sessions > 0) {
      s.line.release();
      --sessions;
    }
    for (auto& [number, w] : opening)
      if (pick(4) == 0
          && connected.count(number) + returning.count(number) == 0)
        (s.connected(number) ? connected : returning).insert(number);
    s.now += pick(20) == 0 ? 7s : 40ms;
    for (auto number : s.begin()) {
      if (returning.erase(number) > 0) {
        BOOST_REQUIRE_LT(of_domain(opening.at(number)),
                         limits.opening_per_credential);
        connected.insert(number);
        continue;
      }
      auto x = waiting.extract(number);
      BOOST_REQUIRE(!x.empty());
      BOOST_REQUIRE_LT(of_domain(x.mapped()), limits.opening_per_credential);
      BOOST_REQUIRE_LT(of_jump(x.mapped()), limits.opening_per_jump_domain);
      BOOST_REQUIRE_LT(of_host(x.mapped()), 3u);
      if (x.mapped().rate > 0)
        attempts.emplace_back(s.now, x.mapped().host);
      if (!x.mapped().dials)
        connected.insert(number);
      opening.insert(std::move(x));
    }
    BOOST_REQUIRE_LE(s.line.opening(), limits.opening);
    BOOST_REQUIRE_LE(s.line.dialing(), limits.dialing);
    BOOST_REQUIRE_LE(connected.size(), s.line.opening());
    BOOST_REQUIRE_LE(opening.size() + sessions, limits.sessions);
    BOOST_REQUIRE_EQUAL(s.line.opening() + s.line.dialing(), opening.size());
    BOOST_REQUIRE_EQUAL(s.line.waiting(), waiting.size() + returning.size());
    // Whoever waits has a reason.
    if (limits.dialing == 0 && opening.size() < limits.opening
        && opening.size() + sessions < limits.sessions)
      for (auto& [number, w] : waiting)
        BOOST_REQUIRE(
          how_many(opening,
                   [&](auto& x) { return x.second.domain == w.domain; })
            == limits.opening_per_credential
          || of_jump(w) == limits.opening_per_jump_domain || of_host(w) == 3u);
  }
  for (auto& [number, w] : waiting)
    s.leave(number);
  for (auto& [number, w] : opening)
    s.leave(number);
  s.now += 60s;
  s.begin();
  BOOST_CHECK_EQUAL(s.line.size(), 0u);
}

} // namespace

BOOST_AUTO_TEST_SUITE(waiting_line_test)

BOOST_AUTO_TEST_CASE(a_full_scope_holds_back_its_own_and_no_others) {
  for (auto& r : scope_rows) {
    BOOST_TEST_CONTEXT(r.name) {
      fixture s{r.limits};
      s.join(r.first);
      s.join(r.shares);
      s.join(r.does_not);
      BOOST_TEST(s.begin() == (numbers{1, 3}),
                 boost::test_tools::per_element());
      check(s.of(r.shares), r.what, 1, 1, 1);
      check(s.of(r.does_not), waits_for::nothing, 0, 0, 0);
      // One that is not in line would wait for the same.
      auto other = r.shares;
      other.number = 9;
      check(s.of(other), r.what, 0, 1, 1);
      s.leave(1);
      s.leave(3);
      s.now += 60s;
      BOOST_TEST(s.begin() == (numbers{2}), boost::test_tools::per_element());
      s.leave(2);
      s.now += 60s;
      s.begin();
      BOOST_CHECK_EQUAL(s.line.size(), 0u);
    }
  }
}

BOOST_AUTO_TEST_CASE(as_many_open_at_once_as_may_first_come_first_served) {
  fixture s{{2, any, any, any}};
  for (uint64_t i = 1; i <= 4; ++i)
    s.join({i});
  BOOST_TEST(s.begin() == (numbers{1, 2}), boost::test_tools::per_element());
  check(s.of({4}), waits_for::max_opening, 2, 2, 2);
  check(s.of({9}), waits_for::max_opening, 0, 2, 2);
  s.leave(2);
  BOOST_TEST(s.begin() == (numbers{3}), boost::test_tools::per_element());
  check(s.of({4}), waits_for::max_opening, 1, 2, 2);
}

BOOST_AUTO_TEST_CASE(callers_with_many_and_with_few_take_turns) {
  fixture s{{1, any, any, any}};
  for (uint64_t i = 1; i <= 500; ++i)
    s.join({i, 1});
  BOOST_TEST(s.begin() == (numbers{1}), boost::test_tools::per_element());
  for (uint64_t i = 1; i <= 20; ++i)
    s.join({1000 + i, 2});
  numbers order;
  for (auto who = uint64_t{1}; order.size() < 40; who = order.back()) {
    s.leave(who);
    auto next = s.begin();
    BOOST_REQUIRE_EQUAL(next.size(), 1u);
    order.push_back(next.front());
  }
  for (uint64_t i = 0; i < 20; ++i) {
    BOOST_CHECK_EQUAL(order[2 * i], i + 2);
    BOOST_CHECK_EQUAL(order[2 * i + 1], 1000 + i + 1);
  }
}

BOOST_AUTO_TEST_CASE(who_comes_late_to_a_slow_domain_does_not_wait_for_all) {
  // The caller's turns in the quick domain must not count against who comes to
  // the slow one.
  fixture s{{any, 1, any, any}};
  for (uint64_t i = 1; i <= 100; ++i)
    s.join({i, 1, "slow"});
  for (uint64_t i = 101; i <= 200; ++i)
    s.join({i, 1, "quick"});
  s.begin();
  for (uint64_t i = 101; i <= 200; ++i) {
    s.leave(i);
    s.begin();
  }
  s.join({999, 2, "slow"});
  s.leave(1);
  s.begin();
  s.leave(2);
  BOOST_TEST(s.begin() == (numbers{999}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_domain_that_was_quiet_has_no_claim_from_that) {
  fixture s{{1, any, any, any}};
  for (uint64_t i = 1; i <= 60; ++i)
    s.join({i, 1, "busy"});
  s.begin();
  for (uint64_t i = 1; i < 50; ++i) {
    s.leave(i);
    s.begin();
  }
  s.join({101, 2, "quiet"});
  s.join({102, 2, "quiet"});
  numbers order;
  for (uint64_t who = 50; order.size() < 4; who = order.back()) {
    s.leave(who);
    order.push_back(s.begin().at(0));
  }
  BOOST_TEST(order == (numbers{51, 101, 52, 102}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(room_goes_to_the_next_whom_nothing_else_holds_back) {
  fixture s{{any, 1, 1, any}};
  s.join({1, 0, "admin"});
  s.join({2, 0, "guest", "bastion"});
  s.join({3, 0, "admin", "bastion"});
  s.join({4, 0, "admin"});
  BOOST_TEST(s.begin() == (numbers{1, 2}), boost::test_tools::per_element());
  // The third has the turn, but has to wait for the bastion.
  s.leave(1);
  BOOST_TEST(s.begin() == (numbers{4}), boost::test_tools::per_element());
  s.leave(2);
  BOOST_CHECK(s.begin().empty());
  s.leave(4);
  BOOST_TEST(s.begin() == (numbers{3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_rate_is_for_any_minute_and_tells_when_it_goes_on) {
  fixture s{{any, any, any, any}};
  auto start = s.now;
  for (uint64_t i = 1; i <= 5; ++i)
    s.join({i, 0, "admin", "", 2});
  BOOST_CHECK(!s.line.due());
  BOOST_CHECK_EQUAL(s.begin().size(), 2u);
  BOOST_CHECK(s.line.due() == start + 60s);
  // The end of an attempt does not bring the place back.
  s.leave(1);
  s.leave(2);
  s.now = start + 59s;
  BOOST_CHECK(s.begin().empty());
  s.now = start + 61s;
  BOOST_TEST(s.begin() == (numbers{3, 4}), boost::test_tools::per_element());
  BOOST_CHECK(s.line.due() == start + 121s);
  // One without a rate is not counted.
  s.join({6});
  BOOST_TEST(s.begin() == (numbers{6}), boost::test_tools::per_element());
  s.leave(5);
  BOOST_CHECK(!s.line.due());
}

BOOST_AUTO_TEST_CASE(sessions_count_until_they_are_released) {
  fixture s{{any, any, any, 2}};
  for (uint64_t i = 1; i <= 5; ++i)
    s.join({i});
  BOOST_TEST(s.begin() == (numbers{1, 2}), boost::test_tools::per_element());
  BOOST_CHECK_EQUAL(s.line.held_up(), 3u);
  s.line.opened({1, 1});
  BOOST_CHECK_EQUAL(s.line.sessions(), 1u);
  BOOST_CHECK(s.begin().empty());
  check(s.of({4}), waits_for::max_sessions, 2, 2, 2);
  check(s.of({9}), waits_for::max_sessions, 0, 2, 2);
  s.line.release();
  BOOST_TEST(s.begin() == (numbers{3}), boost::test_tools::per_element());
  BOOST_CHECK_EQUAL(s.line.held_up(), 2u);
}

BOOST_AUTO_TEST_CASE(who_leaves_while_held_up_gives_its_places_back) {
  fixture s{{any, 1, any, 1}};
  s.join({1, 0, "other"});
  s.begin();
  s.join({2, 0, "admin", "", 1});
  s.join({3, 0, "admin", "", 1});
  s.begin();
  BOOST_CHECK_EQUAL(s.line.held_up(), 1u);
  s.leave(2);
  // Neither the domain nor the rate has been used.
  BOOST_CHECK(s.begin().empty());
  BOOST_CHECK_EQUAL(s.line.held_up(), 1u);
  s.leave(1);
  BOOST_TEST(s.begin() == (numbers{3}), boost::test_tools::per_element());
}

constexpr auto grace = waiting_line::dial_grace;

BOOST_AUTO_TEST_CASE(who_only_dials_does_not_keep_a_place_from_others) {
  fixture s{{any, 2, any, any, any}};
  for (uint64_t i = 1; i <= 6; ++i)
    s.join({i, 0, "admin", "", 0, std::to_string(i), true});
  BOOST_TEST(s.begin() == (numbers{1, 2}), boost::test_tools::per_element());
  BOOST_CHECK((s.line.due() == s.now + grace));
  s.now += grace;
  BOOST_TEST(s.begin() == (numbers{3, 4}), boost::test_tools::per_element());
  BOOST_CHECK_EQUAL(s.line.dialing(), 2u);
  check(s.of({1}), waits_for::nothing, 0, 0, 0);
  // In time: these two stay.
  BOOST_CHECK(s.connected(3));
  BOOST_CHECK(s.connected(4));
  s.now += grace;
  BOOST_CHECK(s.begin().empty());
  BOOST_CHECK(!s.line.due());
}

BOOST_AUTO_TEST_CASE(
  who_is_connected_late_logs_in_before_those_who_came_later) {
  fixture s{{any, 1, any, any, any}};
  for (uint64_t i = 1; i <= 3; ++i)
    s.join({i, 0, "admin", "", 0, std::to_string(i), true});
  s.begin();
  s.now += grace;
  BOOST_TEST(s.begin() == (numbers{2}), boost::test_tools::per_element());
  BOOST_CHECK(s.connected(2));
  BOOST_CHECK(!s.connected(1));
  BOOST_CHECK(!s.connected(1));
  check(s.of({1, 0, "admin", "", 0, "1"}),
        waits_for::max_opening_per_credential, 1, 1, 1);
  s.line.opened({1, 2});
  BOOST_TEST(s.begin() == (numbers{1}), boost::test_tools::per_element());
  BOOST_CHECK(s.connected(1));
  BOOST_CHECK_EQUAL(s.line.dialing(), 0u);
}

BOOST_AUTO_TEST_CASE(who_only_dials_keeps_its_place_in_the_jump_domain) {
  fixture s{{any, any, 1, any, any}};
  s.join({1, 0, "admin", "bastion", 0, "r1", true});
  s.join({2, 0, "admin", "bastion", 0, "r2", true});
  s.begin();
  s.now += grace;
  BOOST_CHECK(s.begin().empty());
  check(s.of({2, 0, "admin", "bastion"}),
        waits_for::max_opening_per_jump_domain, 1, 1, 1);
  s.leave(1);
  BOOST_TEST(s.begin() == (numbers{2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_more_dial_than_may) {
  fixture s{{1, any, any, any, 2}};
  for (uint64_t i = 1; i <= 5; ++i)
    s.join({i, 0, "admin", "", 0, std::to_string(i), true});
  numbers begun;
  for (int i = 0; i < 5; ++i, s.now += grace)
    for (auto number : s.begin())
      begun.push_back(number);
  BOOST_TEST(begun == (numbers{1, 2, 3}), boost::test_tools::per_element());
  s.leave(1);
  BOOST_TEST(s.begin() == (numbers{4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(who_is_connected_goes_before_who_waits_for_a_session) {
  fixture s{{any, 1, any, 2, any}};
  for (uint64_t i = 1; i <= 4; ++i)
    s.join({i, 0, "admin", "", 0, std::to_string(i), true});
  s.begin();
  s.now += grace;
  BOOST_TEST(s.begin() == (numbers{2}), boost::test_tools::per_element());
  s.line.opened({1, 2});
  BOOST_CHECK(s.begin().empty());
  BOOST_CHECK_EQUAL(s.line.held_up(), 1u);
  BOOST_CHECK(!s.connected(1));
  BOOST_TEST(s.begin() == (numbers{1}), boost::test_tools::per_element());
  BOOST_CHECK_EQUAL(s.line.held_up(), 0u);
  s.line.opened({1, 1});
  s.line.release();
  BOOST_TEST(s.begin() == (numbers{3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(nobody_gives_up_a_place_that_nobody_wants) {
  fixture s{{any, 1, any, any, any}};
  s.join({1, 0, "admin", "", 0, "r1", true});
  s.begin();
  s.now += grace;
  BOOST_CHECK(s.begin().empty());
  BOOST_CHECK(!s.line.due());
  BOOST_CHECK(s.connected(1));
}

BOOST_AUTO_TEST_CASE(no_order_of_events_breaks_a_limit_or_leaves_room_unused) {
  for (uint32_t seed = 0; seed < 60; ++seed)
    BOOST_TEST_CONTEXT("seed " << seed)
  try_random_events(seed);
}

BOOST_AUTO_TEST_CASE(ten_thousand_in_line_are_served_without_a_scan_for_each) {
  // Each its own host with a rate, so each its own group. A scan of all groups
  // for each would take minutes.
  fixture s{{32, 10, 8, any}};
  for (uint64_t i = 1; i <= 10000; ++i)
    s.join({i, i % 7, "domain" + std::to_string(i % 5),
            "jump" + std::to_string(i % 11), 1, std::to_string(i)});
  std::set<uint64_t> served;
  for (auto opening = s.begin(); !opening.empty();) {
    auto who = opening.back();
    opening.pop_back();
    BOOST_REQUIRE(served.insert(who).second);
    s.leave(who);
    for (auto next : s.begin())
      opening.push_back(next);
  }
  BOOST_CHECK_EQUAL(served.size(), 10000u);
  s.now += 60s;
  s.begin();
  BOOST_CHECK_EQUAL(s.line.size(), 0u);
}

BOOST_AUTO_TEST_CASE(each_of_a_hundred_thousand_in_line_is_told_its_place) {
  // A walk over the line for each would take minutes.
  constexpr uint64_t all = 100000;
  fixture s{{any, 1, any, any}};
  auto wish_of = [](uint64_t i) {
    return wish{i, 0, i % 2 == 0 ? "even" : "odd"};
  };
  for (uint64_t i = 1; i <= all; ++i)
    s.join(wish_of(i));
  BOOST_TEST(s.begin().size() == 2u);
  for (uint64_t i = 3; i <= all; ++i)
    BOOST_REQUIRE_EQUAL(s.of(wish_of(i)).position, (i - 1) / 2);
  // Who leaves makes room for those behind.
  for (uint64_t i = 4; i <= all; i += 4)
    s.leave(i);
  for (uint64_t i = 6; i <= all; i += 4)
    BOOST_REQUIRE_EQUAL(s.of(wish_of(i)).position, (i - 2) / 4);
}

BOOST_AUTO_TEST_SUITE_END()
