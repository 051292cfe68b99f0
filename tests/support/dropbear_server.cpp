#include "support/dropbear_server.hpp"

#include "support/eventually.hpp"
#include "support/loopback_ports.hpp"

#include <filesystem>
#include <sstream>
#include <stdexcept>

namespace tieline::test {

namespace {

constexpr auto program = "/usr/sbin/dropbear";

// The line of dropbearkey's output that looks like a .pub file.
std::string public_part(const std::string& output) {
  std::istringstream lines{output};
  for (std::string line; std::getline(lines, line);)
    if (line.rfind("ssh-", 0) == 0)
      return line.substr(0, line.find(' ', line.find(' ') + 1));
  throw std::runtime_error("dropbearkey printed no key: " + output);
}

} // namespace

dropbear_server::dropbear_server(const std::vector<std::string>& more_arguments)
  : accounts_(dir_) {
  require_program(program, "dropbear-bin");
  host_key_ = public_part(
    run_checked({"dropbearkey", "-t", "ed25519", "-f", dir_ / "host_ed25519"}));
  accounts_.password(); // it reads keys below the home of an account of ours
  for (int attempt = 0; attempt < 10; ++attempt)
    if (start_on(free_port(address_), more_arguments))
      return;
  throw std::runtime_error("dropbear does not start: " + log());
}

bool dropbear_server::start_on(uint16_t port,
                               const std::vector<std::string>& more_arguments) {
  port_ = port;
  std::vector<std::string> command{program,
                                   "-F",
                                   "-E",
                                   "-r",
                                   dir_ / "host_ed25519",
                                   "-P",
                                   dir_ / "pid",
                                   "-p",
                                   address_ + ":" + std::to_string(port)};
  command.insert(command.end(), more_arguments.begin(), more_arguments.end());
  auto log_file = dir_.write("log", "");
  process_ = child_process{accounts_.enclose(command), log_file};
  // What it says when it listens and does not leave the foreground.
  eventually([this] {
    return !process_.running()
           || log().find("Not backgrounding") != std::string::npos;
  });
  return process_.running();
}

std::string dropbear_server::known_hosts() const {
  return known_hosts_line(address_, port_, {"", host_key_, ""});
}

void dropbear_server::authorize(const key_files& key) {
  auto folder = accounts_.home() + "/.ssh";
  auto file = folder + "/authorized_keys";
  if (std::filesystem::create_directory(folder))
    write_file(file, "");
  write_file(file, read_file(file) + key.public_key + "\n");
  // It ignores what others than the account could write.
  run_checked({"chmod", "755", folder});
  run_checked({"chown", "-R", "--reference", accounts_.home(), folder});
}

std::vector<pid_t> dropbear_server::session_processes() const {
  return descendants_of(process_.pid());
}

void dropbear_server::signal_sessions(int number) const {
  signal_descendants(process_.pid(), number);
}

std::string dropbear_server::log() const {
  return read_file(dir_ / "log");
}

} // namespace tieline::test
