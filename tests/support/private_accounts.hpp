#pragma once

#include "support/temp_dir.hpp"

#include <string>
#include <vector>

namespace tieline::test {

/// A test user with a password, and a guest without one, whom only the programs
/// of one test know: they run in a mount namespace with their own /etc/passwd,
/// /etc/shadow, /run and /var/log, and with Debian's PAM service `sshd` cut
/// down to that password.
///
/// That takes root and the right to mount. Where this is denied, the user is
/// the one who runs the test and there are no passwords.
class private_accounts {
public:
  struct options {
    /// The PAM service `sshd` instead of ours.
    std::string pam = {};
    /// The user's password is right, and to be changed at once.
    bool expired = false;
  };

  /// Keeps its files, the user's home among them, in `dir`.
  explicit private_accounts(const temp_dir& dir);

  private_accounts(const temp_dir& dir, const options& how);

  /// Returns why there can be no accounts of our own; empty if there can.
  static const std::string& denied();

  const std::string& login() const noexcept {
    return login_;
  }

  /// Returns the password, throws if there can be none.
  const std::string& password() const;

  /// Returns who has an empty password, throws if there can be nobody.
  const std::string& guest() const;

  const std::string& home() const noexcept {
    return home_;
  }

  /// Returns a command that runs `command`, with the same process id, where
  /// the accounts are.
  std::vector<std::string> enclose(std::vector<std::string> command) const;

private:
  std::string login_;
  std::string home_;
  std::string script_;
};

} // namespace tieline::test
