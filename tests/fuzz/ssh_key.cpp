#include "fuzz.hpp"

#include "tieline/transports/ssh/key_reader.hpp"

#include <string>
#include <string_view>

using namespace tieline;
using tieline::fuzz::require;

// libssh forgets a string of some keys whose numbers are damaged.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libssh";
}

// A private key: whatever the text says, it is a key or an error, and soon.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::prepare();
  std::string_view text{reinterpret_cast<const char*>(data), size};
  // Deriving a key from a passphrase takes some ms.
  secret passphrase{size % 64 == 0 ? "secret" : ""};
  auto rounds = 0;
  auto found = ssh::read_private_key(text, passphrase,
                                     [&rounds] { return ++rounds < 4; });
  require(bool{found.key} == found.error.empty(), "a key or an error");
  if (found.key)
    require(!ssh::add_certificate(text, found).empty(), "no key certifies one");
  return 0;
}
