#include "fuzz.hpp"

#include "tieline/transports/ssh/config/evaluator.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace tieline::ssh::config;
using tieline::fuzz::require;

namespace {

const surroundings& here() {
  static const auto result = [] {
    surroundings x;
    x.user = "me";
    x.home = "/home/me";
    x.machine = "desk.lan";
    x.exec = [](const std::string& command) { return command.size() % 2 == 0; };
    return x;
  }();
  return result;
}

const algorithm_lists& algorithms() {
  static const algorithm_lists result{
    {{"curve25519-sha256"}, {"curve25519-sha256", "ecdh-sha2-nistp256"}},
    {{"ssh-ed25519"}, {"ssh-ed25519", "rsa-sha2-512", "ssh-rsa"}},
    {{"aes256-ctr", "aes128-ctr"}, {"aes256-ctr", "aes128-ctr", "3des-cbc"}},
    {{"hmac-sha2-256"}, {"hmac-sha2-256", "hmac-sha1"}},
    {{"ssh-ed25519"}, {"ssh-ed25519", "rsa-sha2-512"}}};
  return result;
}

size_t lines_of(std::string_view text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
}

void check(const evaluation& what, size_t lines) {
  for (auto must : {keyword::hostname, keyword::user, keyword::port,
                    keyword::strict_host_key_checking, keyword::ciphers})
    require(what.find(must) != nullptr && !what.find(must)->values.empty(),
            "some keywords have a value always");
  auto port = std::stoi(what.find(keyword::port)->value());
  require(port >= 1 && port <= 65535, "a port is a port");
  for (const auto& [name, setting] : what.settings)
    for (const auto& x : setting.places)
      require(x.line >= 1 && x.line <= lines, "values come from lines");
  for (const auto& x : what.find(keyword::ciphers)->values) {
    const auto& all = algorithms().ciphers.available;
    require(std::find(all.begin(), all.end(), x) != all.end(),
            "only what is available");
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  auto lines = lines_of(text);
  auto parsed = std::make_shared<file>();
  parsed->path = "f";
  if (auto wrong = parse(text, *parsed)) {
    require(wrong.where.line >= 1 && wrong.where.line <= lines,
            "an error has its line");
    return 0;
  }
  // As if it were included, too.
  auto again = std::make_shared<file>(*parsed);
  for (auto& x : parsed->statements)
    if (x.what == keyword::include)
      x.included.push_back(again);
  for (const auto* host : {"web1.corp", "10.0.0.7", "B"}) {
    evaluation first;
    evaluation second;
    auto wrong = evaluate({parsed}, {host}, here(), algorithms(), first);
    auto same = evaluate({parsed}, {host}, here(), algorithms(), second);
    require(to_string(wrong) == to_string(same), "the same each time");
    if (wrong)
      require(wrong.where.line <= lines, "an error has its line");
    else
      check(first, lines);
  }
  return 0;
}
