#pragma once

#include "tieline/messages/errc.hpp"
#include "tieline/messages/secret.hpp"

#include <libssh/libssh.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tieline::ssh {

/// A private key; sessions share it.
using private_key = std::shared_ptr<ssh_key_struct>;

/// A private key, or why there is none.
struct loaded_key {
  private_key key;
  std::string error;
  /// Of the error: `errc::transport_failed` if it is this process that lacks
  /// something.
  errc code = errc::invalid_params;
  /// The key with its certificate; null if it has none.
  private_key certified = nullptr;
  /// What people should know of the file; empty: nothing.
  std::string notice = {};
};

/// Reads the text of a private key: OpenSSH's own format, or PEM (PKCS #8,
/// PKCS #1, SEC 1). The text may be hostile: whatever it says, the result is a
/// key that can sign, or what is wrong in words that go on from the name of the
/// key, e.g. `is a public key ...`.
///
/// Containers are taken apart and decrypted here, not by libssh: that reads
/// fewer, dies of some, and has one error for all.
/// @param wanted asked now and then, if decrypting takes long, whether anybody
///        still waits
loaded_key read_private_key(std::string_view text, const secret& passphrase,
                            const std::function<bool()>& wanted);

/// Adds the certificate to the key, see loaded_key::certified.
/// @param text as ssh-keygen writes it to `KEY-cert.pub`
/// @returns what is wrong; empty if nothing is
std::string add_certificate(std::string_view text, loaded_key& to);

} // namespace tieline::ssh
