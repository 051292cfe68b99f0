#include "tieline/transports/ssh/library_algorithms.hpp"

#include <libssh/libssh.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <string>

namespace tieline::ssh {

namespace {

using config::algorithm_kind;
using config::algorithm_list;

/// Asks libssh, which refuses a list without a name that it knows.
/// @param defaults libssh 0.10 to 0.12, in their order
algorithm_list ask(ssh_session session, ssh_options_e option,
                   algorithm_kind kind,
                   std::initializer_list<const char*> defaults) {
  auto has = [&](const std::string& name) {
    return ssh_options_set(session, option, name.c_str()) == SSH_OK;
  };
  algorithm_list result;
  for (const auto& name : config::known_algorithms(kind))
    if (has(name))
      result.available.push_back(name);
  for (const auto* name : defaults)
    if (has(name))
      result.defaults.emplace_back(name);
  return result;
}

config::algorithm_lists ask_all() {
  std::unique_ptr<ssh_session_struct, void (*)(ssh_session)> session{ssh_new(),
                                                                     ssh_free};
  if (!session)
    return {};
  int no = 0;
  ssh_options_set(session.get(), SSH_OPTIONS_PROCESS_CONFIG, &no);
  config::algorithm_lists result;
  result.key_exchange = ask(
    session.get(), SSH_OPTIONS_KEY_EXCHANGE, algorithm_kind::key_exchange,
    {"mlkem768x25519-sha256", "sntrup761x25519-sha512",
     "sntrup761x25519-sha512@openssh.com", "curve25519-sha256",
     "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384",
     "ecdh-sha2-nistp521", "diffie-hellman-group18-sha512",
     "diffie-hellman-group16-sha512", "diffie-hellman-group-exchange-sha256",
     "diffie-hellman-group14-sha256"});
  std::initializer_list<const char*> keys{"ssh-ed25519",
                                          "ecdsa-sha2-nistp521",
                                          "ecdsa-sha2-nistp384",
                                          "ecdsa-sha2-nistp256",
                                          "sk-ssh-ed25519@openssh.com",
                                          "sk-ecdsa-sha2-nistp256@openssh.com",
                                          "rsa-sha2-512",
                                          "rsa-sha2-256"};
  result.host_keys = ask(session.get(), SSH_OPTIONS_HOSTKEYS,
                         algorithm_kind::signature, keys);
  // It names certificates among those of hosts, but cannot check them.
  auto& hosts = result.host_keys.available;
  hosts.erase(std::remove_if(hosts.begin(), hosts.end(),
                             [](const auto& x) {
                               return x.find("-cert-") != std::string::npos;
                             }),
              hosts.end());
  result.user_keys = ask(
    session.get(), SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES,
    algorithm_kind::signature,
    {"ssh-ed25519-cert-v01@openssh.com",
     "ecdsa-sha2-nistp521-cert-v01@openssh.com",
     "ecdsa-sha2-nistp384-cert-v01@openssh.com",
     "ecdsa-sha2-nistp256-cert-v01@openssh.com",
     "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
     "rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com",
     "ssh-ed25519", "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp384",
     "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com",
     "sk-ecdsa-sha2-nistp256@openssh.com", "rsa-sha2-512", "rsa-sha2-256"});
  result.ciphers
    = ask(session.get(), SSH_OPTIONS_CIPHERS_C_S, algorithm_kind::cipher,
          {"chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com",
           "aes128-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr"});
  result.macs
    = ask(session.get(), SSH_OPTIONS_HMAC_C_S, algorithm_kind::mac,
          {"hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com",
           "hmac-sha2-256", "hmac-sha2-512"});
  return result;
}

} // namespace

const config::algorithm_lists& library_algorithms() {
  static const auto result = ask_all();
  return result;
}

} // namespace tieline::ssh
