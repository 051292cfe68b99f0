#pragma once

#include <openssl/sha.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
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

/// Returns whether known_hosts can have the name as it is: no pattern, no list,
/// no mark, and no brackets that would make it that of another port.
bool is_plain_name(std::string_view host);

/// Returns the line that makes the key known, with its line end. The name has
/// to be plain.
std::string known_hosts_line(std::string_view host, uint16_t port,
                             const host_key& key);

/// A key that a known_hosts file has for a host.
struct known_key {
  host_key key;
  bool revoked = false;
  /// Counted from 1.
  size_t line = 0;
  /// It is not the host's, but an authority's that signs keys of hosts.
  bool authority = false;
  /// It is known for the host at the standard port, and none is for the port
  /// that was asked for.
  bool bare = false;
  std::string file = {};
};

/// The lines of a known_hosts file (sshd(8)): plain, negated and wildcard
/// names, hashed names, `[host]:port`, `@revoked`, `@cert-authority`. Lines
/// that make no sense are left out. A name that was looked up before is found
/// at once, however many lines there are.
class known_hosts {
public:
  known_hosts() = default;

  explicit known_hosts(std::string_view text) {
    append(text);
  }

  /// Adds further lines.
  void append(std::string_view text);

  /// Returns the keys of a host in the order of their lines.
  std::vector<known_key> find(std::string_view host, uint16_t port);

  /// Returns the keys of authorities for a host in the order of their lines.
  std::vector<known_key> find_authorities(std::string_view host, uint16_t port);

private:
  struct pattern {
    std::string names;
    size_t key;
  };

  struct hashed_name {
    hashed_name(std::string_view salt, std::string_view hashed, size_t place);

    bool matches(std::string_view name) const;

    // HMAC-SHA1 as far as the salt alone takes it.
    SHA_CTX inner;
    SHA_CTX outer;
    std::string hash;
    size_t key;
  };

  std::vector<known_key> look_up(const std::string& name, bool authority);

  std::vector<known_key> keys_;
  // Places in keys_.
  std::unordered_map<std::string, std::vector<size_t>> plain_;
  std::vector<pattern> patterns_;
  std::vector<hashed_name> hashed_;
  // What hashed names and patterns were found to have: it takes a look at each.
  std::unordered_map<std::string, std::vector<size_t>> looked_up_;
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
