#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/connection_params.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/settings.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tieline {

/// Where a secret is kept: in a file, else in an environment variable.
struct secret_source {
  /// A leading `~/` is the user's home. One line end at its end is not part of
  /// the secret.
  std::string file;
  std::string variable;
};

/// What a login is made of.
struct credential {
  /// For params that have no username of their own.
  std::string username;
  /// By the names that a connection's params have for them, and `password`.
  std::map<std::string, secret_source> secrets = {};
};

/// The credentials that connections may name (`extras["credential"]`) instead
/// of having secrets in their params. They are those of the process in which
/// the session lives, so that no secret has to come from elsewhere.
class credentials {
public:
  /// Reads the settings under `tieline.credential.<name>` from a CAF config.
  /// @returns an `errc::invalid_setting` that names a setting that is empty, of
  ///          the wrong type or unknown, or contradicts another.
  static caf::expected<credentials> load(const caf::settings& config);

  /// Adds a credential, or replaces the one of that name.
  void set(std::string name, credential what);

  /// Returns params with username and secrets of the credential that they name,
  /// and without its name. Files and variables are read anew; may block.
  /// @param takes the secrets that are of use; others are left out, unread
  /// @returns an `errc::invalid_params` if there is no such credential, if one
  ///          of its secrets cannot be read or is empty, or if the params have
  ///          secrets beside the name; an `errc::auth_failed` if the credential
  ///          has the mark that `extras["credential_refused"]` has.
  caf::expected<connection_params>
  complete(const connection_key& key, connection_params params,
           const std::vector<std::string_view>& takes) const;

private:
  std::map<std::string, credential> all_;
};

/// Returns whether params name a credential.
bool names_credential(const connection_params& params);

/// Returns what tells apart the credentials of params that were completed:
/// the same while username and secrets are. Of no use outside of this process.
std::string mark_of(const connection_params& completed);

/// Adds the mark of the credential to an `errc::auth_failed`: its
/// `failure::details["credential_mark"]`. Whoever opens with the same name
/// again gives that back as `extras["credential_refused"]`, lest the same login
/// be tried twice.
caf::error with_mark(const caf::error& reason, const std::string& mark);

/// One setting of a credential.
struct credential_setting {
  std::string name;
  std::string help;
};

/// Returns all settings of a credential in the order of their declaration.
std::vector<credential_setting> all_credential_settings();

} // namespace tieline
