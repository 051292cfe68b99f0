#include "fuzz.hpp"

#include "tieline/transports/ssh/known_hosts.hpp"

#include <string>
#include <string_view>

using namespace tieline::ssh;
using tieline::fuzz::require;

// A file that others have written; the name is its first line.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  std::string name{text.substr(0, text.find('\n'))};
  known_hosts file{text};
  for (const auto& x : file.find(name, 22))
    require(!x.authority && !x.key.type.empty(), "a key of the host");
  for (const auto& x : file.find_authorities(name, 2222))
    require(x.authority, "a key of an authority");
  host_key key = parse_host_key(
    "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  require(key.type == "ssh-ed25519", "the key can be read");
  if (!is_plain_name(name))
    return 0;
  // What is written is one line for one name and one port.
  auto line = known_hosts_line(name, 22, key);
  require(line.find('\n') == line.size() - 1, "it is one line");
  known_hosts own{line};
  require(own.find(name, 22).size() == 1, "what is written is found");
  require(own.find(name, 2222).empty(), "not for other ports");
  require(own.find("other." + name, 22).empty(), "not for other names");
  return 0;
}
