#pragma once

#include "tieline/messages/secret.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tieline {

/// The most that decrypting a private key may cost; each takes some 10 s. What
/// its header asks for is the owner's free choice, up to centuries.
inline constexpr uint64_t max_bcrypt_rounds = 1024;
inline constexpr uint64_t max_pbkdf2_rounds = 10'000'000;
/// N times r times p of scrypt (RFC 7914).
inline constexpr uint64_t max_scrypt_cost = uint64_t{1} << 26;

/// Reads from the header of a private key, OpenSSH's or PEM, what decrypting it
/// costs. Returns what is wrong if that is too much; empty if it is not, or if
/// this is no key whose header can be read.
std::string check_key_cost(std::string_view text);

} // namespace tieline
