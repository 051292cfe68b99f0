#include "ssh/ssh_fixture.hpp"

#include <tieline/transports/ssh/ssh.hpp>

#include <utility>

namespace tieline::test {

ssh_client::ssh_client()
  : transport_client(
    [](caf::actor_system& sys) { return spawn_ssh_factory(sys); }) {
  // nop
}

ssh_fixture::ssh_fixture(openssh_options options)
  : server(std::move(options)),
    key(make_key(dir, "client")),
    known_hosts(dir.write("known_hosts", server.known_hosts())) {
  server.authorize(key);
}

connection_params ssh_fixture::params() const {
  auto result = params_of(server.address(), server.port(), server.login());
  result.extras["known_hosts"] = known_hosts;
  return result;
}

connection_params ssh_fixture::with_key() const {
  auto result = params();
  result.extras["private_key_file"] = key.path;
  return result;
}

connection_params ssh_fixture::with_password() const {
  auto result = params();
  result.password = secret{server.password()};
  return result;
}

openssh_options configured(std::map<std::string, std::string> config) {
  openssh_options result;
  result.config = std::move(config);
  return result;
}

connection_params params_of(const std::string& address, uint16_t port,
                            const std::string& user) {
  connection_params result;
  result.hostname = address;
  result.port = port;
  result.username = user;
  return result;
}

request command(std::string command) {
  request result;
  result.body = std::move(command);
  return result;
}

} // namespace tieline::test
