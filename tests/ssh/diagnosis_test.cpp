#include <tieline/transports/ssh/diagnosis.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tieline;
using namespace tieline::ssh;

namespace {

struct row {
  const char* name;
  std::string text;
  std::string banner;
  bool peer_gone;
  errc expected;
};

const std::string good = "SSH-2.0-OpenSSH_9.2p1";

const row rows[] = {
  {"no common cipher",
   "kex error : no match for method encryption client->server: server [x]",
   good, true, errc::no_common_algorithm},
  {"the same, forgotten", "Socket error: Success", good, true,
   errc::no_common_algorithm},
  {"an old protocol, forgotten", "Socket error: Success", "SSH-1.5-old", true,
   errc::protocol_error},
  {"an old protocol", "No version of SSH protocol usable (banner: SSH-1.5-old)",
   "SSH-1.5-old", true, errc::protocol_error},
  {"closed before the banner", "Socket error: disconnected", "", true,
   errc::connection_lost},
  {"closed after the banner", "Socket error: disconnected", good, true,
   errc::connection_lost},
  {"reset", "Socket error: Connection reset by peer", "", true,
   errc::connection_lost},
  {"reset, in other words", "Connection reset by peer", "", true,
   errc::connection_lost},
  {"a polite end", "Received SSH_MSG_DISCONNECT: 2:too busy", good, true,
   errc::connection_lost},
  {"a long line", "Receiving banner: too large banner", "", false,
   errc::protocol_error},
  {"a packet too long", "read_packet(): Packet len too high(4294967295)", good,
   false, errc::protocol_error},
  {"nothing said, still there", "", good, false, errc::protocol_error},
  {"nothing said, gone", "", good, true, errc::connection_lost},
};

} // namespace

BOOST_AUTO_TEST_SUITE(diagnosis_test)

BOOST_AUTO_TEST_CASE(a_failed_key_exchange_is_told_by_its_reason) {
  for (const auto& x : rows)
    BOOST_TEST_CONTEXT(x.name) {
      auto found = diagnose_key_exchange(x.text, x.banner, x.peer_gone);
      BOOST_TEST((found.code == x.expected));
      BOOST_TEST(!found.cause.empty());
    }
}

BOOST_AUTO_TEST_CASE(what_the_peer_ended_is_told_from_what_was_lost) {
  for (const auto* text :
       {"Socket error: disconnected", "Socket error: Connection reset by peer",
        "Socket error: Broken pipe", "Received SSH_MSG_DISCONNECT: 11:bye"})
    BOOST_TEST(is_end_by_peer(text), text);
  for (const auto* text :
       {"", "Socket error: Connection timed out",
        "Socket error: No route to host", "Packet len too high(4294967295)",
        "Socket error: disconnected by us",
        "he said: Received SSH_MSG_DISCONNECT"})
    BOOST_TEST(!is_end_by_peer(text), text);
}

BOOST_AUTO_TEST_CASE(both_lists_are_told_however_long_they_are) {
  // Length, padding, number and cookie; then the lists (RFC 4253, 7.1).
  std::string offer(22, '\0');
  for (const std::string list : {"kex-a,kex-b", "key-a", "cipher-a,cipher-b"})
    offer += std::string{"\0\0\0", 3} + static_cast<char>(list.size()) + list;
  auto told = [&](const std::string& text) {
    return diagnose_key_exchange(text, good, true, offer).cause;
  };
  const std::string method = "kex error : no match for method ";
  BOOST_TEST(told(method + "kex algos: server [x], client [kex-a,kex-b]")
             == method + "kex algos: server [x], client [kex-a,kex-b]");
  BOOST_TEST(told(method + "kex algos: server [x], client [kex-a,k")
             == method + "kex algos: server [x], client [kex-a,kex-b]");
  BOOST_TEST(told(method + "encryption client->server: server [x,y,")
             == method
                  + "encryption client->server: server [x,y,...], client "
                    "[cipher-a,cipher-b]");
  BOOST_TEST(told(method + "mac algo client->server: server [x,y")
             == method + "mac algo client->server: server [x,y");
}

BOOST_AUTO_TEST_SUITE_END()
