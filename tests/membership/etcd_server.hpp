#pragma once

#include "http/http_fixture.hpp"
#include "support/certificates.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <tieline/transports/etcd/messages.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tieline::test {

/// How an etcd is to be served.
struct etcd_options {
  /// With TLS, and only to clients of this authority.
  authority* tls = nullptr;
};

/// A real etcd with one member, on loopback ports of its own.
class etcd_server {
public:
  /// Returns once it answers; throws with its words if it does not.
  explicit etcd_server(etcd_options options = {});

  uint16_t port() const noexcept {
    return port_;
  }

  std::string url() const;

  /// Asks it something and returns its answer; throws if there is none.
  std::string post(const std::string& path, const std::string& body);

  /// Returns a key; none if it has none.
  std::optional<stored_entry> find(const std::string& key);

  std::vector<stored_entry> below(const std::string& prefix);

  /// Sets a key that hangs on no lease.
  void put(const std::string& key, const std::string& value);

  void remove(const std::string& key);

  /// Has all clients log in from now on: `root` with the password `sesame`.
  void demand_login();

  /// Answers nothing until it is resumed, but keeps all connections.
  void stop() const;

  void resume() const;

  void kill();

  /// Starts it with what it has stored; throws if it does not.
  void start_again();

private:
  bool start();

  bool answers();

  etcd_options options_;
  temp_dir dir_;
  std::optional<certificate> certificate_;
  uint16_t port_ = 0;
  uint16_t peer_port_ = 0;
  child_process process_;
  http_client client_;
  transport_actor session_;
  std::string token_;
};

} // namespace tieline::test
