#include <tieline/transports/ssh/greeting.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using tieline::errc;
using tieline::ssh::greeting;

namespace {

std::string many(std::size_t size) {
  return std::string(size, 'x');
}

struct row {
  const char* name;
  std::string bytes;
  greeting::progress expected;
  /// The identification or the cause.
  std::string text;
  std::string said;
  /// How many bytes are left to who comes next.
  std::size_t rest = 0;
};

constexpr auto waiting = greeting::progress::waiting;
constexpr auto done = greeting::progress::done;
constexpr auto failed = greeting::progress::failed;

const std::string longest = "SSH-2.0-" + many(245) + "\r\n";

const row rows[] = {
  {"an identification", "SSH-2.0-x\r\n", done, "SSH-2.0-x\r\n", ""},
  {"without a carriage return", "SSH-2.0-x\n", done, "SSH-2.0-x\n", ""},
  {"of an old server that can do better", "SSH-1.99-x\r\n", done,
   "SSH-1.99-x\r\n", ""},
  {"with the key exchange behind it", "SSH-2.0-x\r\n\1\2\3", done,
   "SSH-2.0-x\r\n", "", 3},
  {"as long as it may be", longest, done, longest, ""},
  {"a byte longer", "x" + longest, waiting, "", many(9)},
  {"lines before it", "hello\r\nworld\r\nSSH-2.0-x\r\n", done, "SSH-2.0-x\r\n",
   "hello world"},
  {"a long line before it", many(60000) + "\nSSH-2.0-x\r\n", done,
   "SSH-2.0-x\r\n", many(300) + "..."},
  {"a mark in a line", "hello SSH-2.0-y\nSSH-2.0-x\n", done, "SSH-2.0-x\n",
   "hello SSH-2.0-y"},
  {"an empty line", "\r\nSSH-2.0-x\r\n", done, "SSH-2.0-x\r\n", ""},
  {"nothing", "", waiting, "", ""},
  {"the beginning of a mark", "SS", waiting, "", ""},
  {"a mark that is none", "SSL-1\n", waiting, "", "SSL-1"},
  {"an old server", "SSH-1.5-old\r\nrest", failed,
   "the server does not speak SSH 2, it is SSH-1.5-old", "", 4},
  {"an identification that is too long", "SSH-2.0-" + many(246) + "\r\n",
   failed,
   "the identification has more than 255 bytes: SSH-2.0-" + many(246) + "\r\n",
   ""},
  {"one without an end", "SSH-2.0-" + many(300), failed,
   "the identification has more than 255 bytes: SSH-2.0-" + many(292), ""},
};

} // namespace

BOOST_AUTO_TEST_SUITE(greeting_test)

BOOST_AUTO_TEST_CASE(it_is_read_however_it_comes) {
  for (const auto& x : rows)
    for (std::size_t step :
         {x.bytes.size() + 1, std::size_t{1}, std::size_t{7}})
      BOOST_TEST_CONTEXT(x.name << ", in pieces of " << step) {
        greeting it;
        std::size_t used = 0;
        for (std::size_t i = 0; i < x.bytes.size() && it.now() == waiting;
             i += step)
          used += it.take(std::string_view{x.bytes}.substr(i, step));
        BOOST_TEST((it.now() == x.expected));
        if (x.expected == done)
          BOOST_TEST(it.identification() == x.text);
        if (x.expected == failed) {
          BOOST_TEST((it.code() == errc::protocol_error));
          BOOST_TEST(it.permanent());
          // A line may be known to be too long before its end has come.
          BOOST_TEST(x.text.find(it.cause()) == 0u);
        }
        if (x.name != std::string{"a byte longer"})
          BOOST_TEST(it.said() == x.said);
        if (x.expected != failed)
          BOOST_TEST(x.bytes.size() - used == x.rest);
      }
}

BOOST_AUTO_TEST_CASE(there_is_an_end_to_lines) {
  greeting it;
  std::size_t taken = 0;
  while (it.now() == waiting && taken < 1'000'000)
    taken += it.take("hello\r\n");
  BOOST_TEST((it.now() == failed));
  BOOST_TEST(taken > 65536u);
  BOOST_TEST(taken < 65600u);
  BOOST_TEST(it.cause().find("64 kB came, and no SSH identification; it said: "
                             "hello hello")
             == 0u);
}

BOOST_AUTO_TEST_CASE(the_last_words_are_told) {
  greeting it;
  it.take("Exceeded MaxStartups\r\n");
  it.end(0);
  BOOST_TEST((it.code() == errc::connection_lost));
  BOOST_TEST(!it.permanent());
  BOOST_TEST(it.cause() == "closed by the peer; it said: Exceeded MaxStartups");
  greeting cut;
  cut.take("SSH-2.0-half");
  cut.end(0);
  BOOST_TEST(cut.cause() == "closed by the peer; it said: SSH-2.0-half");
  greeting silent;
  silent.end(0);
  BOOST_TEST(silent.cause() == "closed by the peer");
}

BOOST_AUTO_TEST_SUITE_END()
