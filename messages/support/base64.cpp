#include "tieline/messages/support/base64.hpp"

#include <openssl/evp.h>

namespace tieline {

namespace {

const unsigned char* bytes_of(std::string_view x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

unsigned char* bytes_of(std::string& x) {
  return reinterpret_cast<unsigned char*>(x.data());
}

} // namespace

std::string from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0)
    return {};
  std::string result(text.size() / 4 * 3, '\0');
  auto n = EVP_DecodeBlock(bytes_of(result), bytes_of(text),
                           static_cast<int>(text.size()));
  if (n < 0)
    return {};
  // EVP_DecodeBlock counts the padding as bytes.
  auto size = static_cast<size_t>(n);
  for (auto i = text.size(); i > text.size() - 2 && text[i - 1] == '='; --i)
    --size;
  result.resize(size);
  return result;
}

std::string to_base64(std::string_view bytes) {
  // One more for the terminator that EVP_EncodeBlock writes.
  std::string result((bytes.size() + 2) / 3 * 4 + 1, '\0');
  auto n = EVP_EncodeBlock(bytes_of(result), bytes_of(bytes),
                           static_cast<int>(bytes.size()));
  result.resize(static_cast<size_t>(n));
  return result;
}

} // namespace tieline
