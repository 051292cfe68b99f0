// Only the functions that OpenSSL 3 deprecates can go on from the same state
// again and again, and at a fraction of the cost.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "tieline/transports/ssh/known_hosts.hpp"

#include "tieline/messages/support/base64.hpp"
#include "tieline/transports/ssh/config/patterns.hpp"
#include "tieline/transports/ssh/encoding.hpp"

#include <algorithm>
#include <array>

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

constexpr std::string_view hash_mark = "|1|";

constexpr std::string_view pattern_marks = "*?!";

// Whoever asks for so many names asks for each once.
constexpr size_t max_looked_up = 100'000;

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

bool is_plain_name(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return c > ' ' && c <= '~'
           && std::string_view{"*?!,|#@[]"}.find(c) == std::string_view::npos;
  });
}

std::string known_hosts_line(std::string_view host, uint16_t port,
                             const host_key& key) {
  return known_hosts_name(host, port) + ' ' + key.type + ' '
         + to_base64(key.blob) + '\n';
}

known_hosts::hashed_name::hashed_name(std::string_view salt,
                                      std::string_view hashed, size_t place)
  : hash(hashed),
    key(place) {
  // RFC 2104.
  std::array<unsigned char, SHA_CBLOCK> block{};
  if (salt.size() > block.size())
    SHA1(bytes_of(salt), salt.size(), block.data());
  else
    std::copy(salt.begin(), salt.end(), block.begin());
  auto begin = [&block](SHA_CTX& with, unsigned char pad) {
    auto padded = block;
    for (auto& x : padded)
      x ^= pad;
    SHA1_Init(&with);
    SHA1_Update(&with, padded.data(), padded.size());
  };
  begin(inner, 0x36);
  begin(outer, 0x5c);
}

bool known_hosts::hashed_name::matches(std::string_view name) const {
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  auto state = inner;
  SHA1_Update(&state, name.data(), name.size());
  SHA1_Final(digest.data(), &state);
  state = outer;
  SHA1_Update(&state, digest.data(), digest.size());
  SHA1_Final(digest.data(), &state);
  return hash.size() == digest.size()
         && std::equal(digest.begin(), digest.end(), bytes_of(hash));
}

void known_hosts::append(std::string_view text) {
  while (!text.empty()) {
    ++lines_;
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    auto names = next_word(line);
    if (names.empty() || names.front() == '#')
      continue;
    known_key x;
    if (names.front() == '@') {
      x.revoked = names == "@revoked";
      x.authority = names == "@cert-authority";
      if (!x.revoked && !x.authority)
        continue;
      names = next_word(line);
    }
    auto type = next_word(line);
    x.key = parse_host_key(next_word(line));
    if (type.empty() || x.key.type != type)
      continue;
    x.line = lines_;
    auto place = keys_.size();
    keys_.push_back(std::move(x));
    if (names.substr(0, hash_mark.size()) == hash_mark) {
      // `|1|salt|HMAC-SHA1(salt, name)`, one per line.
      names.remove_prefix(hash_mark.size());
      auto bar = std::min(names.find('|'), names.size());
      auto hash = from_base64(names.substr(std::min(bar + 1, names.size())));
      if (!hash.empty())
        hashed_.emplace_back(from_base64(names.substr(0, bar)), hash, place);
      looked_up_.clear();
    } else if (names.find_first_of(pattern_marks) != std::string_view::npos) {
      patterns_.push_back({lower_case(names), place});
      looked_up_.clear();
    } else {
      while (!names.empty()) {
        auto name = names.substr(0, names.find(','));
        names.remove_prefix(std::min(name.size() + 1, names.size()));
        plain_[lower_case(name)].push_back(place);
      }
    }
  }
}

std::vector<known_key> known_hosts::find(std::string_view host, uint16_t port) {
  return look_up(known_hosts_name(host, port), false);
}

std::vector<known_key> known_hosts::find_authorities(std::string_view host,
                                                     uint16_t port) {
  return look_up(known_hosts_name(host, port), true);
}

std::vector<known_key> known_hosts::look_up(const std::string& name,
                                            bool authority) {
  auto known = looked_up_.find(name);
  if (known == looked_up_.end() && !(hashed_.empty() && patterns_.empty())) {
    if (looked_up_.size() >= max_looked_up)
      looked_up_.clear();
    known = looked_up_.emplace(name, std::vector<size_t>{}).first;
    for (const auto& x : hashed_)
      if (x.matches(name))
        known->second.push_back(x.key);
    for (const auto& x : patterns_)
      if (match_list(x.names, name) == list_verdict::match)
        known->second.push_back(x.key);
  }
  std::vector<size_t> places;
  if (known != looked_up_.end())
    places = known->second;
  if (auto i = plain_.find(name); i != plain_.end())
    places.insert(places.end(), i->second.begin(), i->second.end());
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  std::vector<known_key> result;
  for (auto place : places)
    if (keys_[place].authority == authority)
      result.push_back(keys_[place]);
  return result;
}

host_key_verdict judge(const std::vector<known_key>& known,
                       const host_key& presented) {
  auto result = host_key_verdict::unknown;
  for (const auto& x : known) {
    if (x.authority)
      continue;
    if (x.key.blob == presented.blob) {
      if (x.revoked)
        return host_key_verdict::revoked;
      result = host_key_verdict::good;
    } else if (!x.revoked && !x.bare && result == host_key_verdict::unknown) {
      result = host_key_verdict::changed;
    }
  }
  return result;
}

std::string host_key_algorithms(const std::vector<known_key>& known,
                                std::string_view wanted) {
  auto proves = [&](std::string_view algorithm) {
    return std::any_of(known.begin(), known.end(), [&](const known_key& x) {
      return !x.revoked && !x.authority && x.key.type == key_type_of(algorithm);
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
