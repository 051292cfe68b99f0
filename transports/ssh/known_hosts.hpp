#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::ssh {

/// A public key as SSH writes it (RFC 4253, 6.6).
struct host_key {
  /// E.g. `ssh-ed25519`.
  std::string type;
  /// The key's bytes, type included.
  std::string blob;
};

/// Returns the key of base64 text; its type is empty if that is none.
host_key parse_host_key(std::string_view base64);

/// Returns e.g. `SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU`.
std::string fingerprint(const host_key& key);

/// Returns how known_hosts names a host: in lower case, with brackets and port
/// unless the port is 22.
std::string known_hosts_name(std::string_view host, uint16_t port);

/// Returns the line that makes the key known, with its line end.
std::string known_hosts_line(std::string_view host, uint16_t port,
                             const host_key& key);

/// A key that a known_hosts file has for a host.
struct known_key {
  host_key key;
  bool revoked = false;
  /// Counted from 1.
  size_t line = 0;
};

/// The lines of a known_hosts file (sshd(8)): plain, negated and wildcard
/// names, hashed names, `[host]:port`, `@revoked`. Lines of certificate
/// authorities and lines that make no sense are left out.
class known_hosts {
public:
  known_hosts() = default;

  explicit known_hosts(std::string_view text) {
    append(text);
  }

  /// Adds further lines.
  void append(std::string_view text);

  /// Returns the keys of a host in the order of their lines.
  std::vector<known_key> find(std::string_view host, uint16_t port) const;

private:
  struct entry {
    std::string names;
    known_key key;
  };

  std::vector<entry> entries_;
  size_t lines_ = 0;
};

/// What known_hosts says about a key that a server presents.
enum class host_key_verdict {
  good,
  /// The host has no keys there.
  unknown,
  /// The host has other keys there.
  changed,
  revoked,
};

/// Judges a presented key by the keys that are known for its host.
host_key_verdict judge(const std::vector<known_key>& known,
                       const host_key& presented);

/// Returns host key algorithms for the key exchange in the order to ask for
/// them, those first that a known key can prove; else the server may choose to
/// present a key that is not known though it has one that is.
/// @param wanted those to choose from, with commas between them; empty:
/// libssh's
std::string host_key_algorithms(const std::vector<known_key>& known,
                                std::string_view wanted = {});

} // namespace tieline::ssh
