#include "host_key.hpp"

#include <cstring>
#include <new>
#include <sstream>
#include <stdexcept>

namespace tieline::lab {

ssh_ptr<ssh_key> parse_public_key(const std::string& line) {
  std::istringstream words{line};
  std::string type, base64;
  words >> type >> base64;
  ssh_key raw = nullptr;
  if (ssh_pki_import_pubkey_base64(base64.c_str(),
                                   ssh_key_type_from_name(type.c_str()), &raw)
      != SSH_OK)
    throw std::invalid_argument("not a public key: '" + line + "'");
  return ssh_ptr<ssh_key>{raw};
}

host_key host_key::generate() {
  ssh_key raw = nullptr;
  if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &raw) != SSH_OK)
    throw std::runtime_error("libssh could not generate an ed25519 key");
  return host_key{ssh_ptr<ssh_key>{raw}};
}

host_key host_key::parse(const std::string& text) {
  ssh_key raw = nullptr;
  if (ssh_pki_import_privkey_base64(text.c_str(), nullptr, nullptr, nullptr,
                                    &raw)
      != SSH_OK)
    throw std::invalid_argument("not a private key without passphrase");
  return host_key{ssh_ptr<ssh_key>{raw}};
}

host_key::host_key(ssh_ptr<ssh_key> key) : bind_(ssh_bind_new()) {
  if (!bind_)
    throw std::bad_alloc{};
  // ECDSA keys have the curve in their type's name.
  auto ecdsa = ssh_pki_key_ecdsa_name(key.get());
  auto is_ecdsa = std::strncmp(ecdsa, "ecdsa-", 6) == 0;
  type_ = is_ecdsa ? ecdsa : ssh_key_type_to_char(ssh_key_type(key.get()));
  char* text = nullptr;
  if (ssh_pki_export_pubkey_base64(key.get(), &text) != SSH_OK)
    throw std::invalid_argument("not a usable host key");
  base64_ = ssh_ptr<char*>{text}.get();
  unsigned char* hash = nullptr;
  size_t size = 0;
  if (ssh_get_publickey_hash(key.get(), SSH_PUBLICKEY_HASH_SHA256, &hash, &size)
      != SSH_OK)
    throw std::bad_alloc{};
  text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size);
  ssh_clean_pubkey_hash(&hash);
  fingerprint_ = ssh_ptr<char*>{text}.get();
  // Else the first accept reads the machine's own sshd settings.
  bool process_config = false;
  ssh_bind_options_set(bind_.get(), SSH_BIND_OPTIONS_PROCESS_CONFIG,
                       &process_config);
  ssh_bind_options_set(bind_.get(), SSH_BIND_OPTIONS_BANNER, "lab");
  if (ssh_bind_options_set(bind_.get(), SSH_BIND_OPTIONS_IMPORT_KEY, key.get())
      != SSH_OK)
    throw std::invalid_argument(ssh_get_error(bind_.get()));
  static_cast<void>(key.release()); // the bind owns it now
}

std::string host_key::line_for(const std::string& address,
                               std::uint16_t port) const {
  auto host = port == 22 ? address
                         : "[" + address + "]:" + std::to_string(port);
  return host + ' ' + type_ + ' ' + base64_;
}

} // namespace tieline::lab
