#include "tieline/transports/ssh/prompts.hpp"

#include <algorithm>
#include <cctype>

namespace tieline::ssh {

namespace {

// Lower case; what is not ASCII stands as UTF-8 has it.
constexpr std::string_view password_words[] = {
  "password",
  "passwd",
  "passwort",
  "kennwort",
  "mot de passe",
  "contrase\u00f1a",
  "clave",
  "senha",
  "wachtwoord",
  "has\u0142o",
  "heslo",
  "l\u00f6senord",
  "jelsz\u00f3",
  "parola",
  "adgangskode",
  "salasana",
  "\u043f\u0430\u0440\u043e\u043b\u044c",
  "\u5bc6\u7801",
  "\u5bc6\u78bc",
  "\u53e3\u4ee4",
  "\u30d1\u30b9\u30ef\u30fc\u30c9",
  "\ube44\ubc00\ubc88\ud638",
};

constexpr std::string_view code_words[] = {
  "one-time",
  "one time",
  "onetime",
  "single-use",
  "otp",
  "passcode",
  "pass code",
  "verification",
  "authenticator",
  "authentication code",
  "two-factor",
  "2fa",
  "mfa",
  "securid",
  "yubikey",
  "duo ",
  "challenge",
  "einmal",
  "usage unique",
  "un solo uso",
  "monouso",
  "\u9a8c\u8bc1\u7801",
  "\u52a8\u6001",
  "\u30ef\u30f3\u30bf\u30a4\u30e0",
  "\u8a8d\u8a3c\u30b3\u30fc\u30c9",
  "\u78ba\u8a8d\u30b3\u30fc\u30c9",
  "\uc778\uc99d",
};

// Only as whole words: "pin" is in "ping", "code" in "Bestaetigungscode" as in
// "decode".
constexpr std::string_view whole_code_words[] = {
  "code",
  "codes",
  "token",
  "tokencode",
  "pin",
  "tan",
  "response",
  "totp",
  "hotp",
  "sms",
  "puk",
  "c\u00f3digo",
  "\u043a\u043e\u0434",
};

constexpr std::string_view code_ends[] = {"code", "token"};

constexpr std::string_view new_words[] = {
  "new password",
  "new unix password",
  "new passwd",
  "retype",
  "re-type",
  "re-enter",
  "reenter",
  "password again",
  "confirm",
  "neues passwort",
  "neues kennwort",
  "wiederhol",
  "nouveau mot de passe",
  "nueva contrase\u00f1a",
  "nova senha",
  "nuova password",
  "nieuw wachtwoord",
  "\u65b0\u5bc6\u7801",
  "\u65b0\u7684\u5bc6\u7801",
  "\u65b0\u3057\u3044\u30d1\u30b9\u30ef\u30fc\u30c9",
};

constexpr std::string_view old_words[]
  = {"current", "old password", "old passwd", "aktuelles", "altes", "actuel"};

constexpr std::string_view expired_words[] = {
  "has expired",     "password expired",     "is expired",
  "was expired",     "required to change",   "must change",
  "must be changed", "change your password", "password change",
  "abgelaufen",      "expir\u00e9",          "caducado",
  "scadut",
};

// Of what the server says, in an error.
constexpr size_t max_prompts = 4;
constexpr size_t max_text = 300;

std::string shortened(const std::string& text) {
  return text.size() <= max_text ? text : text.substr(0, max_text) + "...";
}

std::string lower(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

template <class Words>
bool has_any(const std::string& text, const Words& words) {
  return std::any_of(std::begin(words), std::end(words), [&](auto word) {
    return text.find(word) != std::string::npos;
  });
}

bool is_of_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0
         || (static_cast<unsigned char>(c) & 0x80) != 0;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size()
         && text.substr(text.size() - end.size()) == end;
}

// Returns whether the text has one of the words for codes as a word.
bool has_code_word(std::string_view text) {
  for (size_t begin = 0; begin < text.size();) {
    auto end = begin;
    while (end < text.size() && is_of_word(text[end]))
      ++end;
    auto word = text.substr(begin, end - begin);
    for (auto code : whole_code_words)
      if (word == code)
        return true;
    for (auto code : code_ends)
      if (ends_with(word, code))
        return true;
    begin = std::max(end, begin + 1);
  }
  return false;
}

bool names_password(const std::string& lower_text) {
  return has_any(lower_text, password_words);
}

} // namespace

bool asks_for_code(std::string_view text) {
  auto lower_text = lower(text);
  return has_any(lower_text, code_words) || has_code_word(lower_text);
}

bool asks_for_new_password(std::string_view text) {
  return has_any(lower(text), new_words);
}

bool asks_for_password(std::string_view prompt, bool hidden, int prompts,
                       int round) {
  if (!hidden || asks_for_code(prompt) || asks_for_new_password(prompt))
    return false;
  return (prompts == 1 && round == 0) || names_password(lower(prompt));
}

interactive_login::outcome interactive_login::take(const prompt_round& round) {
  said_ += ' ' + lower(round.name) + ' ' + lower(round.instruction);
  if (round.prompts.empty())
    return outcome::answer;
  const auto count = static_cast<int>(round.prompts.size());
  for (const auto& x : round.prompts) {
    auto text = lower(x.text);
    // Who wants a new password has nothing against the present one; some ask
    // for that again first.
    if (given_ && x.hidden
        && (asks_for_new_password(text) || has_any(text, old_words)
            || (names_password(text) && has_any(said_, expired_words))))
      return asked(round, outcome::password_expired);
    auto wanted = asks_for_password(text, x.hidden, count, rounds_);
    // A prompt that says nothing is explained beside it.
    if (wanted && !names_password(text)
        && (asks_for_code(round.name) || asks_for_code(round.instruction)))
      wanted = false;
    if (wanted && given_)
      return outcome::password_refused;
    if (!wanted && x.hidden && asks_for_new_password(text))
      return asked(round, outcome::password_expired);
    if (!wanted || !has_password_)
      return asked(round, outcome::unanswerable);
  }
  // Two prompts for one password are one for a new one and for it again.
  if (count > 1)
    return asked(round, outcome::unanswerable);
  given_ = true;
  said_.clear();
  ++rounds_;
  return outcome::answer;
}

interactive_login::outcome interactive_login::asked(const prompt_round& round,
                                                    outcome result) {
  question_.clear();
  auto code = false;
  size_t told = 0;
  for (const auto& x : round.prompts) {
    code |= asks_for_code(x.text);
    if (++told <= max_prompts)
      question_ += (told > 1 ? ", '" : "'") + shortened(x.text) + "'";
  }
  if (told > max_prompts)
    question_ += " and more";
  for (const auto* text : {&round.name, &round.instruction})
    if (!text->empty()) {
      question_ += " (" + shortened(*text) + ")";
      code |= asks_for_code(*text);
    }
  question_ = (code ? "asks for a one-time code: " : "asks ") + question_;
  return result;
}

} // namespace tieline::ssh
