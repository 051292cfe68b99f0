#include <tieline/transports/ssh/auth_plan.hpp>

#include <boost/test/unit_test.hpp>
#include <libssh/libssh.h>

using namespace tieline::ssh;

namespace {

using m = auth_method;

constexpr int publickey = SSH_AUTH_METHOD_PUBLICKEY;
constexpr int interactive = SSH_AUTH_METHOD_INTERACTIVE;
constexpr int password = SSH_AUTH_METHOD_PASSWORD;

const std::vector<m> everything{m::password, m::keyboard_interactive, m::agent,
                                m::key_file, m::memory_key};

std::string names(const std::vector<m>& xs) {
  std::string result;
  for (auto x : xs)
    result += std::string{to_string(x)} + ' ';
  return result;
}

// Lets all methods fail with an offer that does not change.
std::vector<m> run(auth_plan plan, int offered) {
  std::vector<m> result;
  while (auto method = plan.next()) {
    result.push_back(*method);
    plan.failed(*method, offered);
  }
  return result;
}

struct row {
  const char* name;
  std::vector<m> available;
  int offered;
  std::vector<m> tried;
};

const row rows[] = {
  {"nothing to show", {}, publickey | password, {m::none}},
  {"nothing offered", everything, 0, {m::none}},
  {"all of both, in order",
   everything,
   publickey | interactive | password,
   {m::none, m::memory_key, m::key_file, m::agent, m::keyboard_interactive,
    m::password}},
  {"keys only",
   everything,
   publickey,
   {m::none, m::memory_key, m::key_file, m::agent}},
  {"password only", everything, password, {m::none, m::password}},
  {"keyboard-interactive only",
   everything,
   interactive,
   {m::none, m::keyboard_interactive}},
  {"a method that is not known",
   everything,
   SSH_AUTH_METHOD_GSSAPI_MIC,
   {m::none}},
};

} // namespace

BOOST_AUTO_TEST_SUITE(auth_plan_test)

BOOST_AUTO_TEST_CASE(each_method_is_tried_once_in_order) {
  for (const auto& x : rows)
    BOOST_TEST_CONTEXT(x.name)
  BOOST_TEST(names(run(auth_plan{x.available}, x.offered)) == names(x.tried));
}

BOOST_AUTO_TEST_CASE(a_partial_success_goes_on_with_what_is_offered_then) {
  auth_plan plan{{m::key_file, m::password}};
  plan.failed(m::none, publickey);
  BOOST_TEST((plan.next() == m::key_file));
  plan.failed(m::key_file, password);
  BOOST_TEST((plan.next() == m::password));
}

BOOST_AUTO_TEST_CASE(a_password_that_was_refused_is_not_tried_in_another_way) {
  auth_plan plan{{m::keyboard_interactive, m::password}};
  plan.failed(m::none, interactive | password);
  plan.failed(m::keyboard_interactive, interactive | password);
  BOOST_TEST((plan.next() == m::password));
  plan.password_refused();
  BOOST_TEST(!plan.next().has_value());
}

BOOST_AUTO_TEST_CASE(the_report_says_what_was_tried_and_what_is_offered) {
  auth_plan plan{{m::key_file}};
  BOOST_TEST(plan.report() == "tried nothing; the server offers nothing");
  plan.failed(m::none, publickey | password);
  plan.failed(m::key_file, publickey | password);
  BOOST_TEST(plan.report()
             == "tried none, publickey (private_key_file); the server offers "
                "publickey, password");
}

BOOST_AUTO_TEST_CASE(a_list_of_methods_is_kept_to) {
  auto run_in = [](const std::string& methods, int offered) {
    return names(run(auth_plan{everything, *parse_methods(methods)}, offered));
  };
  constexpr int all = publickey | interactive | password;
  BOOST_TEST(run_in("password", all) == names({m::none, m::password}));
  BOOST_TEST(
    run_in("password,publickey", all)
    == names({m::none, m::password, m::memory_key, m::key_file, m::agent}));
  BOOST_TEST(run_in("keyboard-interactive, password", interactive)
             == names({m::none, m::keyboard_interactive}));
  BOOST_TEST(!parse_methods("passwort"));
  BOOST_TEST(parse_methods("")->empty());
}

BOOST_AUTO_TEST_CASE(a_refused_password_is_tried_again_only_if_asked_for) {
  auto tried_after_refusal = [](const std::string& methods) {
    auth_plan plan{everything, *parse_methods(methods)};
    plan.failed(m::none, interactive | password);
    auto first = plan.next();
    plan.failed(*first, interactive | password);
    plan.password_refused();
    return plan.next();
  };
  BOOST_TEST(!tried_after_refusal("").has_value());
  BOOST_TEST(
    (tried_after_refusal("keyboard-interactive,password") == m::password));
  BOOST_TEST((tried_after_refusal("password,keyboard-interactive")
              == m::keyboard_interactive));
}

BOOST_AUTO_TEST_CASE(what_worked_comes_first_unless_the_order_is_given) {
  auto first = [](const std::string& methods) {
    auth_plan plan{everything, *parse_methods(methods)};
    plan.prefer(m::password);
    plan.failed(m::none, publickey | interactive | password);
    return *plan.next();
  };
  BOOST_TEST((first("") == m::password));
  BOOST_TEST((first("publickey,password") == m::memory_key));
}

BOOST_AUTO_TEST_CASE(keys_that_were_kept_back_come_after_the_password) {
  auth_plan plan{{m::agent, m::password}};
  plan.failed(m::none, publickey | password);
  BOOST_TEST(plan.password_left());
  plan.failed(m::agent, publickey | password);
  plan.allow(m::more_agent_keys);
  BOOST_TEST((plan.next() == m::password));
  plan.failed(m::password, publickey | password);
  BOOST_TEST(!plan.password_left());
  BOOST_TEST((plan.next() == m::more_agent_keys));
}

BOOST_AUTO_TEST_CASE(what_was_not_sent_was_not_tried) {
  auth_plan plan{{m::key_file}};
  plan.failed(m::none, publickey);
  plan.skipped(m::key_file, publickey);
  plan.note("it was not sent");
  BOOST_TEST(!plan.next().has_value());
  BOOST_TEST(plan.report()
             == "tried none; the server offers publickey; it was not sent");
}

BOOST_AUTO_TEST_SUITE_END()
