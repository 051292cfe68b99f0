#include "tieline/transports/ssh/preparation.hpp"

#include "tieline/messages/options/option_table.hpp"
#include "tieline/messages/support/host_name.hpp"
#include "tieline/transports/credentials/credentials.hpp"
#include "tieline/transports/ssh/config_mapping.hpp"
#include "tieline/transports/ssh/host_key_store.hpp"
#include "tieline/transports/ssh/legacy.hpp"

#include <algorithm>
#include <string_view>

namespace tieline::ssh {

namespace {

caf::error invalid(const connection_key& key, std::string cause) {
  return make_error(errc::invalid_params, {key, step::open, std::move(cause)});
}

bool has_nul(std::string_view x) {
  return x.find('\0') != std::string_view::npos;
}

bool brings_secret(const connection_params& params,
                   const ssh_options& options) {
  return params.password.given() || !options.private_key_file.empty()
         || std::any_of(params.secrets.begin(), params.secrets.end(),
                        [](const auto& x) { return !x.second.empty(); });
}

} // namespace

std::vector<std::string> config_files_of(const connection_params& params,
                                         const ssh_options& defaults,
                                         bool& exec) {
  auto extras = params.extras;
  auto options = defaults;
  if (auto error = ssh_options::table().take_extras({}, options, extras,
                                                    params.from_peer))
    return {};
  exec = options.config_exec;
  return files_of(options.config_file);
}

caf::expected<profile>
make_profile(const connection_key& key, const connection_params& params,
             const ssh_options& defaults, const config::evaluation* says) {
  profile result;
  result.key = key;
  if (auto wrong = read_host(params.hostname, result.host); !wrong.empty())
    return invalid(key, "hostname: " + wrong);
  result.port = params.port.value_or(well_known_port);
  result.user = params.username;
  result.password = params.password;
  result.via = params.via;
  result.options = defaults;
  const auto& table = ssh_options::table();
  if (says != nullptr) {
    auto given = defaults;
    auto extras = params.extras;
    if (auto error = table.take_extras(key, given, extras, params.from_peer))
      return error;
    auto has_secret = brings_secret(params, given);
    result.proxy_jump = given.proxy_jump;
    if (auto wrong = apply_config(*says, has_secret, result); !wrong.empty())
      return invalid(key, wrong);
    result.login_from_files = !has_secret;
  }
  // What a file makes of it is to be one as well.
  if (auto wrong = read_host(result.host, result.host); !wrong.empty())
    return invalid(key, "hostname: " + wrong);
  if (result.port == 0)
    return invalid(key, "port: must be 1 to 65535");
  if (result.user.empty() || has_nul(result.user))
    return invalid(key, "username: is empty or has a NUL byte");
  auto extras = params.extras;
  if (auto error = table.take_extras(key, result.options, extras,
                                     params.from_peer))
    return error;
  if (auto fixed = extras.extract(fixed_host_key_policy); !fixed.empty())
    if (auto why = table.set(result.options, "host-key-policy",
                             caf::config_value{fixed.mapped()});
        !why.empty())
      return invalid_extra(key, {fixed_host_key_policy, why});
  if (!result.options.private_key_file.empty())
    result.identities.clear();
  if (!result.options.proxy_jump.empty()) {
    result.proxy_jump = result.options.proxy_jump;
    result.proxy_jump_place = "proxy-jump: ";
  }
  if (result.proxy_jump == "none" || !result.via.empty())
    result.proxy_jump.clear();
  if (result.options.legacy)
    allow_legacy(result.algorithms);
  for (const auto& [name, value] : extras)
    return invalid_extra(key, {name, unknown_extra(name, {&table})});
  for (const auto& [given, value] : params.secrets) {
    auto name = underscored(given);
    if (name == "private_key")
      result.private_key = value;
    else if (name == "passphrase")
      result.passphrase = value;
    else
      return invalid(key, "secrets." + name
                            + ": unknown; there are private_key, passphrase");
  }
  auto check = [&](const char* name, const secret& value) -> caf::error {
    if (value.withheld())
      return make_error(errc::secret_withheld, {key, step::open, name});
    if (has_nul(value.reveal()))
      return invalid(key, std::string{name} + ": has a NUL byte");
    return {};
  };
  if (auto err = check("password", result.password); !err.empty())
    return err;
  if (auto err = check("secrets.private_key", result.private_key); !err.empty())
    return err;
  if (auto err = check("secrets.passphrase", result.passphrase); !err.empty())
    return err;
  return result;
}

} // namespace tieline::ssh
