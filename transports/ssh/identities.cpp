#include "tieline/transports/ssh/identities.hpp"

#include "tieline/messages/support/base64.hpp"
#include "tieline/messages/support/file.hpp"

#include <sstream>

namespace tieline::ssh {

namespace {

constexpr size_t max_public_key = 64 << 10;

} // namespace

std::set<std::string> public_halves(const std::vector<identity>& of) {
  std::set<std::string> result;
  for (const auto& x : of)
    for (const auto* end : {"", ".pub", "-cert.pub"}) {
      std::string text;
      if (!read_file(x.path + end, max_public_key, text).empty())
        continue;
      std::istringstream words{text};
      std::string type;
      std::string key;
      // Of a private key these are words of its first line, and no base64.
      if (words >> type >> key)
        if (auto blob = from_base64(key); !blob.empty())
          result.insert(std::move(blob));
    }
  return result;
}

} // namespace tieline::ssh
