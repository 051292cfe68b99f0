#include "tieline/messages/support/keyed_mark.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace tieline {

namespace {

using key_type = std::array<unsigned char, 32>;

key_type make_key() {
  key_type result{};
  // So little comes whole or, on a kernel without the call, not at all.
  while (getrandom(result.data(), result.size(), 0)
         != static_cast<ssize_t>(result.size()))
    if (errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "getrandom");
  return result;
}

} // namespace

std::string keyed_mark::hex() const {
  std::string result;
  for (auto x : bytes)
    for (auto digit : {x / 16, x % 16})
      result += "0123456789abcdef"[digit];
  return result;
}

uint64_t keyed_mark::number() const {
  uint64_t result = 0;
  std::memcpy(&result, bytes.data(), sizeof(result));
  return result == 0 ? 1 : result;
}

keyed_mark make_keyed_mark(const std::vector<std::string_view>& parts) {
  static const auto key = make_key();
  size_t size = 0;
  for (auto x : parts)
    size += sizeof(uint64_t) + x.size();
  // Filled in place: growing would leave copies of the secrets behind.
  std::string all(size, '\0');
  auto* to = all.data();
  for (auto x : parts) {
    // So that "ab", "c" is not "a", "bc".
    uint64_t length = x.size();
    std::memcpy(to, &length, sizeof(length));
    to += sizeof(length);
    if (!x.empty())
      std::memcpy(to, x.data(), x.size());
    to += x.size();
  }
  keyed_mark result;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(all.data()), all.size(),
       result.bytes.data(), nullptr);
  explicit_bzero(all.data(), all.size());
  return result;
}

} // namespace tieline
