#pragma once

#include "support/temp_dir.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tieline::test {

/// A key pair in OpenSSH's files, made by ssh-keygen.
struct key_files {
  /// The private key's file; the public one has `.pub` behind it.
  std::string path;
  /// Algorithm and base64, as known_hosts and authorized_keys have it.
  std::string public_key;
  /// `SHA256:...`, as ssh-keygen shows it.
  std::string fingerprint;
};

/// Makes a key of `type` (ed25519, ecdsa, rsa) in `dir`.
key_files make_key(const temp_dir& dir, std::string_view name,
                   std::string_view type = "ed25519",
                   std::string_view passphrase = {});

/// Returns a line of known_hosts for a key: `[address]:port` unless the port
/// is 22.
std::string known_hosts_line(std::string_view address, uint16_t port,
                             const key_files& key);

/// Replaces the host names in a known_hosts file by hashes.
void hash_known_hosts(const std::string& path);

} // namespace tieline::test
