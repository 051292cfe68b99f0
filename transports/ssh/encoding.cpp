#include "tieline/transports/ssh/encoding.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace tieline::ssh {

namespace {

unsigned char* bytes_of(std::string& x) {
  return reinterpret_cast<unsigned char*>(x.data());
}

} // namespace

std::string sha256(std::string_view bytes) {
  std::string result(SHA256_DIGEST_LENGTH, '\0');
  SHA256(bytes_of(bytes), bytes.size(), bytes_of(result));
  return result;
}

} // namespace tieline::ssh
