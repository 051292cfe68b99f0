#pragma once

#include <libssh/libssh.h>
#include <libssh/server.h>

#include <cstdint>
#include <memory>
#include <string>

namespace tieline::lab {

struct free_libssh {
  void operator()(ssh_key x) const noexcept {
    ssh_key_free(x);
  }
  void operator()(ssh_bind x) const noexcept {
    ssh_bind_free(x);
  }
  void operator()(ssh_message x) const noexcept {
    ssh_message_free(x);
  }
  void operator()(char* x) const noexcept {
    ssh_string_free_char(x);
  }
};

template <class T>
using ssh_ptr = std::unique_ptr<std::remove_pointer_t<T>, free_libssh>;

/// Reads one line of an authorized_keys file.
/// @throws std::invalid_argument it is none
ssh_ptr<ssh_key> parse_public_key(const std::string& line);

/// A private host key and what one may know of it.
class host_key {
public:
  /// Makes a new ed25519 key.
  static host_key generate();

  /// Reads a private key in OpenSSH or PEM format, without passphrase.
  /// @throws std::invalid_argument it is none
  static host_key parse(const std::string& text);

  const std::string& type() const noexcept {
    return type_;
  }
  const std::string& base64() const noexcept {
    return base64_;
  }
  const std::string& fingerprint() const noexcept {
    return fingerprint_;
  }

  /// Returns the known_hosts line for a server at this endpoint.
  std::string line_for(const std::string& address, std::uint16_t port) const;

  /// Gives sessions this key: pass it to `ssh_bind_accept_fd`.
  ssh_bind bind() const noexcept {
    return bind_.get();
  }

private:
  explicit host_key(ssh_ptr<ssh_key> key);

  std::string type_;
  std::string base64_;
  std::string fingerprint_;
  ssh_ptr<ssh_bind> bind_;
};

} // namespace tieline::lab
