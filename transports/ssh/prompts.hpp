#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::ssh {

/// Returns whether a keyboard-interactive prompt is to be answered with the
/// password: if its answer is hidden, it asks for no code and no new password,
/// and it is alone in the first round or asks for a password by name.
/// @param round counts those that had prompts
bool asks_for_password(std::string_view prompt, bool hidden, int prompts,
                       int round);

/// Returns whether a text asks for a code that is good once: of a token, an
/// app, a message.
bool asks_for_code(std::string_view text);

/// Returns whether a text asks for a password in place of the present one.
bool asks_for_new_password(std::string_view text);

/// One question of a keyboard-interactive login.
struct prompt {
  std::string text;
  /// The answer is not shown.
  bool hidden = true;
};

/// What the server says at once (RFC 4256, 3.2).
struct prompt_round {
  std::string name;
  std::string instruction;
  std::vector<prompt> prompts;
};

/// A keyboard-interactive login by a password. Gives the password once, to
/// whom asks for it, and nothing else: what is asked beside it goes
/// unanswered, not answered with an empty text.
class interactive_login {
public:
  enum class outcome {
    /// Give the password to each prompt of the round; there is one at most.
    answer,
    /// It was given and is asked for again.
    password_refused,
    /// The server takes it and wants a new one.
    password_expired,
    /// A person has to answer; `question` is what is asked.
    unanswerable,
  };

  /// @param has_password there is one to give, perhaps an empty one
  explicit interactive_login(bool has_password) : has_password_(has_password) {
    // nop
  }

  outcome take(const prompt_round& round);

  bool password_given() const noexcept {
    return given_;
  }

  /// Returns what could not be answered, for people.
  const std::string& question() const noexcept {
    return question_;
  }

private:
  outcome asked(const prompt_round& round, outcome result);

  bool has_password_;
  bool given_ = false;
  // Rounds with prompts.
  int rounds_ = 0;
  // All that was said beside prompts, since the password was given.
  std::string said_;
  std::string question_;
};

} // namespace tieline::ssh
