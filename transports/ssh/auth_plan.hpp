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
  /// The agent's keys that were kept back for the password's sake: a server
  /// hangs up after some refusals (sshd's MaxAuthTries).
  more_agent_keys,
};

/// Returns the name that people see, e.g. `publickey (file)`.
std::string_view to_string(auth_method method) noexcept;

/// Reads a list of methods, separated by commas: `publickey`,
/// `keyboard-interactive`, `password`. Returns nothing if it has another name.
std::optional<std::vector<std::string>> parse_methods(std::string_view text);

/// Decides by which method to try next (RFC 4252). No method is tried twice,
/// so nothing is retried after a refusal.
class auth_plan {
public:
  /// @param available what the params allow, in any order
  /// @param methods the only ones to try, in this order: `publickey`,
  ///        `keyboard-interactive`, `password`. Empty: all, in the order of
  ///        auth_method.
  explicit auth_plan(std::vector<auth_method> available,
                     const std::vector<std::string>& methods = {});

  /// Puts what logged in the last time before the rest, unless the order was
  /// given.
  void prefer(auth_method method);

  /// Returns what to try next; none if nothing is left. First it is `none`,
  /// which is how a client learns what the server offers.
  std::optional<auth_method> next() const;

  /// Returns whether a password is still to be tried.
  bool password_left() const;

  /// Adds a method to what the params allow.
  void allow(auth_method method);

  /// Notes that the method did not log in (or only in part) and that the
  /// server now offers these: bits of libssh's `SSH_AUTH_METHOD_*`.
  void failed(auth_method method, int offered);

  /// The same for a method of which nothing was sent that the server could
  /// have refused.
  void skipped(auth_method method, int offered);

  /// Notes that the server has refused the password, asked for it in one way:
  /// it is not tried in the other, lest the account be locked the sooner,
  /// unless both were asked for by name.
  void password_refused();

  /// Adds what else there is to say about the login.
  void note(std::string what);

  /// Returns what was tried and what the server offers, for people.
  std::string report() const;

private:
  bool offered(auth_method method) const;

  std::vector<auth_method> available_;
  std::vector<auth_method> order_;
  bool ordered_ = false;
  std::vector<auth_method> done_;
  std::vector<auth_method> tried_;
  std::vector<std::string> notes_;
  int offered_ = 0;
};

} // namespace tieline::ssh
