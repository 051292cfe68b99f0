#pragma once

#include "tieline/messages/secret.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tieline {

/// OpenSSH's container of a private key (PROTOCOL.key), not yet decrypted.
struct openssh_key {
  std::string cipher;
  std::string kdf;
  std::string salt;
  /// Of bcrypt; zero without a passphrase.
  uint32_t rounds = 0;
  /// The public half, as it goes over the wire: its type comes first.
  std::string public_key;
  /// The private half, encrypted unless `cipher` is `none`.
  secret sealed;
  /// Of ciphers that prove what they encrypt.
  std::string tag;

  bool encrypted() const noexcept {
    return cipher != "none";
  }
};

/// Reads the container, which may be hostile.
/// @param bytes from `openssh-key-v1` on
/// @param out has what was read up to what is wrong
/// @returns what is wrong with it; empty if nothing is
std::string read_openssh_key(std::string_view bytes, openssh_key& out);

/// Returns the type of the public half, e.g. `ssh-ed25519`; empty if it has
/// none.
std::string_view type_of(const openssh_key& key);

/// Decrypts the private half.
/// @param wanted asked now and then whether anybody still waits for it
/// @param out the same container, not encrypted
/// @returns what is wrong; empty if nothing is
std::string unlock(const openssh_key& key, std::string_view passphrase,
                   const std::function<bool()>& wanted, secret& out);

/// Returns the container of an Ed25519 key that is not encrypted.
/// @param private_half the 32 bytes of the seed
/// @param public_half the 32 bytes of the point
secret openssh_ed25519(std::string_view private_half,
                       std::string_view public_half);

} // namespace tieline
