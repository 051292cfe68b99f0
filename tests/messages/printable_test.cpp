#include "tieline/messages/explanation.hpp"
#include "tieline/messages/failure.hpp"
#include "tieline/messages/lifecycle_event.hpp"
#include "tieline/messages/support/text.hpp"
#include "tieline/messages/type_ids.hpp"
#include <tieline/messages/support/printable.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tieline;
using namespace std::string_literals;

namespace {

struct row {
  const char* what;
  std::string text;
  std::string shown;
};

const row rows[] = {
  {"nothing", "", ""},
  {"ASCII", "a b~", "a b~"},
  {"two bytes", "\xc3\x80", "\xc3\x80"},
  {"three bytes", "\xe4\xb8\xad", "\xe4\xb8\xad"},
  {"four bytes", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
  {"a backslash", R"(DOM\user \n)", R"(DOM\user \n)"},
  {"line ends", "a\nb\r\nc\td", R"(a\nb\r\nc\td)"},
  {"ESC", "\x1b[31m", R"(\x1b[31m)"},
  {"NUL", "a\0b"s, R"(a\x00b)"},
  {"DEL", "\x7f", R"(\u007f)"},
  {"C1", "\xc2\x9b", R"(\u009b)"},
  {"C1, a bare byte", "\x9b", R"(\x9b)"},
  {"the first behind C1", "\xc2\xa0", "\xc2\xa0"},
  {"soft hyphen", "\xc2\xad", R"(\u00ad)"},
  {"zero-width space", "\xe2\x80\x8b", R"(\u200b)"},
  {"zero-width joiner", "\xe2\x80\x8d", R"(\u200d)"},
  {"line separator", "\xe2\x80\xa8", R"(\u2028)"},
  {"override", "\xe2\x80\xae", R"(\u202e)"},
  {"isolate", "\xe2\x81\xa6", R"(\u2066)"},
  {"Arabic letter mark", "\xd8\x9c", R"(\u061c)"},
  {"word joiner", "\xe2\x81\xa0", R"(\u2060)"},
  {"byte order mark", "\xef\xbb\xbf", R"(\ufeff)"},
  {"a tag", "\xf3\xa0\x81\x81", R"(\udb40\udc41)"},
  {"a stray byte", "a\xff z", R"(a\xff z)"},
  {"cut short", "\xe2\x82", R"(\xe2\x82)"},
  {"overlong", "\xc0\x9b", R"(\xc0\x9b)"},
  {"overlong, three bytes", "\xe0\x82\x9b", R"(\xe0\x82\x9b)"},
  {"a surrogate", "\xed\xa0\x80", R"(\xed\xa0\x80)"},
  {"too high", "\xf4\x90\x80\x80", R"(\xf4\x90\x80\x80)"},
};

constexpr auto hostile = "a\n\x1b[2J\xc2\x9b\xe2\x80\xae";

constexpr auto spelled = R"(a\n\x1b[2J\u009b\u202e)";

} // namespace

BOOST_AUTO_TEST_SUITE(printable_test)

BOOST_AUTO_TEST_CASE(what_would_not_be_seen_is_spelled_out) {
  for (const auto& x : rows)
    BOOST_TEST_CONTEXT(x.what) {
      BOOST_TEST(printable(x.text) == x.shown);
      BOOST_TEST(is_printable(x.text) == (x.text == x.shown));
      BOOST_TEST(printable(x.shown) == x.shown);
      BOOST_TEST(is_printable(x.shown));
    }
}

BOOST_AUTO_TEST_CASE(text_of_lines_keeps_them) {
  BOOST_TEST(printable_lines("a\tb\n\nc") == "a\tb\n\nc");
  BOOST_TEST(printable_lines("line\r\nnext\r\n") == "line\nnext\n");
  BOOST_TEST(printable_lines("over\rwritten\r\t")
             == R"(over\rwritten\r)"
                "\t");
  BOOST_TEST(printable_lines("\x1b[1m\n\xc3\xbc") == "\\x1b[1m\n\xc3\xbc");
}

BOOST_AUTO_TEST_CASE(a_limit_cuts_no_character) {
  BOOST_TEST(printable("abc", 3) == "abc");
  BOOST_TEST(printable("abcd", 3) == "abc...");
  BOOST_TEST(printable("ab\xc3\x80", 3) == "ab...");
  BOOST_TEST(printable("\n\n", 1) == "\\n...");
}

BOOST_AUTO_TEST_CASE(names_have_a_rule) {
  for (const auto* good : {"", "r1", "10.0.0.1", "fe80::1%eth0", "a b",
                           "\xc3\x80", "\xe4\xb8\xad", "*", R"(a\b)"})
    BOOST_TEST(check_name(good) == "", good);
  BOOST_TEST(check_name("r1\nr2 | ok")
             == R"(has a character that cannot be shown: 'r1\nr2 | ok')");
  BOOST_TEST(check_name("r1 ") == "begins or ends with a blank: 'r1 '");
  BOOST_TEST(check_name("\xff") != "");
  BOOST_TEST(check_name("r\xe2\x80\xae") != "");
  BOOST_TEST(check_name(std::string(255, 'x')) == "");
  BOOST_TEST(check_name(std::string(256, 'x')).substr(0, 30)
             == "is longer than 255 bytes: 'xxx");
}

BOOST_AUTO_TEST_CASE(an_error_cannot_forge_a_line_or_drive_a_terminal) {
  auto error = make_error(errc::auth_failed,
                          {{hostile, "ssh"}, step::auth, hostile});
  // In logs of CAF, in JSON and in events there is the cause alone.
  BOOST_TEST(failure_of(error).cause == spelled);
  BOOST_TEST(failure_of(error).key.hostname == hostile);
  BOOST_TEST(describe(error)
             == "ssh://"s + spelled
                  + ": authentication failed (authentication): " + spelled);
  auto foreign = caf::make_error(caf::sec::runtime_error, hostile);
  BOOST_TEST(is_printable(describe(foreign)));
  auto of_a_peer = caf::make_error(errc::auth_failed,
                                   failure{{}, step::auth, hostile});
  BOOST_TEST(is_printable(describe(of_a_peer)));
}

BOOST_AUTO_TEST_CASE(events_and_explanations_are_safe_to_show) {
  lifecycle_event event;
  event.key = {hostile, "ssh"};
  event.detail = hostile;
  event.node = hostile;
  BOOST_TEST(is_printable(describe(event)));
  explanation why;
  why.status.key = {hostile, "ssh"};
  why.status.last_error = make_error(errc::refused,
                                     {{}, step::connect, hostile});
  why.status.in_flight = 1;
  why.running.push_back({});
  why.running.back().who = hostile;
  auto text = describe(why);
  BOOST_TEST(printable_lines(text) == text);
  BOOST_TEST(text.substr(0, text.find('\n')).find(spelled) != text.npos);
}

BOOST_AUTO_TEST_CASE(a_long_cause_is_cut) {
  auto error = make_error(errc::refused,
                          {{}, step::connect, std::string(100'000, 'x')});
  BOOST_TEST(failure_of(error).cause.size() == 8003u);
}

BOOST_AUTO_TEST_SUITE_END()
