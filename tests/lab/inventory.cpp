#include "tieline/lab/inventory.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

namespace tieline::lab {

namespace fs = std::filesystem;

namespace {

/// Returns the text as a YAML double-quoted scalar.
std::string in_quotes(const std::string& text) {
  std::string result = "\"";
  for (unsigned char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += static_cast<char>(c);
    } else if (c < 0x20) {
      constexpr auto digits = "0123456789abcdef";
      result += "\\x";
      result += digits[c / 16];
      result += digits[c % 16];
    } else {
      result += static_cast<char>(c);
    }
  }
  return result += '"';
}

void write(const fs::path& path, const std::string& text) {
  // Made unreadable for others before there is anything to read.
  std::ofstream file{path};
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  if (!(file << text) || !file.flush())
    throw std::system_error(errno, std::generic_category(),
                            "lab: cannot write " + path.string());
}

} // namespace

void write_inventory(const server& devices, const fs::path& folder) {
  fs::create_directories(folder);
  auto& user = devices.settings().user;
  auto keys_path = fs::absolute(folder / "known_hosts").lexically_normal();
  std::ostringstream hosts, groups, defaults, keys;
  hosts << "---\n";
  for (std::size_t i = 0; i < devices.size(); ++i) {
    auto d = devices.at(i);
    hosts << d.name() << ":\n"
          << "  hostname: " << d.address() << "\n"
          << "  port: " << d.port() << "\n"
          << "  groups:\n    - lab\n";
    if (devices.settings().restconf.enabled)
      hosts << "  connection_options:\n"
            << "    http:\n"
            << "      port: " << d.restconf_port() << "\n"
            << "      extras:\n"
            << "        scheme: http\n";
    keys << d.host_key_line() << "\n";
  }
  groups << "---\n"
         << "lab:\n"
         << "  platform: "
         << (devices.settings().platform.empty() ? "tieline_lab"
                                                 : devices.settings().platform)
         << "\n"
         << "  connection_options:\n";
  for (const auto* plugin : {"cli", "netconf", "ssh"})
    groups << "    " << plugin << ":\n"
           << "      extras:\n"
           << "        host_key_policy: strict\n"
           << "        known_hosts: " << in_quotes(keys_path.string()) << "\n";
  defaults << "---\n"
           << "username: " << in_quotes(user.empty() ? "lab" : user) << "\n"
           << "password: " << in_quotes(devices.settings().password) << "\n";
  write(folder / "hosts.yaml", hosts.str());
  write(folder / "groups.yaml", groups.str());
  write(folder / "defaults.yaml", defaults.str());
  write(folder / "known_hosts", keys.str());
}

} // namespace tieline::lab
