#include <tieline/transports/http/header_reader.hpp>

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace tieline::http;

namespace {

header_reader read(const std::vector<const char*>& lines) {
  header_reader result;
  for (const auto* x : lines)
    BOOST_TEST(result.take(x));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(header_test)

BOOST_AUTO_TEST_CASE(names_are_in_lower_case_and_values_trimmed) {
  auto x = read({"HTTP/1.1 200 OK\r\n", "X-Test: \t a b \r\n", "Empty:\r\n",
                 "no field\r\n", "\r\n"});
  BOOST_TEST(x.complete());
  BOOST_TEST(x.fields().size() == 2u);
  BOOST_TEST(x.field("x-test") == "a b");
  BOOST_TEST(x.field("empty") == "");
}

BOOST_AUTO_TEST_CASE(fields_that_come_again_are_joined) {
  auto x = read({"HTTP/2 200\r\n", "a: 1\r\n", "A: 2\r\n",
                 "set-cookie: x=1\r\n", "Set-Cookie: y=2\r\n", "\r\n"});
  BOOST_TEST(x.field("a") == "1, 2");
  BOOST_TEST(x.field("set-cookie") == "x=1\ny=2");
}

BOOST_AUTO_TEST_CASE(a_line_that_goes_on_belongs_to_the_one_before) {
  auto x = read({"HTTP/1.1 200 OK\r\n", " lost\r\n", "a: 1\r\n", "\t 2\r\n"});
  BOOST_TEST(x.field("a") == "1 2");
  BOOST_TEST(!x.complete());
}

BOOST_AUTO_TEST_CASE(interim_answers_and_trailers_do_not_count) {
  auto x = read({"HTTP/1.1 103 Early Hints\r\n", "a: early\r\n", "\r\n"});
  BOOST_TEST(!x.complete());
  for (const auto* line : {"HTTP/1.1 200 OK\r\n", "b: 2\r\n", "\r\n"})
    BOOST_TEST(x.take(line));
  BOOST_TEST(x.complete());
  BOOST_TEST(x.take("b: late\r\n"));
  BOOST_TEST(x.fields().size() == 1u);
  BOOST_TEST(x.field("b") == "2");
}

BOOST_AUTO_TEST_CASE(a_length_must_be_one) {
  auto checked = [](const std::string& lines) {
    header_reader x;
    x.take("HTTP/1.1 200 OK\r\n");
    for (size_t begin = 0; begin < lines.size();) {
      auto end = lines.find('\n', begin) + 1;
      x.take(lines.substr(begin, end - begin));
      begin = end;
    }
    x.take("\r\n");
    return x.check_length();
  };
  for (const auto* good : {"", "a: b\n", "content-length: 0\n",
                           "Content-Length: 9223372036854775807\n",
                           "content-length: 4\ncontent-length: 4\n",
                           "content-length: 4, 4\n", "content-length: 0004\n"})
    BOOST_TEST(checked(good) == "", good);
  for (const auto* bad :
       {"content-length:\n", "content-length: 9223372036854775808\n",
        "content-length: 99999999999999999999\n", "content-length: -1\n",
        "content-length: 4\ncontent-length: 5\n", "content-length: 4 4\n",
        "content-length: 4a\n", "content-length: 4,,4\n"})
    BOOST_TEST(checked(bad) != "", bad);
}

BOOST_AUTO_TEST_CASE(another_answer_may_follow_the_one_for_libcurl) {
  auto x = read({"HTTP/1.1 401 Unauthorized\r\n", "a: 1\r\n", "\r\n"});
  x.start_over();
  BOOST_TEST(!x.complete());
  for (const auto* line : {"HTTP/1.1 200 OK\r\n", "b: 2\r\n", "\r\n"})
    BOOST_TEST(x.take(line));
  BOOST_TEST(x.complete());
  BOOST_TEST(x.fields().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_header_has_a_limit) {
  header_reader x;
  const std::string line = "a: " + std::string(1019, 'x') + "\r\n";
  for (size_t i = 0; i < header_reader::limit / line.size(); ++i)
    BOOST_TEST(x.take(line));
  BOOST_TEST(!x.take(line));
}

BOOST_AUTO_TEST_SUITE_END()
