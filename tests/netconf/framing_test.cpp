#include "tieline/messages/failure.hpp"
#include "tieline/transports/netconf/framing.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <vector>

using namespace tieline;
using namespace tieline::netconf;

namespace {

struct found {
  std::vector<std::string> messages;
  errc code = errc::none;
  std::string cause;
};

void drain(frame_reader& reader, found& into) {
  for (;;) {
    auto got = reader.next();
    if (!got) {
      into.code = code_of(got.error());
      into.cause = failure_of(got.error()).cause;
      return;
    }
    if (!*got)
      return;
    into.messages.push_back(std::move(**got));
  }
}

/// Reads `bytes`, pushed in pieces of `step` bytes.
found read(framing how, std::string_view bytes, size_t step,
           size_t limit = default_message_limit) {
  frame_reader reader{limit};
  reader.use(how);
  found result;
  for (size_t i = 0; i < bytes.size() && result.code == errc::none; i += step) {
    reader.push(bytes.substr(i, step));
    drain(reader, result);
  }
  return result;
}

const auto eom = framing::end_of_message;
const auto chunked = framing::chunked;

using texts = std::vector<std::string>;

struct good_row {
  const char* name;
  framing how;
  std::string bytes;
  texts messages;
};

const good_row good_rows[] = {
  {"nothing", eom, "", {}},
  {"one", eom, "<a/>]]>]]>", {"<a/>"}},
  {"two", eom, "<a/>]]>]]><b/>]]>]]>", {"<a/>", "<b/>"}},
  {"a line end between", eom, "<a/>]]>]]>\n<b/>]]>]]>", {"<a/>", "\n<b/>"}},
  {"an empty one", eom, "]]>]]>", {""}},
  {"half an end before the end", eom, "a]]>]]]>]]>", {"a]]>]"}},
  {"an end of CDATA before the end", eom, "a]]>]]>]]>", {"a"}},
  {"an unfinished end", eom, "<a/>]]>]]", {}},
  {"what looks like chunks", eom, "\n#1\na\n##\n]]>]]>", {"\n#1\na\n##\n"}},
  {"a chunk", chunked, "\n#4\n<a/>\n##\n", {"<a/>"}},
  {"the RFC's example",
   chunked,
   "\n#4\n<rpc\n#18\n message-id=\"102\"\n\n#79\n     "
   "xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\">\n  "
   "<close-session/>\n</rpc>\n##\n",
   {"<rpc message-id=\"102\"\n     "
    "xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\">\n  "
    "<close-session/>\n</rpc>"}},
  {"two", chunked, "\n#1\na\n##\n\n#1\nb\n##\n", {"a", "b"}},
  {"chunks inside a chunk",
   chunked,
   "\n#9\n\n#1\na\n##\n\n##\n",
   {"\n#1\na\n##\n"}},
  {"an old end in it", chunked, "\n#6\n]]>]]>\n##\n", {"]]>]]>"}},
  {"an unfinished size", chunked, "\n#12", {}},
  {"an unfinished chunk", chunked, "\n#12\nabc", {}},
  {"an unfinished message", chunked, "\n#1\na\n#", {}},
  {"a line end before the first", chunked, "\n\n#1\na\n##\n", {"a"}},
  {"a line end between messages",
   chunked,
   "\n#1\na\n##\n\n\n#1\nb\n##\n",
   {"a", "b"}},
  {"other line ends between messages",
   chunked,
   "\n#1\na\n##\n\r\n\n\n#1\nb\n##\n\n",
   {"a", "b"}},
  {"another line end before the first", chunked, "\r\n\n#1\na\n##\n", {"a"}},
};

struct bad_row {
  const char* name;
  framing how;
  std::string bytes;
  errc code;
  std::string cause;
};

const bad_row bad_rows[] = {
  {"no chunk at all", chunked, "<a/>", errc::protocol_error,
   "expected a line feed and '#' before a chunk, got '<'"},
  {"no line feed", chunked, "#1\na\n##\n", errc::protocol_error, "got '#'"},
  {"no hash", chunked, "\n1\na\n##\n", errc::protocol_error, "got '1'"},
  {"size zero", chunked, "\n#0\n\n##\n", errc::protocol_error,
   "expected a chunk's size, got '0'"},
  {"a leading zero", chunked, "\n#01\na\n##\n", errc::protocol_error,
   "got '0'"},
  {"no size", chunked, "\n#\na\n##\n", errc::protocol_error,
   "expected a chunk's size, got a line feed"},
  {"a negative size", chunked, "\n#-1\na\n##\n", errc::protocol_error,
   "got '-'"},
  {"a signed size", chunked, "\n#+1\na\n##\n", errc::protocol_error, "got '+'"},
  {"a size in hex", chunked, "\n#1a\na\n##\n", errc::protocol_error, "got 'a'"},
  {"a blank behind the size", chunked, "\n#1 \na\n##\n", errc::protocol_error,
   "got the byte 32"},
  {"a carriage return", chunked, "\n#1\r\na\n##\n", errc::protocol_error,
   "got the byte 13"},
  {"a size too large", chunked, "\n#4294967296\n", errc::protocol_error,
   "above 4294967295"},
  {"a size that overflows 64 bits", chunked, "\n#18446744073709551617\n",
   errc::protocol_error, "above 4294967295"},
  {"the largest size", chunked, "\n#4294967295\n", errc::output_limit,
   "larger than"},
  {"a chunk longer than its size", chunked, "\n#1\nab\n##\n",
   errc::protocol_error, "expected a line feed before a chunk, got 'b'"},
  {"a chunk shorter than its size", chunked, "\n#3\na\n##\n",
   errc::protocol_error, "got '#'"},
  {"a message without a chunk", chunked, "\n##\n", errc::protocol_error,
   "without a chunk"},
  {"no line feed at the end", chunked, "\n#1\na\n##<", errc::protocol_error,
   "expected a line feed after the last chunk, got '<'"},
  {"the old end", chunked, "\n#1\na\n##\n]]>]]>", errc::protocol_error,
   "got ']'"},
  {"NETCONF 1.0 behind a hello of 1.1", chunked, "<rpc-reply/>]]>]]>",
   errc::protocol_error,
   "got '<', at byte 0 of the session; the peer may speak NETCONF 1.0 only"},
  {"NETCONF 1.0 in the second message", chunked, "\n#1\na\n##\n<rpc-reply/>",
   errc::protocol_error, "got '<', at byte 9 of the session; the peer"},
  {"the place of a byte", chunked, "\n#1\nab", errc::protocol_error,
   "got 'b', at byte 5 of the session"},
  {"the place of a size", chunked, "\n#4294967296\n", errc::protocol_error,
   "above 4294967295, at byte 11 of the session"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(framing_test)

BOOST_AUTO_TEST_CASE(messages_are_the_same_however_the_bytes_are_cut) {
  for (const auto& x : good_rows)
    for (size_t step = 1; step <= x.bytes.size() + 1; ++step)
      BOOST_TEST_CONTEXT(x.name << ", pieces of " << step) {
        auto got = read(x.how, x.bytes, step);
        BOOST_TEST((got.code == errc::none));
        BOOST_TEST(got.messages == x.messages,
                   boost::test_tools::per_element());
      }
}

BOOST_AUTO_TEST_CASE(bad_framing_is_named_however_the_bytes_are_cut) {
  for (const auto& x : bad_rows)
    for (size_t step = 1; step <= x.bytes.size() + 1; ++step)
      BOOST_TEST_CONTEXT(x.name << ", pieces of " << step) {
        auto got = read(x.how, x.bytes, step);
        BOOST_TEST((got.code == x.code));
        BOOST_TEST(got.cause.find(x.cause) != std::string::npos, got.cause);
      }
}

BOOST_AUTO_TEST_CASE(an_error_is_final) {
  frame_reader reader;
  reader.use(chunked);
  reader.push("nonsense");
  BOOST_TEST((code_of(reader.next().error()) == errc::protocol_error));
  reader.push("\n#1\na\n##\n");
  BOOST_TEST((code_of(reader.next().error()) == errc::protocol_error));
}

BOOST_AUTO_TEST_CASE(what_follows_the_hello_is_read_the_new_way) {
  const std::string bytes = "<hello/>]]>]]>\n#2\n]]\n#4\n>]]>\n##\n";
  for (size_t step = 1; step <= bytes.size(); ++step)
    BOOST_TEST_CONTEXT("pieces of " << step) {
      frame_reader reader;
      texts messages;
      for (size_t i = 0; i < bytes.size(); i += step) {
        reader.push(std::string_view{bytes}.substr(i, step));
        for (;;) {
          auto got = reader.next();
          BOOST_REQUIRE(got);
          if (!*got)
            break;
          messages.push_back(**got);
          reader.use(chunked);
        }
      }
      const texts expected{"<hello/>", "]]>]]>"};
      BOOST_TEST(messages == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(a_message_of_exactly_the_limit_is_the_largest) {
  for (auto how : {eom, chunked})
    for (size_t step : {1, 7, 4096})
      for (size_t chunk : {1, 3, 1000})
        BOOST_TEST_CONTEXT(static_cast<int>(how) << ", pieces of " << step) {
          auto largest = frame(std::string(100, 'x'), how, chunk);
          BOOST_REQUIRE(largest);
          auto got = read(how, *largest, step, 100);
          BOOST_TEST((got.code == errc::none));
          BOOST_TEST(got.messages.size() == 1u);
          auto larger = frame(std::string(101, 'x'), how, chunk);
          BOOST_REQUIRE(larger);
          got = read(how, *larger, step, 100);
          BOOST_TEST((got.code == errc::output_limit));
          BOOST_TEST(got.messages.empty());
        }
}

BOOST_AUTO_TEST_CASE(a_message_too_large_is_told_before_its_end) {
  auto got = read(eom, std::string(106, 'x'), 1, 100);
  BOOST_TEST((got.code == errc::output_limit));
  got = read(chunked, "\n#101\n", 1, 100);
  BOOST_TEST((got.code == errc::output_limit));
}

// Neither would end in the suite's time if bytes were looked at over and over.
BOOST_AUTO_TEST_CASE(time_grows_with_the_bytes_and_no_faster) {
  const size_t size = 8 << 20;
  auto slow = std::string(size, ']') + "]]>]]>";
  auto got = read(eom, slow, 1);
  BOOST_REQUIRE(got.messages.size() == 1u);
  BOOST_TEST(got.messages.front().size() == size);
  auto tiny = frame(std::string(size, 'x'), chunked, 1);
  BOOST_REQUIRE(tiny);
  for (size_t step : {size_t{1}, tiny->size()}) {
    got = read(chunked, *tiny, step);
    BOOST_REQUIRE(got.messages.size() == 1u);
    BOOST_TEST(got.messages.front().size() == size);
  }
  std::string many;
  for (size_t i = 0; i < 200000; ++i)
    many += "]]>]]>";
  BOOST_TEST(read(eom, many, many.size()).messages.size() == 200000u);
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read_again) {
  std::mt19937 dice{4711};
  for (int round = 0; round < 500; ++round) {
    texts messages(1 + dice() % 5);
    for (auto& x : messages)
      for (auto size = 1 + dice() % 200; size > 0; --size)
        x += "]>\n#12<a"[dice() % 8];
    for (auto how : {eom, chunked}) {
      std::string bytes;
      texts expected;
      for (const auto& x : messages)
        if (auto framed = frame(x, how, 1 + dice() % 50)) {
          bytes += *framed;
          expected.push_back(x);
        } else {
          BOOST_TEST((how == eom));
          BOOST_TEST((x + "]]>]]>").find("]]>]]>") < x.size());
        }
      auto got = read(how, bytes, 1 + dice() % 20);
      BOOST_TEST((got.code == errc::none));
      BOOST_TEST(got.messages == expected, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_framed_is_refused) {
  BOOST_TEST((code_of(frame("<a b=\"]]>]]>\"/>", eom).error())
              == errc::invalid_request));
  BOOST_TEST((code_of(frame("<a>]]>", eom).error()) == errc::invalid_request));
  BOOST_TEST((code_of(frame("", chunked).error()) == errc::invalid_request));
  BOOST_TEST((code_of(frame("]]>", eom).error()) == errc::invalid_request));
  BOOST_TEST(!!frame("<a b=\"]]>]]>\"/>", chunked));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_stream_in_a_message_is_noticed) {
  const std::tuple<framing, const char*, bool> rows[] = {
    {eom, "", false},
    {eom, "<a/>]]>]]>\n", false},
    {eom, "<a", true},
    {eom, "<a/>]]>]]><", true},
    {chunked, "", false},
    {chunked, "\n#1\na\n##\n", false},
    {chunked, "\n", false},
    {chunked, "\n#", true},
    {chunked, "\n#1", true},
    {chunked, "\n#1\na", true},
    {chunked, "\n#2\n", true},
    {chunked, "\n#1\na\n##", true},
    {chunked, "\n#1\na\n##\n\n", false},
  };
  for (const auto& [how, bytes, inside] : rows)
    BOOST_TEST_CONTEXT(bytes) {
      frame_reader reader;
      reader.use(how);
      reader.push(bytes);
      found got;
      drain(reader, got);
      BOOST_TEST((got.code == errc::none));
      BOOST_TEST(reader.in_message() == inside);
    }
}

BOOST_AUTO_TEST_SUITE_END()
