#include "ssh/ssh_fixture.hpp"
#include "support/opening_faults.hpp"
#include "support/own_network.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <sys/socket.h>

#include <string>

using namespace tieline;
using namespace tieline::test;
namespace data = boost::unit_test::data;

namespace {

using ending = fault_script::ending;

BOOST_TEST_GLOBAL_FIXTURE(own_network);

const std::string banner = "SSH-2.0-OpenSSH_9.2p1\r\n";

const auto faults = data::make(opening_faults(
  "key exchange", banner, "",
  {
    {"closes at once",
     {"", 0, {}, false, ending::close},
     "connection_lost (key exchange)"},
    {"closes within the banner",
     {"SSH-2.0-Ope", 0, {}, false, ending::close},
     "connection_lost (key exchange)"},
    {"resets after the banner",
     {banner, 0, {}, false, ending::reset},
     "connection_lost (key exchange)"},
    {"a line of 10 kB without end",
     {many("x", 10000)},
     "timeout (key exchange)"},
    {"an identification of 300 bytes",
     {"SSH-2.0-" + many("x", 300) + "\r\n"},
     "protocol_error (key exchange)"},
    {"endless lines",
     {many("hello\r\n", 7000), 0, {}, true},
     "protocol_error (key exchange)"},
    {"an endless line",
     {many("x", 7000), 0, {}, true},
     "protocol_error (key exchange)"},
    {"protocol 1.5", {"SSH-1.5-old\r\n"}, "protocol_error (key exchange)"},
    {"a web server",
     {"HTTP/1.1 400 Bad Request\r\n\r\n", 0, {}, false, ending::close},
     "connection_lost (key exchange)"},
    {"bytes of 0xff after the banner",
     {"SSH-2.0-x\r\n" + many("\xff", 10000)},
     "protocol_error (key exchange)"},
    {"bytes of 0 after the banner",
     {"SSH-2.0-x\r\n" + std::string(10000, '\0')},
     "protocol_error (key exchange)"},
    {"a banner again and again",
     {many(banner, 7000), 0, {}, true},
     "protocol_error (key exchange)"},
  }));

connection_params impatient_params(const std::string& host, uint16_t port,
                                   const std::string& = {}) {
  auto result = params_of(host, port, "nobody");
  result.password = secret{"x"};
  result.extras = {{"host_key_policy", "off"},
                   {"connect_timeout", "400ms"},
                   {"key_exchange_timeout", "400ms"},
                   {"auth_timeout", "400ms"}};
  return result;
}

struct fixture {
  fixture() {
    // What all sessions share has come into being after the first.
    client.open(impatient_params("localhost", checks.refused.port()));
  }

  ssh_client client;
  opening_checks checks{client, impatient_params, "key_exchange_timeout"};
};

} // namespace

BOOST_AUTO_TEST_SUITE(fault_test)

BOOST_FIXTURE_TEST_SUITE(opening, fixture)

BOOST_DATA_TEST_CASE_F(fixture, it_ends_in_the_right_error, faults, fault) {
  checks.check_error(fault);
}

BOOST_AUTO_TEST_CASE(what_a_server_says_before_it_hangs_up_is_told) {
  for (const std::string words :
       {"Exceeded MaxStartups", "HTTP/1.1 400 Bad Request",
        "Not allowed at this time"}) {
    fault_listener listener{{words + "\r\n", 0, {}, false, ending::close}};
    auto opened = client.open(impatient_params("127.0.0.1", listener.port()));
    BOOST_TEST(brief(opened) == "connection_lost (key exchange)");
    BOOST_TEST(cause_of(opened) == "closed by the peer; it said: " + words);
  }
  fault_listener silent{{"Please wait\r\n"}};
  auto opened = client.open(impatient_params("127.0.0.1", silent.port()));
  BOOST_TEST(cause_of(opened)
             == "no answer in time; the server said: Please wait");
}

BOOST_AUTO_TEST_CASE(what_speaks_another_protocol_is_not_tried_again) {
  for (const auto& banner :
       {std::string{"SSH-1.5-old\r\n"}, "SSH-2.0-" + many("x", 300) + "\r\n"}) {
    fault_listener listener{{banner}};
    auto opened = client.open(impatient_params("127.0.0.1", listener.port()));
    BOOST_TEST(brief(opened) == "protocol_error (key exchange)");
    BOOST_TEST(failure_of(opened.error()).details.count("permanent") == 1u);
  }
}

BOOST_AUTO_TEST_CASE(banner_and_key_exchange_in_one_piece) {
  // An SSH_MSG_KEXINIT (RFC 4253, 7.1) of a server that has its own ideas only.
  std::string payload(17, '\0');
  payload[0] = 20;
  auto put = [&payload](const std::string& list) {
    payload += std::string{"\0\0", 2} + static_cast<char>(list.size() / 256)
               + static_cast<char>(list.size() % 256) + list;
  };
  std::string ours = "group-of-ours-0";
  for (int i = 1; i < 30; ++i)
    ours += ",group-of-ours-" + std::to_string(i);
  for (const std::string list :
       {ours.c_str(), "ssh-ed25519", "aes128-ctr", "aes128-ctr",
        "hmac-sha2-256", "hmac-sha2-256", "none", "none", "", ""})
    put(list);
  payload += std::string(5, '\0');
  auto padding = 16 - (payload.size() + 5) % 8;
  auto size = payload.size() + 1 + padding;
  auto packet = std::string{"\0\0", 2} + static_cast<char>(size / 256)
                + static_cast<char>(size % 256) + static_cast<char>(padding)
                + payload + std::string(padding, '\0');
  fault_listener listener{{banner + packet}};
  for (int i = 0; i < 20; ++i) {
    auto opened = client.open(impatient_params("127.0.0.1", listener.port()));
    BOOST_TEST(brief(opened) == "no_common_algorithm (key exchange)");
    auto cause = cause_of(opened);
    BOOST_TEST_INFO(cause);
    auto lists = cause.find("server [" + ours + "], client [curve25519-sha256");
    BOOST_TEST_REQUIRE(lists != std::string::npos);
    // Not cut off.
    BOOST_TEST(cause.find("diffie-hellman-group14-sha256", lists)
               != std::string::npos);
  }
}

BOOST_DATA_TEST_CASE_F(fixture, it_leaves_nothing_behind, faults, fault) {
  checks.check_leaks(fault);
}

BOOST_DATA_TEST_CASE_F(fixture, it_can_be_aborted, faults, fault) {
  checks.check_abort(fault);
}

BOOST_AUTO_TEST_CASE(who_hangs_up_at_once_is_lost_whenever_it_is_seen) {
  checks.check_loss_at_once();
}

BOOST_DATA_TEST_CASE_F(fixture, nobody_is_there, absences, what) {
  checks.check_absence(what);
}

BOOST_AUTO_TEST_CASE(a_host_is_tried_at_each_of_its_addresses) {
  // Refused at the first, says nothing at the second.
  auto second = bind_loopback("127.0.0.2");
  BOOST_REQUIRE_EQUAL(listen(second.get(), 1), 0);
  BOOST_TEST(checks.outcome_of(two_addresses, port_of(second))
             == "timeout (key exchange)");
  BOOST_TEST(checks.outcome_of(two_addresses, checks.refused.port())
             == "refused (connect)");
}

BOOST_AUTO_TEST_CASE(a_full_backlog) {
  checks.check_full_backlog();
}

BOOST_AUTO_TEST_CASE(aborting_a_connect_that_hangs_frees_its_socket_at_once) {
  black_hole hole;
  auto params = impatient_params("127.0.0.1", hole.port());
  params.extras["connect_timeout"] = "1h";
  leak_check leaks{&client.system()};
  {
    auto transport = client.make();
    auto answer = client.start_open(transport, params);
    auto ended = transport_client::end_of(transport);
    BOOST_TEST(eventually([&] {
      return leaks.leaked(std::chrono::seconds{0}).find("socket:")
             != std::string::npos;
    }));
    caf::anon_send_exit(transport, caf::exit_reason::user_shutdown);
    BOOST_TEST(brief(take<session_traits>(std::move(answer)))
               == "canceled (connect)");
    BOOST_TEST((ended.wait_for(hang_limit) == std::future_status::ready));
  }
  BOOST_TEST(leaks.leaked() == "");
}

BOOST_AUTO_TEST_CASE(host_names_that_cannot_be_one) {
  for (auto& name : {std::string{}, std::string(300, 'x'),
                     std::string("a\0b", 3), std::string{"a b"}}) {
    BOOST_TEST_CONTEXT(name) {
      auto result = checks.outcome_of(name, 22);
      BOOST_TEST((result == "resolve_failed (resolve)"
                  || result.find("invalid_params") == 0),
                 result);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_host_with_two_addresses_of_which_one_refuses) {
  // localhost is ::1, too, where nobody listens; sshd is on 127.0.0.1.
  ssh_fixture fixture;
  auto params = fixture.with_key();
  params.hostname = "localhost";
  params.extras["host_key_policy"] = "off";
  BOOST_TEST(brief(client.open(params)) == "ok");
}

BOOST_AUTO_TEST_CASE(no_algorithm_in_common) {
  // Nobody offers this one unasked any more.
  ssh_fixture fixture{configured({{"Ciphers", "3des-cbc"}})};
  BOOST_TEST(checks.outcome_of("127.0.0.1", fixture.server.port())
             == "no_common_algorithm (key exchange)");
}

BOOST_DATA_TEST_CASE_F(fixture, params_that_make_no_sense,
                       (data::make({"connect_timeout", "auth_timeout",
                                    "max_channels", "no_such_extra"})
                        ^ data::make({"soon", "-1s", "0", "1"})),
                       name, value) {
  auto params = impatient_params("127.0.0.1", checks.refused.port());
  params.extras[name] = value;
  auto opened = client.open(params);
  BOOST_TEST(brief(opened).find("invalid_params") == 0);
  BOOST_TEST(cause_of(opened).find(name) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(fifty_silent_peers_at_once_need_no_thread_each) {
  fault_listener listener{{}};
  auto params = impatient_params("127.0.0.1", listener.port());
  params.extras["key_exchange_timeout"] = "1500ms";
  std::vector<transport_actor> transports;
  for (int i = 0; i < 50; ++i)
    transports.push_back(client.make());
  auto before = thread_count();
  std::vector<decltype(client.start_open(transports[0], params))> answers;
  for (auto& transport : transports)
    answers.push_back(client.start_open(transport, params));
  // While they hang, another one is served.
  BOOST_TEST(
    brief(client.open(impatient_params("127.0.0.1", checks.refused.port())))
    == "refused (connect)");
  // Some that were idle may have ended meanwhile.
  BOOST_TEST(thread_count() <= before);
  for (auto& answer : answers)
    BOOST_TEST(brief(take<session_traits>(std::move(answer)))
               == "timeout (key exchange)");
  for (auto& transport : transports)
    caf::anon_send_exit(transport, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
