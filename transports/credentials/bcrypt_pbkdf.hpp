#pragma once

#include "tieline/messages/secret.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace tieline {

/// Derives a key from a passphrase as OpenSSH's private keys want it
/// (bcrypt_pbkdf of OpenBSD); no library of Debian has it.
/// @param rounds each takes some ms
/// @param size of the key in bytes, 1 to 1024
/// @param wanted asked before each round; once it says no, there is no key
/// @returns the key; empty if it is not wanted any more, or if one of the
///          others is empty or zero
secret bcrypt_pbkdf(std::string_view passphrase, std::string_view salt,
                    uint32_t rounds, size_t size,
                    const std::function<bool()>& wanted);

} // namespace tieline
