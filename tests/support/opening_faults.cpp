#include "support/opening_faults.hpp"

#include "support/outcome.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <utility>

namespace tieline::test {

using ending = fault_script::ending;

std::ostream& operator<<(std::ostream& out, const opening_fault& x) {
  return out << x.scheme << (x.scheme.empty() ? "" : ", ") << x.name;
}

std::vector<opening_fault>
opening_faults(const std::string& at, const std::string& greeting,
               const std::string& scheme, std::vector<opening_fault> others) {
  auto late = "timeout (" + at + ")";
  others.push_back({"silent", {}, late});
  if (!greeting.empty()) {
    others.push_back(
      {"one byte per 50 ms",
       {greeting + many("x", 10000), 1, std::chrono::milliseconds{50}},
       late});
    others.push_back({"silent after its greeting", {greeting}, late});
    others.push_back({"closes after its greeting",
                      {greeting, 0, {}, false, ending::close},
                      "connection_lost (" + at + ")"});
  }
  for (auto& x : others)
    x.scheme = scheme;
  return others;
}

std::ostream& operator<<(std::ostream& out, const absence& x) {
  return out << x.expected << ", " << x.host;
}

opening_checks::opening_checks(transport_client& client, params_maker params,
                               std::string last_timeout)
  : client_(client),
    params_(std::move(params)),
    last_timeout_(std::move(last_timeout)) {
  // nop
}

void opening_checks::check_error(const opening_fault& fault) {
  fault_listener listener{fault.script};
  auto opened
    = client_.open(params_("127.0.0.1", listener.port(), fault.scheme));
  BOOST_TEST_INFO("cause: " << cause_of(opened));
  BOOST_TEST(brief(opened) == fault.expected);
}

void opening_checks::check_leaks(const opening_fault& fault) {
  leak_check leaks{&client_.system()};
  {
    fault_listener listener{fault.script};
    for (int i = 0; i < 3; ++i)
      client_.open(params_("127.0.0.1", listener.port(), fault.scheme));
  }
  BOOST_TEST(leaks.leaked() == "");
}

void opening_checks::check_abort(const opening_fault& fault) {
  leak_check leaks{&client_.system()};
  {
    fault_listener listener{fault.script};
    auto params = params_("127.0.0.1", listener.port(), fault.scheme);
    params.extras[last_timeout_] = "1h";
    for (int i = 0; i < 3; ++i) {
      auto transport = client_.make();
      auto answer = client_.start_open(transport, params);
      auto ended = transport_client::end_of(transport);
      caf::anon_send_exit(transport, caf::exit_reason::user_shutdown);
      BOOST_TEST((ended.wait_for(hang_limit) == std::future_status::ready));
      BOOST_TEST(brief(take<session_traits>(std::move(answer))) != "ok");
    }
  }
  BOOST_TEST(leaks.leaked() == "");
}

void opening_checks::check_loss_at_once() {
  for (auto how : {ending::close, ending::reset}) {
    fault_listener listener{{"", 0, {}, false, how}};
    auto opened = client_.open(params_("127.0.0.1", listener.port(), ""));
    BOOST_TEST(to_string(code_of(opened.error())) == "connection_lost");
  }
}

void opening_checks::check_absence(const absence& what) {
  uint16_t port = what.refuses ? refused.port() : 22;
  BOOST_TEST(outcome_of(what.host, port) == what.expected);
}

void opening_checks::check_full_backlog() {
  black_hole hole;
  BOOST_TEST(outcome_of("127.0.0.1", hole.port()) == "timeout (connect)");
}

std::string opening_checks::outcome_of(const std::string& host, uint16_t port) {
  leak_check leaks{&client_.system()};
  auto result = brief(client_.open(params_(host, port, "")));
  auto left = leaks.leaked();
  return left.empty() ? result : result + ", leaked " + left;
}

} // namespace tieline::test
