#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/connection_params.hpp"
#include "tieline/messages/options/configurable.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/settings.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tieline {

/// Where a secret is stored: in a file, or else in an environment variable.
struct secret_source {
  /// Path of the file. A leading `~/` is the home folder of the user. A line
  /// end at the end of the file is not part of the secret.
  std::string file;
  std::string variable;
};

/// The username and the secrets of a login.
struct credential {
  /// The username, for params that have none.
  std::string username;
  /// The secrets by the names that they have in params, and `password`.
  std::map<std::string, secret_source> secrets = {};
  /// The hosts to which it may be shown, as patterns of `params.hostname` with
  /// `*` and `?`. Empty: any, but none for params that came from a peer.
  std::vector<std::string> hosts = {};
  /// Whether params that came from a peer may not name it.
  bool local_only = false;
  /// How ssh checks host keys before it logs in with it, by the names of
  /// host_key_policy; empty: as params or settings say. Params that say another
  /// are an error.
  std::string host_key_policy = {};

  /// Its settings are `tieline.credential.<name>.<setting>` in a CAF config.
  static const option_table<credential>& table();
};

/// The credentials that params may name (`extras["credential"]`) instead of
/// containing secrets. The process in which the session lives looks them up, so
/// that no secret has to cross nodes.
class credentials {
public:
  /// Reads the settings under `tieline.credential.<name>` from a CAF config.
  /// @returns an `errc::invalid_setting` that names a setting that is empty, of
  ///          the wrong type or unknown, or contradicts another.
  static caf::expected<credentials> load(const caf::settings& config);

  /// Adds a credential or replaces the one with that name.
  void set(std::string name, credential what);

  /// Returns the params with the username and the secrets of the credential
  /// that they name, and without its name. Each call reads the files and
  /// variables again and may block.
  /// @param takes the secrets that the plugin uses; others are not read
  /// @returns an `errc::invalid_params` if there is no such credential, if one
  ///          of its secrets cannot be read or is empty, if the params have
  ///          secrets beside the name, or if it is not for the host or for
  ///          peers; an `errc::auth_failed` if the credential
  ///          has the mark that `extras["credential_refused"]` has.
  caf::expected<connection_params>
  complete(const connection_key& key, connection_params params,
           const std::vector<std::string_view>& takes) const;

private:
  std::map<std::string, credential> all_;
};

/// Returns whether params name a credential.
bool names_credential(const connection_params& params);

/// Returns whether an extra of this name says which credential a session uses,
/// or which one was refused: it is for the transport that logs in.
bool is_credential_extra(const std::string& name);

/// The extra by which completed params say how host keys are to be checked.
inline constexpr auto fixed_host_key_policy = "credential_host_key_policy";

/// Returns the name of that credential; empty if there is none.
std::string credential_of(const connection_params& params);

/// Returns a mark of the username and the secrets of completed params. It
/// changes when one of them changes. It has no meaning outside of this process.
std::string mark_of(const connection_params& completed);

/// Adds the mark of the credential to an `errc::auth_failed`, as
/// `failure::details["credential_mark"]`. The next open with the same name has
/// it in `extras["credential_refused"]`, so that a refused login is not tried
/// again.
caf::error with_mark(const caf::error& reason, const std::string& mark);

} // namespace tieline
