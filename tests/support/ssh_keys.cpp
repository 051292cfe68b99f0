#include "support/ssh_keys.hpp"

#include "support/process.hpp"

#include <sstream>

namespace tieline::test {

key_files make_key(const temp_dir& dir, std::string_view name,
                   std::string_view type, std::string_view passphrase) {
  require_program("/usr/bin/ssh-keygen", "openssh-client");
  key_files result;
  result.path = dir / name;
  run_checked({"ssh-keygen", "-q", "-t", std::string{type}, "-N",
               std::string{passphrase}, "-C", "tieline test", "-f",
               result.path});
  auto pub = result.path + ".pub";
  std::string algorithm;
  std::string base64;
  std::istringstream{read_file(pub)} >> algorithm >> base64;
  result.public_key = algorithm + " " + base64;
  std::string bits;
  std::istringstream{run_checked({"ssh-keygen", "-l", "-f", pub})} >> bits
    >> result.fingerprint;
  return result;
}

std::string known_hosts_line(std::string_view address, uint16_t port,
                             const key_files& key) {
  std::string host{address};
  if (port != 22)
    host = "[" + host + "]:" + std::to_string(port);
  return host + " " + key.public_key + "\n";
}

void hash_known_hosts(const std::string& path) {
  run_checked({"ssh-keygen", "-q", "-H", "-f", path});
}

} // namespace tieline::test
