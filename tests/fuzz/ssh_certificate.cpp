#include "fuzz.hpp"

#include "tieline/transports/ssh/key_reader.hpp"

#include <string_view>

using namespace tieline;
using tieline::fuzz::require;

namespace {

// Of none of the certificates.
const ssh::private_key& key() {
  static const auto result = [] {
    ssh_key made = nullptr;
    require(ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &made) == SSH_OK,
            "libssh makes a key");
    return ssh::private_key{made, ssh_key_free};
  }();
  return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::prepare();
  ssh::loaded_key mine{key(), {}};
  auto wrong = ssh::add_certificate({reinterpret_cast<const char*>(data), size},
                                    mine);
  require(!wrong.empty() && !mine.certified, "no other key is certified");
  return 0;
}
