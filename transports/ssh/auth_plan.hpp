#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::ssh {

/// A way to log in, in the order in which they are tried.
enum class auth_method : uint8_t {
  none,
  memory_key,
  key_file,
  agent,
  keyboard_interactive,
  password,
};

/// Returns the name that people see, e.g. `publickey (file)`.
std::string_view to_string(auth_method method) noexcept;

/// Decides by which method to try next (RFC 4252). No method is tried twice,
/// so nothing is retried after a refusal.
class auth_plan {
public:
  /// @param available what the params allow, in any order
  explicit auth_plan(std::vector<auth_method> available)
    : available_(std::move(available)) {
    // nop
  }

  /// Returns what to try next; none if nothing is left. First it is `none`,
  /// which is how a client learns what the server offers.
  std::optional<auth_method> next() const;

  /// Notes that the method did not log in (or only in part) and that the
  /// server now offers these: bits of libssh's `SSH_AUTH_METHOD_*`.
  void failed(auth_method method, int offered);

  /// Notes that the server has refused the password, asked for it in another
  /// way: it is not tried again, lest the account be locked the sooner.
  void password_refused();

  /// Returns what was tried and what the server offers, for people.
  std::string report() const;

private:
  bool offered(auth_method method) const;

  std::vector<auth_method> available_;
  std::vector<auth_method> tried_;
  int offered_ = 0;
};

/// Returns whether a keyboard-interactive prompt is to be answered with the
/// password: if its answer is hidden, and it is alone in the first round or
/// asks for a password by name.
bool asks_for_password(std::string_view prompt, bool hidden, int prompts,
                       int round);

} // namespace tieline::ssh
