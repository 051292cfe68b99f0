#include <tieline/transports/ssh/keepalive.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace std::chrono_literals;
using tieline::ssh::keepalive;

namespace {

const keepalive::time_point start{1000h};

std::string name_of(keepalive::decision x) {
  switch (x) {
    case keepalive::decision::wait:
      return "wait";
    case keepalive::decision::ask:
      return "ask";
    case keepalive::decision::lost:
      return "lost";
  }
  return "?";
}

/// At a time after the start, what the peer has sent in all by then, and
/// whether it can be asked.
struct event {
  std::chrono::milliseconds at;
  uint64_t received;
  const char* expected;
  std::chrono::milliseconds next;
  bool can_be_asked = true;
};

constexpr auto off = std::chrono::milliseconds::max();

struct row {
  const char* name;
  caf::timespan interval;
  uint64_t count;
  std::vector<event> events;
};

const row rows[] = {
  {"a peer is asked after an interval of silence, and lost after three more",
   10s,
   3,
   {{0s, 5, "wait", 10s},
    {10s, 5, "ask", 20s},
    {20s, 5, "wait", 30s},
    {30s, 5, "wait", 40s},
    {40s, 5, "lost", 50s}}},
  {"a count of one is one interval to answer",
   10s,
   1,
   {{10s, 0, "ask", 20s}, {20s, 0, "lost", 30s}}},
  {"an answer starts a new interval",
   10s,
   1,
   {{10s, 0, "ask", 20s},
    {11s, 36, "wait", 21s},
    {21s, 36, "ask", 31s},
    {22s, 72, "wait", 32s}}},
  {"a late answer is one, too",
   10s,
   3,
   {{10s, 0, "ask", 20s},
    {20s, 0, "wait", 30s},
    {30s, 0, "wait", 40s},
    {39999ms, 36, "wait", 49999ms},
    {49999ms, 36, "ask", 59999ms},
    {59999ms, 36, "wait", 69999ms}}},
  {"an answer that is there when the time is over counts",
   10s,
   1,
   {{10s, 0, "ask", 20s}, {20s, 36, "wait", 30s}, {30s, 36, "ask", 40s}}},
  {"a session at work is not asked and keeps its deadline",
   10s,
   3,
   {{1s, 100, "wait", 10s},
    {2s, 200, "wait", 10s},
    {9s, 300, "wait", 10s},
    {10s, 300, "wait", 19s},
    {19s, 300, "ask", 29s}}},
  {"what arrives at the deadline is life",
   10s,
   3,
   {{10s, 1, "wait", 20s}, {20s, 1, "ask", 30s}}},
  {"a process that stood still gives the peer its time",
   10s,
   2,
   {{10s, 0, "ask", 20s},
    {3600s, 0, "wait", 3610s},
    {3601s, 36, "wait", 3611s}}},
  {"a process that stood still asks first",
   10s,
   1,
   {{3600s, 0, "ask", 3610s}, {3610s, 0, "lost", 3620s}}},
  {"a peer that cannot be asked is not lost",
   10s,
   1,
   {{10s, 0, "ask", 20s, false},
    {20s, 0, "ask", 30s, false},
    {30s, 0, "ask", 40s, true},
    {40s, 0, "lost", 50s}}},
  {"zero is off",
   0s,
   1,
   {{0s, 0, "wait", off}, {1h, 0, "wait", off}, {2h, 7, "wait", off}}},
};

keepalive::time_point time_of(std::chrono::milliseconds at) {
  return at == off ? tieline::io::never : start + at;
}

} // namespace

BOOST_AUTO_TEST_SUITE(keepalive_test)

BOOST_AUTO_TEST_CASE(silence_is_judged_by_the_table) {
  for (const auto& x : rows) {
    keepalive life{x.interval, x.count, start};
    for (const auto& e : x.events) {
      BOOST_TEST_CONTEXT(x.name << ", at " << e.at.count() << " ms") {
        auto decision = life.judge(time_of(e.at), e.received);
        if (decision == keepalive::decision::ask && e.can_be_asked)
          life.asked(time_of(e.at), e.received);
        BOOST_TEST(name_of(decision) == e.expected);
        BOOST_TEST((life.deadline() == time_of(e.next)));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(who_is_asked_out_of_turn_has_its_time_from_then) {
  keepalive life{10s, 2, start};
  life.asked(start + 3s, 0);
  BOOST_TEST((life.deadline() == start + 13s));
  BOOST_TEST(name_of(life.judge(start + 13s, 0)) == "wait");
  BOOST_TEST(name_of(life.judge(start + 23s, 0)) == "lost");
}

BOOST_AUTO_TEST_CASE(asking_again_and_again_does_not_put_the_loss_off) {
  keepalive life{10s, 2, start};
  BOOST_TEST(name_of(life.judge(start + 10s, 0)) == "ask");
  for (auto at = 10s; at < 30s; at += 1s) {
    life.asked(start + at, 0);
    BOOST_TEST(name_of(life.judge(start + at, 0)) == "wait");
  }
  BOOST_TEST(name_of(life.judge(start + 30s, 0)) == "lost");
}

BOOST_AUTO_TEST_CASE(who_has_answered_and_is_asked_at_once_is_waited_for) {
  keepalive life{10s, 2, start};
  life.asked(start, 0);
  // What came by now answers the first.
  life.asked(start + 1s, 5);
  BOOST_TEST(life.waits(5));
  BOOST_TEST(name_of(life.judge(start + 2s, 5)) == "wait");
  BOOST_TEST(life.waits(5));
  BOOST_TEST(!life.waits(6));
}

BOOST_AUTO_TEST_CASE(a_peer_may_be_asked_when_keepalives_are_off) {
  keepalive life{caf::timespan{0}, 3, start};
  life.asked(start, 0);
  BOOST_TEST((life.deadline() == tieline::io::never));
  BOOST_TEST(name_of(life.judge(start + 24h, 0)) == "wait");
  BOOST_TEST(name_of(life.judge(start + 48h, 1)) == "wait");
  BOOST_TEST((life.deadline() == tieline::io::never));
}

BOOST_AUTO_TEST_CASE(the_longest_settings_do_not_overflow) {
  keepalive life{1h, 100, start};
  BOOST_TEST((life.patience() == caf::timespan{100h}));
}

BOOST_AUTO_TEST_SUITE_END()
