#include "tieline/transports/ssh/config/algorithms.hpp"

#include "tieline/transports/ssh/config/patterns.hpp"

#include <algorithm>
#include <iterator>

namespace tieline::ssh::config {

namespace {

// What OpenSSH 9.2 and 10.0 know, without regard to how they were built.

constexpr std::string_view key_exchanges[] = {
  "diffie-hellman-group1-sha1",
  "diffie-hellman-group14-sha1",
  "diffie-hellman-group14-sha256",
  "diffie-hellman-group16-sha512",
  "diffie-hellman-group18-sha512",
  "diffie-hellman-group-exchange-sha1",
  "diffie-hellman-group-exchange-sha256",
  "ecdh-sha2-nistp256",
  "ecdh-sha2-nistp384",
  "ecdh-sha2-nistp521",
  "curve25519-sha256",
  "curve25519-sha256@libssh.org",
  "sntrup761x25519-sha512",
  "sntrup761x25519-sha512@openssh.com",
  "mlkem768x25519-sha256",
};

constexpr std::string_view signatures[] = {
  "ssh-ed25519",
  "ssh-ed25519-cert-v01@openssh.com",
  "sk-ssh-ed25519@openssh.com",
  "sk-ssh-ed25519-cert-v01@openssh.com",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp256-cert-v01@openssh.com",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp384-cert-v01@openssh.com",
  "ecdsa-sha2-nistp521",
  "ecdsa-sha2-nistp521-cert-v01@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
  "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
  "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
  "ssh-dss",
  "ssh-dss-cert-v01@openssh.com",
  "ssh-rsa",
  "ssh-rsa-cert-v01@openssh.com",
  "rsa-sha2-256",
  "rsa-sha2-256-cert-v01@openssh.com",
  "rsa-sha2-512",
  "rsa-sha2-512-cert-v01@openssh.com",
};

constexpr std::string_view ciphers[] = {
  "3des-cbc",
  "aes128-cbc",
  "aes192-cbc",
  "aes256-cbc",
  "aes128-ctr",
  "aes192-ctr",
  "aes256-ctr",
  "aes128-gcm@openssh.com",
  "aes256-gcm@openssh.com",
  "chacha20-poly1305@openssh.com",
};

constexpr std::string_view macs[] = {
  "hmac-sha1",
  "hmac-sha1-96",
  "hmac-sha2-256",
  "hmac-sha2-512",
  "hmac-md5",
  "hmac-md5-96",
  "umac-64@openssh.com",
  "umac-128@openssh.com",
  "hmac-sha1-etm@openssh.com",
  "hmac-sha1-96-etm@openssh.com",
  "hmac-sha2-256-etm@openssh.com",
  "hmac-sha2-512-etm@openssh.com",
  "hmac-md5-etm@openssh.com",
  "hmac-md5-96-etm@openssh.com",
  "umac-64-etm@openssh.com",
  "umac-128-etm@openssh.com",
};

struct name_range {
  const std::string_view* first;
  const std::string_view* last;

  template <size_t N>
  name_range(const std::string_view (&names)[N])
    : first(names),
      last(names + N) {
    // nop
  }

  const std::string_view* begin() const {
    return first;
  }

  const std::string_view* end() const {
    return last;
  }
};

name_range names_of(algorithm_kind kind) {
  switch (kind) {
    case algorithm_kind::signature:
      return signatures;
    case algorithm_kind::cipher:
      return ciphers;
    case algorithm_kind::mac:
      return macs;
    case algorithm_kind::key_exchange:
      break;
  }
  return key_exchanges;
}

bool is_known(algorithm_kind kind, std::string_view name) {
  auto names = names_of(kind);
  auto patterns = kind == algorithm_kind::signature;
  return std::any_of(names.begin(), names.end(), [&](auto x) {
    return x == name || (patterns && matches_pattern(name, x));
  });
}

std::string_view next_name(std::string_view& list) {
  auto result = list.substr(0, list.find(','));
  list.remove_prefix(std::min(result.size() + 1, list.size()));
  return result;
}

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void add(std::vector<std::string>& to, std::string_view name) {
  if (!has(to, name))
    to.emplace_back(name);
}

char sign_of(std::string_view value) {
  auto first = value.empty() ? '\0' : value.front();
  return first == '+' || first == '-' || first == '^' ? first : '\0';
}

} // namespace

std::vector<std::string> known_algorithms(algorithm_kind kind) {
  auto names = names_of(kind);
  return {names.begin(), names.end()};
}

bool is_algorithm_list(algorithm_kind kind, std::string_view value) {
  auto sign = sign_of(value);
  if (sign == '-')
    return true;
  if (sign != '\0')
    value.remove_prefix(1);
  if (value.empty())
    return false;
  while (!value.empty())
    if (auto name = next_name(value); !name.empty() && !is_known(kind, name))
      return false;
  return true;
}

std::vector<std::string> assemble(std::string_view value,
                                  const algorithm_list& of) {
  auto sign = sign_of(value);
  auto names = value.substr(sign == '\0' ? 0 : 1);
  std::vector<std::string> result;
  if (sign == '-') {
    std::copy_if(of.defaults.begin(), of.defaults.end(),
                 std::back_inserter(result), [names](const auto& x) {
                   return match_list(names, x) != list_verdict::match;
                 });
    return result;
  }
  if (sign == '+')
    result = of.defaults;
  while (!names.empty()) {
    auto name = next_name(names);
    for (const auto& x : of.available)
      if (matches_pattern(name, x))
        add(result, x);
  }
  if (sign == '^')
    for (const auto& x : of.defaults)
      add(result, x);
  return result;
}

std::vector<std::string> missing_in(std::string_view value,
                                    const algorithm_list& of) {
  std::vector<std::string> result;
  auto sign = sign_of(value);
  if (sign == '-')
    return result;
  if (sign != '\0')
    value.remove_prefix(1);
  while (!value.empty()) {
    auto name = next_name(value);
    if (!name.empty() && name.find_first_of("*?") == std::string_view::npos
        && !has(of.available, name))
      result.emplace_back(name);
  }
  return result;
}

} // namespace tieline::ssh::config
