#include "support/openssh_server.hpp"

#include "support/eventually.hpp"
#include "support/loopback_ports.hpp"
#include "support/process.hpp"

#include <stdexcept>

namespace tieline::test {

namespace {

constexpr auto program = "/usr/sbin/sshd";

/// Returns whether sshd takes a keyword, which an older one does not.
bool knows(const std::string& keyword, const std::string& host_key) {
  return run({program, "-T", "-f", "/dev/null", "-h", host_key, "-o",
              keyword + "=no"})
           .status
         == 0;
}

} // namespace

openssh_server::openssh_server(openssh_options options)
  : options_(std::move(options)),
    accounts_(dir_, options_.accounts) {
  require_program(program, "openssh-server");
  for (auto& type : options_.host_key_types)
    host_keys_.emplace(type, make_key(dir_, "host_" + type, type));
  dir_.write("authorized_keys", "");
  // Somebody else may take the port before sshd does.
  for (int attempt = 0; attempt < 10; ++attempt)
    if (start_on(options_.wrapper.empty() ? free_port(options_.address)
                                          : free_port()))
      return;
  throw std::runtime_error("sshd does not start: " + log());
}

bool openssh_server::start_on(uint16_t port) {
  port_ = port;
  std::map<std::string, std::string> config{
    {"ListenAddress", options_.address},
    {"Port", std::to_string(port)},
    {"AuthorizedKeysFile", dir_ / "authorized_keys"},
    {"AuthorizedKeysCommandUser", login()},
    {"PidFile", "none"},
    {"LogLevel", "VERBOSE"},
    {"UseDNS", "no"},
    {"UsePAM", "no"},
    {"PasswordAuthentication", "yes"},
    {"KbdInteractiveAuthentication", "no"},
    // Our files lie below a folder that everybody may write to.
    {"StrictModes", "no"},
    {"MaxStartups", "10000"},
    {"MaxSessions", "100"},
    // Debian's bash reads ~/.bashrc under sshd unless it believes to be nested.
    {"SetEnv", "SHLVL=5 HOME=" + accounts_.home()},
    {"Subsystem", "sftp internal-sftp"},
  };
  // Newer ones would shut out an address that many logins fail from.
  if (knows("PerSourcePenalties", host_keys_.begin()->second.path))
    config["PerSourcePenalties"] = "no";
  for (auto& [keyword, value] : options_.config)
    config[keyword] = value;
  std::string text;
  for (auto& [type, key] : host_keys_)
    text += "HostKey " + key.path + "\n";
  for (auto& [keyword, value] : config)
    text += keyword + " " + value + "\n";
  auto file = dir_.write("sshd_config", text + options_.config_tail);
  auto log_file = dir_.write("log", "");
  auto command = options_.wrapper;
  auto inner = accounts_.enclose({program, "-D", "-e", "-f", file});
  command.insert(command.end(), inner.begin(), inner.end());
  process_ = child_process{command, log_file};
  eventually([this] {
    return !process_.running()
           || log().find("Server listening on") != std::string::npos;
  });
  return process_.running();
}

const key_files& openssh_server::host_key(std::string_view type) const {
  return host_keys_.find(type)->second;
}

std::string openssh_server::known_hosts() const {
  std::string result;
  for (auto& [type, key] : host_keys_)
    result += known_hosts_line(address(), port_, key);
  return result;
}

void openssh_server::authorize(const key_files& key) {
  auto file = dir_ / "authorized_keys";
  write_file(file, read_file(file) + key.public_key + "\n");
}

void openssh_server::trust_authority(const key_files& key) {
  auto file = dir_ / "authorized_keys";
  write_file(file, read_file(file) + "cert-authority " + key.public_key + "\n");
}

std::vector<pid_t> openssh_server::session_processes() const {
  return descendants_of(process_.pid());
}

std::vector<pid_t>
openssh_server::session_processes(const std::string& program) const {
  std::vector<pid_t> result;
  for (auto pid : session_processes())
    if (program_of(pid) == program)
      result.push_back(pid);
  return result;
}

void openssh_server::signal_sessions(int number) const {
  signal_descendants(process_.pid(), number);
}

void openssh_server::signal_listener(int number) const {
  process_.signal(number);
}

void openssh_server::stop() {
  process_.kill_all();
}

void openssh_server::start_again() {
  if (!start_on(port_))
    throw std::runtime_error("sshd does not start again: " + log());
}

std::string openssh_server::log() const {
  return read_file(dir_ / "log");
}

} // namespace tieline::test
