#include "http/http_fixture.hpp"

#include <utility>

namespace tieline::test {

http_client::http_client(http_options options)
  : transport_client([options = std::move(options)](caf::actor_system& sys) {
      return spawn_http_factory(sys, options);
    }) {
  // nop
}

connection_params plain_params(uint16_t port) {
  connection_params result;
  result.hostname = "127.0.0.1";
  result.port = port;
  result.extras["scheme"] = "http";
  return result;
}

connection_params tls_params(uint16_t port, const authority& ca) {
  connection_params result;
  result.hostname = "localhost";
  result.port = port;
  result.extras["ca_file"] = ca.file();
  return result;
}

request ask(std::string path, std::string method, std::string body) {
  request result;
  result.attributes["path"] = std::move(path);
  if (!method.empty())
    result.attributes["method"] = std::move(method);
  result.body = std::move(body);
  return result;
}

} // namespace tieline::test
