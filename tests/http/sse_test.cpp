#include <tieline/transports/http/sse.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tieline;

namespace {

std::string told(const std::vector<sse_event>& events) {
  std::string result;
  for (const auto& x : events)
    result += '(' + x.type + '|' + x.data + '|' + x.id + ')';
  return result;
}

/// Reads it in pieces of that size.
std::string read(std::string_view text, size_t size) {
  sse_reader reader;
  std::vector<sse_event> events;
  for (; !text.empty(); text.remove_prefix(std::min(size, text.size())))
    if (!reader.read(text.substr(0, size), events))
      return "too long";
  return told(events);
}

struct row {
  std::string_view text;
  std::string_view expected;
};

using namespace std::string_view_literals;

const row rows[] = {
  {"data: a\n\n", "(message|a|)"},
  {"data: a\r\n\r\n", "(message|a|)"},
  {"data: a\r\r", "(message|a|)"},
  {"data: a\n\r\n", "(message|a|)"},
  {"data: a\r\rdata: b\r\n\ndata: c\n\r",
   "(message|a|)(message|b|)(message|c|)"},
  {"\xef\xbb\xbf"
   "data: a\n\n",
   "(message|a|)"},
  {"\xef\xbb\xbf\xef\xbb\xbf"
   "data: a\n\ndata: b\n\n",
   "(message|b|)"},
  {"data:a\ndata: b\ndata:  c\n\n", "(message|a\nb\n c|)"},
  {"data\n\ndata\ndata\n\ndata:", "(message||)(message|\n|)"},
  {"event: add\ndata: 1\n\ndata: 2\n\n", "(add|1|)(message|2|)"},
  {"event: none\n\ndata: 1\n\n", "(message|1|)"},
  {"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
   "(message|a|1)(message|b|1)(message|c|)"},
  {"id: 1\0\ndata: a\n\n"sv, "(message|a|)"},
  {": comment\n:\ndata: a\n: more\n\n", "(message|a|)"},
  {"nonsense: x\nData: b\ndata : c\ndata: a\n\n", "(message|a|)"},
  {"data: not complete\n", ""},
  {"\n\n\n", ""},
  {"", ""},
};

} // namespace

BOOST_AUTO_TEST_SUITE(sse_test)

BOOST_AUTO_TEST_CASE(events_are_read_however_they_are_split) {
  for (const auto& x : rows)
    for (size_t size = 1; size <= x.text.size() + 1; ++size)
      BOOST_TEST_CONTEXT(x.text << " by " << size)
  BOOST_TEST(read(x.text, size) == x.expected);
}

BOOST_AUTO_TEST_CASE(it_tells_how_to_go_on) {
  sse_reader reader;
  std::vector<sse_event> events;
  BOOST_TEST(reader.last_event_id() == "");
  BOOST_TEST(!reader.retry());
  BOOST_TEST(reader.read("id: 7\nretry: 1500\n", events));
  // Not before the event is complete.
  BOOST_TEST(reader.last_event_id() == "");
  BOOST_TEST(reader.read("\nretry: soon\nretry: -1\nretry:\n\n", events));
  BOOST_TEST(reader.last_event_id() == "7");
  BOOST_TEST((reader.retry() == std::chrono::milliseconds{1500}));
  BOOST_TEST(reader.read("retry: 99999999999999999999\n\n", events));
  BOOST_TEST((reader.retry() == std::chrono::milliseconds{1500}));
  BOOST_TEST(events.empty());
}

BOOST_AUTO_TEST_CASE(an_event_has_a_limit) {
  for (size_t size : {1, 7, 1000}) {
    sse_reader reader{100};
    std::vector<sse_event> events;
    auto fed = [&](const std::string& text) {
      for (size_t i = 0; i < text.size(); i += size)
        if (!reader.read(std::string_view{text}.substr(i, size), events))
          return false;
      return true;
    };
    // Many small ones are no large one.
    for (int i = 0; i < 50; ++i)
      BOOST_TEST(fed("data: " + std::string(80, 'x') + "\n\n"));
    BOOST_TEST(events.size() == 50u);
    BOOST_TEST(!fed("data: " + std::string(60, 'x')
                    + "\ndata: " + std::string(60, 'x') + "\n\n"));
    BOOST_TEST(!fed("data: a\n\n"));
    BOOST_TEST(events.size() == 50u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
