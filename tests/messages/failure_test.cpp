#include <tieline/messages/interfaces.hpp>

#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <map>

using namespace tieline;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(failure_test)

BOOST_AUTO_TEST_CASE(each_error_has_a_class) {
  const std::map<errc, failure_class> others = {
    {errc::connection_lost, failure_class::lost},
    {errc::node_lost, failure_class::lost},
    {errc::timeout, failure_class::transient},
    {errc::resolve_failed, failure_class::transient},
    {errc::refused, failure_class::transient},
    {errc::unreachable, failure_class::transient},
    {errc::protocol_error, failure_class::transient},
    {errc::transport_failed, failure_class::transient},
    {errc::factory_failed, failure_class::transient},
    {errc::not_open, failure_class::refused},
    {errc::closed, failure_class::refused},
    {errc::overloaded, failure_class::refused},
    {errc::draining, failure_class::refused},
    {errc::circuit_open, failure_class::refused},
    {errc::credential_stopped, failure_class::refused},
    {errc::not_owner, failure_class::refused},
    {errc::canceled, failure_class::canceled},
  };
  for (size_t i = 1; i < std::size(names_of<errc>::values); ++i) {
    auto code = static_cast<errc>(i);
    auto found = others.find(code);
    auto expected = found == others.end() ? failure_class::permanent
                                          : found->second;
    BOOST_TEST(to_string(class_of(make_error(code, {}))) == to_string(expected),
               to_string(code));
  }
}

BOOST_AUTO_TEST_CASE(so_have_the_errors_of_caf) {
  auto name = [](const caf::error& x) { return to_string(class_of(x)); };
  BOOST_TEST(name({}) == "none");
  BOOST_TEST(name(caf::make_error(caf::sec::request_receiver_down)) == "lost");
  BOOST_TEST(name(caf::make_error(caf::sec::broken_promise)) == "lost");
  BOOST_TEST(name(caf::make_error(caf::exit_reason::kill)) == "lost");
  BOOST_TEST(name(caf::make_error(caf::sec::request_timeout)) == "transient");
  BOOST_TEST(name(caf::make_error(caf::sec::unexpected_message))
             == "permanent");
}

BOOST_AUTO_TEST_CASE(the_time_of_a_retry_is_in_the_failure) {
  BOOST_TEST((retry_after({}) == 0s));
  BOOST_TEST(
    (retry_after(make_error(errc::circuit_open, {{}, {}, {}, 3s})) == 3s));
}

BOOST_AUTO_TEST_CASE(what_has_not_begun_is_not_lost) {
  failure why;
  why.details[begun_detail] = not_begun;
  for (auto code : {errc::connection_lost, errc::node_lost})
    BOOST_TEST(to_string(class_of(make_error(code, why))) == "transient");
  BOOST_TEST(to_string(class_of(make_error(errc::canceled, why)))
             == "canceled");
}

BOOST_AUTO_TEST_CASE(an_event_is_one_line) {
  lifecycle_event x;
  x.key = {"r1", "ssh"};
  x.what = event_kind::lost;
  x.span = 3200ms;
  x.reason = make_error(errc::connection_lost,
                        {{"r1", "ssh"}, step::session, "the peer is gone"});
  BOOST_TEST(describe(x)
             == "ssh://r1: lost after 3.2s: connection lost (session): the "
                "peer is gone");
  x = {};
  x.what = event_kind::circuit_opened;
  x.key = {"r1", "ssh"};
  x.span = 15s;
  x.node = "core1";
  x.missed = 2;
  BOOST_TEST(describe(x)
             == "ssh://r1: circuit opened for 15s (node core1); 2 before it "
                "were missed");
}

BOOST_AUTO_TEST_SUITE_END()
