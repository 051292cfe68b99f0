#include "netconf/netconf_fixture.hpp"

#include "support/eventually.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace tieline::test {

namespace {

constexpr auto server = "/usr/sbin/netconfd";
constexpr auto subsystem = "/usr/sbin/netconf-subsystem";

constexpr auto module_text = R"(
module things {
  namespace "urn:tieline:things";
  prefix t;
  revision 2026-01-31;
  container things {
    list thing {
      key name;
      leaf name { type string; }
      leaf value { type string; }
    }
  }
}
)";

constexpr auto startup_text = R"(<?xml version="1.0" encoding="UTF-8"?>
<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">
  <things xmlns="urn:tieline:things">
    <thing><name>first</name><value>1</value></thing>
  </things>
</config>
)";

/// What an sshd is to start: it learns its port only when it runs.
openssh_options with_subsystem(openssh_options ssh, const temp_dir& dir) {
  require_program(server, "netconfd");
  require_program(subsystem, "netconfd");
  auto script = dir.write("subsystem",
                          "#!/bin/sh\nexec " + std::string{subsystem}
                            + " --ncxserver-sockname=$(cat " + (dir / "port")
                            + ")@" + (dir / "socket") + "\n");
  std::filesystem::permissions(script, std::filesystem::perms{0755});
  ssh.config.emplace("Subsystem", "netconf " + script);
  return ssh;
}

} // namespace

netconf_fixture::netconf_fixture(std::vector<std::string> options,
                                 openssh_options ssh)
  : ssh_(with_subsystem(std::move(ssh), dir_)) {
  auto port = std::to_string(ssh_.server.port());
  dir_.write("port", port);
  std::vector<std::string> command{
    "/usr/bin/env",
    // It keeps files there.
    "HOME=" + dir_.path(),
    server,
    "--module=" + dir_.write("things.yang", module_text),
    "--startup=" + dir_.write("startup.xml", startup_text),
    "--superuser=" + ssh_.server.login(),
    "--port=" + port,
    "--ncxserver-sockname=" + (dir_ / "socket"),
    "--log-level=warn",
  };
  command.insert(command.end(), options.begin(), options.end());
  process_ = child_process{command, dir_.write("log", "")};
  // Made when it listens.
  auto socket = dir_ / "socket";
  eventually(
    [&] { return !process_.running() || std::filesystem::is_socket(socket); });
  if (!process_.running())
    throw std::runtime_error("netconfd does not start: " + log());
}

void netconf_fixture::kill() {
  process_.kill_all();
}

void netconf_fixture::freeze(bool frozen) {
  process_.signal(frozen ? SIGSTOP : SIGCONT);
}

std::string netconf_fixture::log() const {
  return read_file(dir_ / "log");
}

netconf_client::netconf_client(netconf_options options)
  : transport_client([options](caf::actor_system& sys) {
      return spawn_netconf_factory(sys, options);
    }) {
  // nop
}

std::string thing(const std::string& name, const std::string& value) {
  return std::string{"<things xmlns=\""} + things_ns + "\"><thing><name>" + name
         + "</name><value>" + value + "</value></thing></things>";
}

} // namespace tieline::test
