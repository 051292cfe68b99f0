#include "tieline/transports/credentials/bcrypt_pbkdf.hpp"

#include "tieline/messages/support/wipe.hpp"
#include "tieline/transports/credentials/blowfish.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <tuple>

namespace tieline {

namespace {

using digest = std::array<unsigned char, SHA512_DIGEST_LENGTH>;
using block = std::array<unsigned char, 32>;

constexpr size_t max_size = std::tuple_size_v<block> * std::tuple_size_v<block>;

/// Gives the words of a text that begins anew at its end.
class word_stream {
public:
  explicit word_stream(const digest& from) : from_(from) {
    // nop
  }

  uint32_t next() {
    uint32_t result = 0;
    for (int i = 0; i < 4; ++i) {
      result = result << 8 | from_[at_];
      at_ = (at_ + 1) % from_.size();
    }
    return result;
  }

private:
  const digest& from_;
  size_t at_ = 0;
};

void encipher(const blowfish& with, uint32_t& left, uint32_t& right) {
  for (int i = 0; i < 16; i += 2) {
    left ^= with.p[i];
    right ^= ((with.s[0][left >> 24] + with.s[1][left >> 16 & 0xff])
              ^ with.s[2][left >> 8 & 0xff])
             + with.s[3][left & 0xff];
    right ^= with.p[i + 1];
    left ^= ((with.s[0][right >> 24] + with.s[1][right >> 16 & 0xff])
             ^ with.s[2][right >> 8 & 0xff])
            + with.s[3][right & 0xff];
  }
  left ^= with.p[16];
  right ^= with.p[17];
  std::swap(left, right);
}

/// Stirs the key into the state, and the salt if there is one.
void expand(blowfish& state, const digest& key, const digest* salt) {
  word_stream key_words{key};
  for (auto& x : state.p)
    x ^= key_words.next();
  word_stream salt_words{salt != nullptr ? *salt : key};
  uint32_t left = 0;
  uint32_t right = 0;
  auto fill = [&](uint32_t* first, size_t size) {
    for (size_t i = 0; i < size; i += 2) {
      if (salt != nullptr) {
        left ^= salt_words.next();
        right ^= salt_words.next();
      }
      encipher(state, left, right);
      first[i] = left;
      first[i + 1] = right;
    }
  };
  fill(state.p, 18);
  for (auto& box : state.s)
    fill(box, 256);
}

block bcrypt_hash(const digest& passphrase, const digest& salt) {
  auto state = blowfish::initial;
  expand(state, passphrase, &salt);
  for (int i = 0; i < 64; ++i) {
    expand(state, salt, nullptr);
    expand(state, passphrase, nullptr);
  }
  constexpr char text[] = "OxychromaticBlowfishSwatDynamite";
  block result{};
  for (size_t i = 0; i < result.size(); i += 8) {
    uint32_t half[2] = {0, 0};
    for (size_t k = 0; k < 8; ++k)
      half[k / 4] = half[k / 4] << 8 | static_cast<unsigned char>(text[i + k]);
    for (int k = 0; k < 64; ++k)
      encipher(state, half[0], half[1]);
    for (size_t k = 0; k < 8; ++k)
      result[i + k]
        = static_cast<unsigned char>(half[k / 4] >> 8 * (k % 4) & 0xff);
  }
  explicit_bzero(&state, sizeof(state));
  return result;
}

digest sha512(std::string_view text) {
  digest result;
  SHA512(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         result.data());
  return result;
}

digest sha512(const block& x) {
  return sha512({reinterpret_cast<const char*>(x.data()), x.size()});
}

} // namespace

secret bcrypt_pbkdf(std::string_view passphrase, std::string_view salt,
                    uint32_t rounds, size_t size,
                    const std::function<bool()>& wanted) {
  if (passphrase.empty() || salt.empty() || rounds == 0 || size == 0
      || size > max_size)
    return {};
  auto key = sha512(passphrase);
  std::string result(size, '\0');
  auto blocks = (size + sizeof(block) - 1) / sizeof(block);
  auto complete = true;
  for (size_t count = 0; complete && count < blocks; ++count) {
    std::string numbered{salt};
    for (auto shift : {24, 16, 8, 0})
      numbered += static_cast<char>((count + 1) >> shift & 0xff);
    auto last = bcrypt_hash(key, sha512(numbered));
    auto sum = last;
    for (uint32_t i = 1; complete && i < rounds; ++i) {
      complete = wanted();
      last = bcrypt_hash(key, sha512(last));
      for (size_t k = 0; k < sum.size(); ++k)
        sum[k] ^= last[k];
    }
    // Unlike PBKDF2, each block is spread over the whole key.
    for (size_t k = 0; k * blocks + count < size; ++k)
      result[k * blocks + count] = static_cast<char>(sum[k]);
    explicit_bzero(last.data(), last.size());
    explicit_bzero(sum.data(), sum.size());
  }
  explicit_bzero(key.data(), key.size());
  secret made{complete ? std::string_view{result} : std::string_view{}};
  wipe(result);
  return made;
}

} // namespace tieline
