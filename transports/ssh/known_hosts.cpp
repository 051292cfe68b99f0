#include "tieline/transports/ssh/known_hosts.hpp"

#include "tieline/messages/support/base64.hpp"
#include "tieline/transports/ssh/config/patterns.hpp"
#include "tieline/transports/ssh/encoding.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace tieline::ssh {

namespace {

constexpr std::string_view blanks = " \t\r";

// Takes the next word off `line`.
std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  auto word = line.substr(0, line.find_first_of(blanks));
  line.remove_prefix(word.size());
  return word;
}

// Hashed names are `|1|salt|HMAC-SHA1(salt, name)`, one per line.
bool matches_hash(std::string_view hashed, std::string_view name) {
  hashed.remove_prefix(3);
  auto bar = hashed.find('|');
  if (bar == std::string_view::npos)
    return false;
  auto salt = from_base64(hashed.substr(0, bar));
  auto hash = from_base64(hashed.substr(bar + 1));
  return !hash.empty() && hmac_sha1(salt, name) == hash;
}

bool matches(std::string_view names, std::string_view name) {
  if (names.substr(0, 3) == "|1|")
    return matches_hash(names, name);
  return match_list(names, name) == list_verdict::match;
}

// The key type that an algorithm's signatures are made with.
std::string_view key_type_of(std::string_view algorithm) {
  if (algorithm == "rsa-sha2-512" || algorithm == "rsa-sha2-256")
    return "ssh-rsa";
  return algorithm;
}

// libssh's default order.
constexpr std::array<std::string_view, 8> algorithms{{
  "ssh-ed25519",
  "ecdsa-sha2-nistp521",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp256",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
  "rsa-sha2-512",
  "rsa-sha2-256",
}};

} // namespace

host_key parse_host_key(std::string_view base64) {
  host_key result;
  auto blob = from_base64(base64);
  if (blob.size() < 4)
    return result;
  size_t length = 0;
  for (size_t i = 0; i < 4; ++i)
    length = length << 8 | static_cast<unsigned char>(blob[i]);
  if (length == 0 || length > blob.size() - 4)
    return result;
  result.type = blob.substr(4, length);
  result.blob = std::move(blob);
  return result;
}

std::string fingerprint(const host_key& key) {
  auto text = to_base64(sha256(key.blob));
  text.resize(std::min(text.size(), text.find('=')));
  return "SHA256:" + text;
}

std::string known_hosts_name(std::string_view host, uint16_t port) {
  if (port == 22)
    return lower_case(host);
  return '[' + lower_case(host) + "]:" + std::to_string(port);
}

std::string known_hosts_line(std::string_view host, uint16_t port,
                             const host_key& key) {
  return known_hosts_name(host, port) + ' ' + key.type + ' '
         + to_base64(key.blob) + '\n';
}

void known_hosts::append(std::string_view text) {
  while (!text.empty()) {
    ++lines_;
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    auto names = next_word(line);
    if (names.empty() || names.front() == '#')
      continue;
    entry x;
    if (names.front() == '@') {
      if (names != "@revoked")
        continue;
      x.key.revoked = true;
      names = next_word(line);
    }
    auto type = next_word(line);
    x.key.key = parse_host_key(next_word(line));
    if (type.empty() || x.key.key.type != type)
      continue;
    x.names = names.substr(0, 3) == "|1|" ? std::string{names}
                                          : lower_case(names);
    x.key.line = lines_;
    entries_.push_back(std::move(x));
  }
}

std::vector<known_key> known_hosts::find(std::string_view host,
                                         uint16_t port) const {
  auto name = known_hosts_name(host, port);
  std::vector<known_key> result;
  for (const auto& x : entries_)
    if (matches(x.names, name))
      result.push_back(x.key);
  return result;
}

host_key_verdict judge(const std::vector<known_key>& known,
                       const host_key& presented) {
  auto result = host_key_verdict::unknown;
  for (const auto& x : known) {
    if (x.key.blob == presented.blob) {
      if (x.revoked)
        return host_key_verdict::revoked;
      result = host_key_verdict::good;
    } else if (!x.revoked && result == host_key_verdict::unknown) {
      result = host_key_verdict::changed;
    }
  }
  return result;
}

std::string host_key_algorithms(const std::vector<known_key>& known,
                                std::string_view wanted) {
  auto proves = [&](std::string_view algorithm) {
    return std::any_of(known.begin(), known.end(), [&](const known_key& x) {
      return !x.revoked && x.key.type == key_type_of(algorithm);
    });
  };
  std::vector<std::string_view> order{algorithms.begin(), algorithms.end()};
  if (!wanted.empty())
    order.clear();
  while (!wanted.empty()) {
    order.push_back(wanted.substr(0, wanted.find(',')));
    wanted.remove_prefix(std::min(order.back().size() + 1, wanted.size()));
  }
  std::stable_partition(order.begin(), order.end(), proves);
  std::string result;
  for (auto algorithm : order) {
    if (!result.empty())
      result += ',';
    result += algorithm;
  }
  return result;
}

} // namespace tieline::ssh
