#include "tieline/transports/cli/line_terminal.hpp"

#include <boost/test/unit_test.hpp>

using namespace tieline::cli;
using namespace std::string_literals;

namespace {

struct row {
  const char* what;
  std::string bytes;
  std::string finished;
  std::string line;
};

const row rows[] = {
  {"plain lines", "one\r\ntwo\nr1#", "one\ntwo\n", "r1#"},
  {"several returns", "one\r\r\n\rtwo\r\n", "one\ntwo\n", ""},
  {"returns behind newlines", "one\n\rtwo\n\r", "one\ntwo\n", ""},
  {"a line written over", "abcdef\rxy\n", "xycdef\n", ""},
  {"backspaces", "abc\b\bX\n", "aXc\n", ""},
  {"a character wiped", "abc\b \bd\n", "abd\n", ""},
  {"a pager wiped by backspaces",
   " --More-- \b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\babc\r\nd",
   "abc\n", "d"},
  {"a pager wiped by blanks", "---(more)---\r            \rabc\r\n", "abc\n",
   ""},
  {"blanks at the end stay", "abc  \r\n   \r\n", "abc  \n   \n", ""},
  {"colours", "\x1b[1;32mr1\x1b[0m#", "", "r1#"},
  {"a title", "\x1b]0;user@host\x07$ ", "", "$ "},
  {"a title with the other end", "\x1b]0;user@host\x1b\\$ ", "", "$ "},
  {"a title that never ends", "\x1b]0;user\nr1#", "\n", "r1#"},
  {"bracketed paste and character sets", "\x1b[?2004h\x1b(Br1#", "", "r1#"},
  {"the rest of a line erased", "abcdef\r\x1b[3C\x1b[Kx", "", "abcx"},
  {"a line erased", "abcdef\x1b[2K\rx", "", "x"},
  {"a place in the line", "abcdef\x1b[3GX", "", "abXdef"},
  {"left", "abcdef\x1b[2DX", "", "abcdXf"},
  {"characters taken out", "abcdef\x1b[4D\x1b[2P", "", "abef"},
  {"room made", "abef\x1b[2D\x1b[2@cd", "", "abcdef"},
  {"bells and NULs", "a\a\0b"s, "", "ab"},
  {"an unknown escape", "a\x1bZb", "", "ab"},
  {"a sequence in two", "a\x1b[3", "", "a"},
  {"bytes of UTF-8", "\xc3\xa9\n", "\xc3\xa9\n", ""},
};

} // namespace

BOOST_AUTO_TEST_SUITE(line_terminal_test)

BOOST_AUTO_TEST_CASE(what_a_device_writes_becomes_text) {
  for (const auto& x : rows)
    for (size_t step : {1, 3, 1000})
      BOOST_TEST_CONTEXT(x.what << ", " << step << " bytes at once") {
        line_terminal terminal;
        std::string finished;
        for (size_t i = 0; i < x.bytes.size(); i += step)
          terminal.push(std::string_view{x.bytes}.substr(i, step), finished);
        BOOST_TEST(finished == x.finished);
        BOOST_TEST(terminal.line() == x.line);
      }
}

BOOST_AUTO_TEST_CASE(a_line_without_an_end_takes_little) {
  line_terminal terminal;
  std::string finished;
  uint64_t size = 0;
  const std::string piece(4096, 'x');
  for (int i = 0; i < 25'000; ++i) {
    terminal.push(piece, finished);
    size += finished.size();
    finished.clear();
    BOOST_REQUIRE(terminal.line().size() < 32u * 1024u);
  }
  BOOST_TEST(!terminal.at_line_start());
  BOOST_TEST(size + terminal.line().size() == uint64_t{25'000} * 4096u);
  terminal.push("\n", finished);
  BOOST_TEST(terminal.at_line_start());
}

BOOST_AUTO_TEST_CASE(moves_go_nowhere_out_of_bounds) {
  for (const char* bytes :
       {"\x1b[999999999999C\x1b[5P", "\x1b[99999G\x1b[K", "\x1b[5G\b\b\x1b[J",
        "\b\b\b\x1b[9D\x1b[1K", "\x1b[99999@x", "\x1b[99999Gx"}) {
    line_terminal terminal;
    std::string finished;
    terminal.push(bytes, finished);
    terminal.push("\r\n", finished);
    BOOST_TEST(finished.size() < 64u * 1024u);
    BOOST_TEST(finished.back() == '\n');
  }
}

BOOST_AUTO_TEST_SUITE_END()
