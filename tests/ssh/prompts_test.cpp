#include <tieline/transports/ssh/prompts.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace tieline::ssh;

namespace {

using v = interactive_login::outcome;

std::string to_string(v x) {
  switch (x) {
    case v::answer:
      return "answer";
    case v::password_refused:
      return "refused";
    case v::password_expired:
      return "expired";
    case v::unanswerable:
      return "unanswerable";
  }
  return "?";
}

prompt_round hidden(std::vector<std::string> texts,
                    std::string instruction = {}) {
  prompt_round result;
  result.instruction = std::move(instruction);
  for (auto& x : texts)
    result.prompts.push_back({std::move(x), true});
  return result;
}

prompt_round shown(std::string text) {
  return {"", "", {{std::move(text), false}}};
}

prompt_round said(std::string text) {
  return {"", std::move(text), {}};
}

struct row {
  const char* name;
  std::vector<prompt_round> rounds;
  /// What comes of each.
  const char* verdicts;
};

const row rows[] = {
  {"one prompt", {hidden({"Password: "})}, "answer"},
  {"in German", {hidden({"Kennwort: "})}, "answer"},
  {"in words that are not known", {hidden({"Losung: "})}, "answer"},
  {"nothing to answer", {said("")}, "answer"},
  {"an introduction does not count",
   {said("Authorized access only."), hidden({"Losung: "})},
   "answer answer"},
  {"asked again",
   {hidden({"Password: "}), hidden({"Password: "})},
   "answer refused"},
  {"in a second round",
   {hidden({"Password: "}), hidden({"PIN: "})},
   "answer unanswerable"},
  {"what would be seen", {shown("Password: ")}, "unanswerable"},
  {"a code at once", {hidden({"Verification code: "})}, "unanswerable"},
  {"a code afterwards",
   {hidden({"Password: "}), shown("Verification code: ")},
   "answer unanswerable"},
  {"both at once",
   {hidden({"Password: ", "Verification code: "})},
   "unanswerable"},
  {"both in one", {hidden({"Password & verification code: "})}, "unanswerable"},
  {"a one-time password",
   {hidden({"One-time password (OATH) for `me': "})},
   "unanswerable"},
  {"explained beside",
   {hidden({"> "}, "Enter the code of your token.")},
   "unanswerable"},
  {"a password although tokens are spoken of",
   {hidden({"Password: "}, "Your token comes next.")},
   "answer"},
  {"expired: a new one twice",
   {hidden({"Password: "}), hidden({"New password: ", "Retype it: "})},
   "answer expired"},
  {"expired: the old one first",
   {hidden({"Password: "}), said("Your password has expired."),
    hidden({"Current password: "})},
   "answer answer expired"},
  {"expired: PAM",
   {hidden({"Password: "}), hidden({"(current) UNIX password: "})},
   "answer expired"},
  {"expired: said beside",
   {hidden({"Password: "}),
    hidden({"Password: "}, "You are required to change your password.")},
   "answer expired"},
  {"a new one at once", {hidden({"New password: "})}, "expired"},
  {"a notice of expiry to all",
   {said("Passwords that have expired: see the portal."),
    hidden({"Password: "})},
   "answer answer"},
  {"a notice of expiry to all, and a wrong password",
   {said("Passwords that have expired must be changed."),
    hidden({"Password: "}), hidden({"Password: "})},
   "answer answer refused"},
  {"a question", {shown("Favourite colour? ")}, "unanswerable"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(prompts_test)

BOOST_AUTO_TEST_CASE(the_password_goes_once_to_who_asks_for_it) {
  for (const auto& x : rows) {
    interactive_login login{true};
    std::string verdicts;
    for (const auto& round : x.rounds)
      verdicts += (verdicts.empty() ? "" : " ") + to_string(login.take(round));
    BOOST_TEST_CONTEXT(x.name)
    BOOST_TEST(verdicts == x.verdicts);
  }
}

BOOST_AUTO_TEST_CASE(without_a_password_only_empty_rounds_are_answered) {
  interactive_login login{false};
  BOOST_TEST((login.take(said("Welcome.")) == v::answer));
  BOOST_TEST((login.take(hidden({"Password: "})) == v::unanswerable));
  BOOST_TEST(!login.password_given());
}

BOOST_AUTO_TEST_CASE(what_was_asked_is_told_with_its_instruction) {
  interactive_login login{true};
  login.take({"Two steps", "Open your app.", {{"Verification code: ", false}}});
  BOOST_TEST(login.question()
             == "asks for a one-time code: 'Verification code: ' (Two steps) "
                "(Open your app.)");
  login.take({"", "", {{"Colour? ", false}, {"Shape? ", false}}});
  BOOST_TEST(login.question() == "asks 'Colour? ', 'Shape? '");
}

BOOST_AUTO_TEST_CASE(codes_have_many_names) {
  for (auto text :
       {"Verification code:", "Enter OTP:", "Passcode:", "PIN:", "TOTP ",
        "Enter your token", "Duo passcode or option (1-3)", "SMS code",
        "Code:", "Response:", "S/Key challenge 99", "Einmalpasswort:",
        "Best\u00e4tigungscode:", "Code de v\u00e9rification :", "C\u00f3digo:",
        "\u9a8c\u8bc1\u7801\uff1a", "2FA",
        "Enter PASSCODE:", "Microsoft Authenticator"})
    BOOST_TEST(asks_for_code(text), text);
  for (auto text : {"Password:", "Kennwort:", "alice@r1's password:",
                    "ping-host password:", "Mot de passe :", "Contrase\u00f1a:",
                    "\u5bc6\u7801\uff1a", "Password for opinions:"})
    BOOST_TEST(!asks_for_code(text), text);
}

BOOST_AUTO_TEST_CASE(only_hidden_prompts_for_a_password_get_it) {
  BOOST_TEST(asks_for_password("Password: ", true, 1, 0));
  BOOST_TEST(asks_for_password("Kennwort: ", true, 1, 0));
  BOOST_TEST(asks_for_password("alice's PASSWORD:", true, 2, 1));
  BOOST_TEST(!asks_for_password("Password: ", false, 1, 0));
  BOOST_TEST(!asks_for_password("One-time code: ", true, 2, 0));
  BOOST_TEST(!asks_for_password("One-time code: ", true, 1, 1));
  BOOST_TEST(!asks_for_password("One-time code: ", true, 1, 0));
  BOOST_TEST(!asks_for_password("New password: ", true, 1, 0));
}

BOOST_AUTO_TEST_SUITE_END()
