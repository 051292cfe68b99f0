#include "tieline/transports/ssh/legacy.hpp"

#include "tieline/transports/ssh/library_algorithms.hpp"

#include <string>
#include <vector>

namespace tieline::ssh {

namespace {

const std::vector<std::string> key_exchange{"diffie-hellman-group14-sha1",
                                            "diffie-hellman-group1-sha1"};
const std::vector<std::string> host_keys{"ssh-rsa"};
const std::vector<std::string> user_keys{"ssh-rsa-cert-v01@openssh.com",
                                         "ssh-rsa"};
const std::vector<std::string> ciphers{"aes256-cbc", "aes192-cbc", "aes128-cbc",
                                       "3des-cbc"};
const std::vector<std::string> macs{"hmac-sha1-etm@openssh.com", "hmac-sha1"};

bool is_listed(std::string_view list, std::string_view name) {
  return ("," + std::string{list} + ",").find("," + std::string{name} + ",")
         != std::string::npos;
}

void add(std::string& list, const config::algorithm_list& of,
         const std::vector<std::string>& old) {
  auto append = [&list](const std::string& name) {
    if (!is_listed(list, name))
      list += (list.empty() ? "" : ",") + name;
  };
  if (list.empty())
    for (const auto& x : of.defaults)
      // libssh takes no group below 2048 bits, and some old devices choose
      // none above.
      if (x.find("group-exchange") == std::string::npos)
        append(x);
  for (const auto& x : old)
    append(x);
}

} // namespace

void allow_legacy(wanted_algorithms& to) {
  const auto& all = library_algorithms();
  add(to.key_exchange, all.key_exchange, key_exchange);
  add(to.host_keys, all.host_keys, host_keys);
  add(to.user_keys, all.user_keys, user_keys);
  add(to.ciphers, all.ciphers, ciphers);
  add(to.macs, all.macs, macs);
}

bool is_legacy(std::string_view algorithm) {
  for (const auto* list :
       {&key_exchange, &host_keys, &user_keys, &ciphers, &macs})
    for (const auto& x : *list)
      if (x == algorithm)
        return true;
  return false;
}

} // namespace tieline::ssh
