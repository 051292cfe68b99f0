#pragma once

#include "http/nginx_server.hpp"
#include "support/outcome.hpp"
#include "support/test_sink.hpp"
#include "support/transport_client.hpp"

#include <tieline/messages/interfaces.hpp>
#include <tieline/transports/http/http.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace tieline::test {

/// An actor system with the http plugin.
class http_client : public transport_client {
public:
  explicit http_client(http_options options = {});
};

/// Returns params for a server without TLS.
connection_params plain_params(uint16_t port);

/// Returns params for a TLS server whose certificate has been issued by `ca`.
connection_params tls_params(uint16_t port, const authority& ca);

/// Returns a request by its attributes.
request ask(std::string path, std::string method = "", std::string body = "");

} // namespace tieline::test
