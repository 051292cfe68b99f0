#include "tieline/transports/netconf/replay_cursor.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace tieline::netconf;

BOOST_AUTO_TEST_SUITE(replay_cursor_test)

namespace {

struct past {
  const char* replay = nullptr; // null: the stream is not listed
  const char* created = "";
  const char* aged = "";
};

replay_log log_of(const past& x) {
  if (x.replay == nullptr)
    return {};
  auto leaf = [](const std::string& name, const std::string& text) {
    return text.empty() ? "" : '<' + name + '>' + text + "</" + name + '>';
  };
  return replay_log::read(
    "<netconf xmlns='urn:ietf:params:xml:ns:netmod:notification'><streams>"
    "<stream><name>other</name><replaySupport>true</replaySupport></stream>"
    "<stream><name>NETCONF</name>"
      + leaf("replaySupport", x.replay)
      + leaf("replayLogCreationTime", x.created)
      + leaf("replayLogAgedTime", x.aged) + "</stream></streams></netconf>",
    "NETCONF");
}

std::string at(int second) {
  return "2026-01-31T03:00:0" + std::to_string(second) + 'Z';
}

std::string told(const replay_cursor::start& x) {
  return (x.time.empty() ? "new" : x.time)
         + std::string{x.gap ? ", after a gap" : ""};
}

// What a subscription that has told events up to second 5 does after a loss.
struct {
  const char* name;
  past log;
  std::string expected;
} const losses[] = {
  {"no such stream", {}, "new, after a gap"},
  {"no replay", {"false"}, "new, after a gap"},
  {"replay", {"true"}, at(5)},
  {"a log from before", {"true", "2026-01-31T03:00:04Z"}, at(5)},
  {"a log from then", {"true", "2026-01-31T03:00:05Z"}, at(5)},
  {"a log from after that",
   {"true", "2026-01-31T03:00:06Z"},
   at(5) + ", after a gap"},
  {"a log that has lost it",
   {"true", "2026-01-31T03:00:00Z", "2026-01-31T03:00:06Z"},
   at(5) + ", after a gap"},
  {"a log that has just not lost it",
   {"true", "", "2026-01-31T03:00:05Z"},
   at(5)},
};

} // namespace

BOOST_AUTO_TEST_CASE(it_resumes_where_it_was_lost_if_the_log_reaches_back) {
  for (const auto& x : losses)
    BOOST_TEST_CONTEXT(x.name) {
      replay_cursor cursor{""};
      BOOST_TEST(told(cursor.begin()) == "new");
      BOOST_TEST(!cursor.was_told(at(5), "a"));
      BOOST_TEST(told(cursor.resume(log_of(x.log))) == x.expected);
    }
}

BOOST_AUTO_TEST_CASE(without_an_event_there_is_no_place_to_resume_at) {
  replay_cursor cursor{""};
  cursor.begin();
  BOOST_TEST(told(cursor.resume(log_of({"true"}))) == "new, after a gap");
  BOOST_TEST(!cursor.is_resuming());
}

BOOST_AUTO_TEST_CASE(a_past_that_was_not_told_is_asked_for_again) {
  replay_cursor cursor{at(1)};
  BOOST_TEST(told(cursor.begin()) == at(1));
  BOOST_TEST(told(cursor.resume({})) == at(1));
  BOOST_TEST(!cursor.was_told(at(2), "a"));
  BOOST_TEST(told(cursor.resume(log_of({"true"}))) == at(2));
  // The past that was asked for ends once, whatever filled in for a loss.
  BOOST_TEST(cursor.complete());
  cursor.resume(log_of({"true"}));
  BOOST_TEST(!cursor.complete());
}

BOOST_AUTO_TEST_CASE(a_replay_tells_nothing_twice) {
  replay_cursor cursor{""};
  cursor.begin();
  for (const auto& [second, text] :
       std::vector<std::pair<int, const char*>>{{4, "a"}, {5, "b"}, {5, "b"}})
    BOOST_TEST(!cursor.was_told(at(second), text));
  // Late by the device's clock: not the place to resume at.
  BOOST_TEST(!cursor.was_told(at(3), "c"));
  BOOST_TEST(cursor.last_time() == at(5));
  cursor.resume(log_of({"true"}));
  struct {
    int second;
    const char* text;
    bool was_told;
  } const replayed[] = {
    {3, "c", true},
    {4, "a", true},
    {4, "never told", true},
    {5, "b", true},
    {5, "d", false},
    {5, "b", true},
    {5, "b", false}, // a third one of that
                     // time
    {6, "e", false},
  };
  for (const auto& [second, text, was_told] : replayed)
    BOOST_TEST_CONTEXT(second << ' ' << text)
  BOOST_TEST(cursor.was_told(at(second), text) == was_told);
  cursor.complete();
  // What comes after the replay is new, whatever its time.
  BOOST_TEST(!cursor.was_told(at(4), "a"));
}

BOOST_AUTO_TEST_CASE(a_log_out_of_order_is_told_as_it_comes) {
  replay_cursor cursor{""};
  cursor.begin();
  cursor.was_told(at(2), "a");
  cursor.resume(log_of({"true"}));
  BOOST_TEST(!cursor.was_told(at(5), "d"));
  // Behind a later one, but after the loss.
  BOOST_TEST(!cursor.was_told(at(3), "b"));
  BOOST_TEST(cursor.was_told(at(2), "a"));
}

BOOST_AUTO_TEST_CASE(a_place_that_is_refused_is_forgotten) {
  replay_cursor cursor{""};
  cursor.begin();
  cursor.was_told(at(5), "a");
  cursor.resume(log_of({"true"}));
  BOOST_TEST(cursor.is_resuming());
  cursor.forget();
  BOOST_TEST(!cursor.is_resuming());
  // The device's clock has gone back.
  BOOST_TEST(!cursor.was_told(at(1), "b"));
  BOOST_TEST(cursor.last_time() == at(1));
}

BOOST_AUTO_TEST_CASE(an_event_without_a_valid_time_is_new) {
  replay_cursor cursor{""};
  cursor.begin();
  for (const auto* time : {"", "yesterday"})
    BOOST_TEST(!cursor.was_told(time, "a"));
  BOOST_TEST(cursor.last_time() == "");
}

BOOST_AUTO_TEST_SUITE_END()
