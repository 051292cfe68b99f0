#include "support/temp_dir.hpp"

#include <tieline/messages/secret_file.hpp>
#include <tieline/messages/support/backoff.hpp>
#include <tieline/messages/support/base64.hpp>
#include <tieline/messages/support/host_name.hpp>
#include <tieline/messages/support/host_port.hpp>
#include <tieline/messages/support/keyed_mark.hpp>
#include <tieline/messages/support/text.hpp>
#include <tieline/messages/support/wipe.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <ostream>

using namespace tieline;
using tieline::test::temp_dir;

namespace {

struct base64_case {
  std::string bytes;
  std::string text;
};

std::ostream& operator<<(std::ostream& out, const base64_case& x) {
  return out << x.text;
}

// RFC 4648, 10.
const base64_case base64_cases[]
  = {{"f", "Zg=="},        {"fo", "Zm8="},        {"foo", "Zm9v"},
     {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"},
     {"\xff\xfe", "//4="}};

struct place_case {
  std::string text;
  std::string host;
  uint16_t port;
};

std::ostream& operator<<(std::ostream& out, const place_case& x) {
  return out << x.text;
}

const place_case places[] = {{"host:22", "host", 22},
                             {"192.0.2.1:65535", "192.0.2.1", 65535},
                             {"[2001:db8::1]:1", "2001:db8::1", 1}};

const std::string no_places[]
  = {"",           "host",           ":22",  "host:", "host:0", "host:x",
     "host:65536", "2001:db8::1:22", "[::1", "[::1]", "[::1]22"};

struct fixture {
  std::string file(const std::string& content) {
    std::ofstream{dir / "file"} << content;
    return dir / "file";
  }

  temp_dir dir;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(support_test, fixture)

BOOST_DATA_TEST_CASE_F(fixture, base64_is_that_of_the_rfc, base64_cases, x) {
  BOOST_TEST(to_base64(x.bytes) == x.text);
  BOOST_TEST(from_base64(x.text) == x.bytes);
}

BOOST_AUTO_TEST_CASE(what_is_no_base64_has_no_bytes) {
  for (const auto* text : {"", "Z", "Zg", "Zg=", "Zg==Zg", "!!!!"})
    BOOST_TEST(from_base64(text) == "", text);
}

BOOST_DATA_TEST_CASE_F(fixture, places_are_read_and_written, places, x) {
  std::string host;
  uint16_t port = 0;
  BOOST_TEST(read_host_port(x.text, host, port) == "");
  BOOST_TEST(host == x.host);
  BOOST_TEST(port == x.port);
  BOOST_TEST(host_port(host, port) == x.text);
}

BOOST_DATA_TEST_CASE_F(fixture, what_is_no_place_is_refused, no_places, text) {
  std::string host;
  uint16_t port = 0;
  BOOST_TEST(read_host_port(text, host, port) != "");
}

BOOST_AUTO_TEST_CASE(a_host_is_one_by_one_rule) {
  struct {
    const char* text;
    const char* host;
  } good[] = {
    {"r1", "r1"},
    {"R1.example_2.net.", "R1.example_2.net."},
    {"192.0.2.1", "192.0.2.1"},
    {"::1", "::1"},
    {"[::1]", "::1"},
    {"fe80::1%eth0", "fe80::1%eth0"},
    {"[fe80::1%eth0]", "fe80::1%eth0"},
  };
  for (const auto& x : good)
    BOOST_TEST_CONTEXT(x.text) {
      std::string host;
      BOOST_TEST(read_host(x.text, host) == "");
      BOOST_TEST(host == x.host);
    }
  std::string host = "untouched";
  for (const auto* text :
       {"",    " ",     "r1 ",   " r1",  "a b",     "r1\n",    "*",  "r?",
        "!r1", "r1,r2", "#r1",   "@r1",  "|1|a|b",  "r1/x",    "[]", "[r1",
        "r1]", "a:b",   "1:2:3", "::1%", "::1%a b", "\xc3\xa4"})
    BOOST_TEST(read_host(text, host) != "", text);
  for (const auto* text : {"r1:22", "192.0.2.1:2222", "[::1]:22", "[r1]:22"})
    BOOST_TEST(read_host(text, host).find("has a port") == 0u, text);
  BOOST_TEST(host == "untouched");
}

BOOST_AUTO_TEST_CASE(things_are_counted) {
  BOOST_TEST(counted(0, "host") == "0 hosts");
  BOOST_TEST(counted(1, "host") == "1 host");
  BOOST_TEST(counted(2, "host") == "2 hosts");
}

BOOST_AUTO_TEST_CASE(what_is_quoted_is_one_short_line) {
  BOOST_TEST(in_quotes("a b") == "'a b'");
  BOOST_TEST(in_quotes("a\x1b[2J\n\xff") == "'a\\x1b[2J\\n\\xff'");
  BOOST_TEST(in_quotes("abcdef", 3) == "'abc...'");
  BOOST_TEST(in_quotes("abc", 3) == "'abc'");
}

BOOST_AUTO_TEST_CASE(marks_differ_where_their_parts_do) {
  auto mark = make_keyed_mark({"ab", "c"});
  BOOST_TEST((mark == make_keyed_mark({"ab", "c"})));
  BOOST_TEST(!(mark == make_keyed_mark({"a", "bc"})));
  BOOST_TEST(!(mark == make_keyed_mark({"abc"})));
  BOOST_TEST(!(mark == make_keyed_mark({"ab", "c", ""})));
  BOOST_TEST(!(mark == make_keyed_mark({"c", "ab"})));
  BOOST_TEST(mark.hex().size() == 64u);
  BOOST_TEST(mark.number() == make_keyed_mark({"ab", "c"}).number());
  BOOST_TEST(mark.number() != 0u);
}

BOOST_AUTO_TEST_CASE(a_mark_is_not_that_of_a_known_key) {
  // HMAC-SHA-256 with a key of zeros, as it would be without randomness.
  keyed_mark empty;
  auto mark = make_keyed_mark({});
  BOOST_TEST(!(mark == empty));
  BOOST_TEST(
    mark.hex()
    != "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

BOOST_AUTO_TEST_CASE(a_secret_is_its_file_without_one_line_end) {
  using how = secret_text;
  for (const auto* text : {"secret", "secret\n", "secret\r\n"}) {
    secret found;
    BOOST_TEST(read_secret_file(file(text), how::without_line_end, found)
               == "");
    BOOST_TEST((found == secret{"secret"}), text);
  }
  secret found;
  BOOST_TEST(read_secret_file(file("a\n\n"), how::without_line_end, found)
             == "");
  BOOST_TEST((found == secret{"a\n"}));
  BOOST_TEST(read_secret_file(file("a\n"), how::all, found) == "");
  BOOST_TEST((found == secret{"a\n"}));
}

BOOST_AUTO_TEST_CASE(a_secret_that_cannot_be_read_names_path_and_reason) {
  auto outcome = [](const std::string& path) {
    secret found{"before"};
    auto wrong = read_secret_file(path, secret_text::all, found, 10);
    BOOST_TEST(found.empty());
    return wrong;
  };
  BOOST_TEST(outcome("/nonexistent")
             == "/nonexistent cannot be read: No such file or directory");
  BOOST_TEST(outcome(dir.path())
             == std::string{dir.path()}
                  + " cannot be read: it is no regular file");
  auto large = file("12345678901");
  BOOST_TEST(outcome(large)
             == large + " cannot be read: it is larger than 10 bytes");
}

BOOST_AUTO_TEST_CASE(a_wiped_text_leaves_nothing_in_its_memory) {
  // Long enough to be on the heap, then shorter than what it was before.
  std::string text = "a secret that does not fit into the string itself";
  text.resize(3);
  const auto* memory = text.data();
  auto size = text.capacity();
  wipe(text);
  BOOST_TEST(text.empty());
  BOOST_TEST_REQUIRE(text.data() == memory);
  BOOST_TEST(std::count(memory, memory + size, '\0')
             == static_cast<std::ptrdiff_t>(size));
}

BOOST_AUTO_TEST_CASE(waits_double_up_to_the_longest_and_lean_by_a_fifth) {
  using namespace std::chrono_literals;
  constexpr backoff waits{50ms, 1s};
  struct row {
    uint64_t strikes;
    double random01;
    caf::timespan wait;
  };
  const row rows[] = {
    {0, 0.5, 50ms}, {1, 0.5, 100ms}, {4, 0.5, 800ms},
    {5, 0.5, 1s},   {1000, 0.5, 1s}, {0, 0, 40ms},
    {0, 1, 60ms},   {5, 0, 800ms},   {UINT64_MAX, 1, 1200ms},
  };
  for (const auto& x : rows)
    BOOST_TEST_CONTEXT(x.strikes << " strikes, " << x.random01) {
      BOOST_TEST((waits.wait(x.strikes, x.random01) == x.wait));
    }
}

BOOST_AUTO_TEST_SUITE_END()
