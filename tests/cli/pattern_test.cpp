#include "tieline/transports/cli/pattern.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tieline::cli;

namespace {

struct row {
  const char* what;
  const char* pattern;
  std::string text;
  /// -1: no match.
  int begin;
};

const row rows[] = {
  {"a prompt", "^\\w+#\\s?$", "r1#", 0},
  {"on the last line", "^\\w+#\\s?$", "one\ntwo\nr1# ", 8},
  {"not on an earlier one", "^\\w+#$", "r1#\nmore", -1},
  {"not with more behind it", "^\\w+#\\s?$", "r1#more", -1},
  {"caseless", "^password:$", "PassWord:", 0},
  {"possessive", "^\\S{1,63}[>#]\\s?+$", "r1# ", 0},
  {"possessive blanks", "^[\\w.]{1,63}#\\s?+$", "r1# ", 0},
  {"no lower bound", "^\\w{,63}#$", "r1#", 0},
  {"no lower bound, quoted", "^\\w\\{,63}#$", "r{,63}#", 0},
  {"no lower bound, in a class", "^[{,6}]+#$", "{,6}#", 0},
  {"no lower bound, literal", "^\\Q{,6}\\E#$", "{,6}#", 0},
  {"two lines", "^\\[edit\\]\\n\\w+#$", "x\n[edit]\nr1#", 2},
  {"look-ahead", "^r(?!2)\\d#$", "r1#", 0},
  {"look-ahead that fails", "^r(?!2)\\d#$", "r2#", -1},
};

} // namespace

BOOST_AUTO_TEST_SUITE(pattern_test)

BOOST_AUTO_TEST_CASE(patterns_match_at_the_end) {
  for (const auto& x : rows)
    BOOST_TEST_CONTEXT(x.what) {
      std::string why;
      auto look = pattern::compile(x.pattern, why);
      BOOST_TEST(why == "");
      BOOST_REQUIRE(look.has_value());
      auto found = look->find_at_end(x.text);
      BOOST_TEST((found ? static_cast<int>(found->begin) : -1) == x.begin);
      if (found)
        BOOST_TEST(found->end == x.text.size());
    }
}

BOOST_AUTO_TEST_CASE(a_text_within_a_line_begins_no_line) {
  std::string why;
  auto look = *pattern::compile("^\\w+#$", why);
  BOOST_TEST(!look.find_at_end("r1#", pattern::start::within_line));
  BOOST_TEST(
    look.find_at_end("x\nr1#", pattern::start::within_line).has_value());
}

BOOST_AUTO_TEST_CASE(literal_texts_are_literal) {
  for (const char* text : {"Password:", "a.b*c[d", "\\E\\Q", "(x)?", "#$^"}) {
    auto look = pattern::literal(text);
    BOOST_TEST(look.find_at_end(std::string{"xx "} + text + " ").has_value());
    BOOST_TEST(!look.find_at_end(std::string{text} + "x"));
  }
  BOOST_TEST(!pattern::literal("a.b").find_at_end("axb"));
  BOOST_TEST(!pattern{}.find_at_end(""));
}

BOOST_AUTO_TEST_CASE(what_is_no_regular_expression_is_told) {
  std::string why;
  BOOST_TEST(!pattern::compile("^(r1#$", why));
  BOOST_TEST(why
             == "is no regular expression: missing closing parenthesis, at its "
                "character 7");
  BOOST_TEST(!pattern::compile(std::string(5000, 'x'), why));
  BOOST_TEST(
    !pattern::compile(std::string(100, '(') + std::string(100, ')'), why));
}

BOOST_AUTO_TEST_CASE(a_bad_pattern_takes_little_time) {
  std::string why;
  for (const char* bad :
       {"^(a+)+$", "^(\\w+\\s?)*#$", "^(a|aa)+$", "(.*)*(.*)*(.*)*x"}) {
    auto look = *pattern::compile(bad, why);
    // Without a limit this takes longer than the world has.
    BOOST_TEST(!look.find_at_end(std::string(511, 'a') + "!"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
