#pragma once

#include "support/certificates.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <cstdint>
#include <string>

namespace tieline::test {

/// Debian's nginx on loopback ports of its own, with its own config, files and
/// certificates.
///
/// - `/` says `hello`
/// - `/echo...` says method, target, `x-test` and `authorization`, one a line
/// - `/connection` says which connection this is and which request on it
/// - `/post` says the content that was sent to it, up to 4 KiB
/// - `/files/` has what was PUT there, until it is DELETEd
/// - `/basic` wants user `admin` with password `sesame`
/// - `/token` wants a bearer token that @ref let_in was told of
/// - `/slow` gives `/files/slow` with 1 KiB per second
/// - `/status/<code>` answers 404, 500, 204 ...
/// - `/redirect/<here|loop|away|see>`
/// - `/cookies` sets two
class nginx_server {
public:
  /// Returns once it accepts connections; throws with nginx's words if not.
  nginx_server();

  const std::string& address() const noexcept {
    return address_;
  }

  /// HTTP/1.1 without TLS.
  uint16_t plain() const noexcept {
    return plain_;
  }

  /// HTTP/1.1 and 2 with TLS; its certificate is for localhost and 127.0.0.1.
  uint16_t tls() const noexcept {
    return tls_;
  }

  /// HTTP/1.1 only, with TLS.
  uint16_t tls_1() const noexcept {
    return tls_1_;
  }

  /// HTTP/1.1 and 2 with TLS; ends each connection after 20 requests.
  uint16_t forgetful() const noexcept {
    return forgetful_;
  }

  /// Wants a certificate of ours that @ref ca has issued.
  uint16_t mutual() const noexcept {
    return mutual_;
  }

  /// Has a certificate for another host.
  uint16_t misnamed() const noexcept {
    return misnamed_;
  }

  /// Has a certificate that has expired.
  uint16_t expired() const noexcept {
    return expired_;
  }

  authority& ca() noexcept {
    return ca_;
  }

  /// Puts a file below `/files/`.
  void put(const std::string& name, std::string_view content) const;

  /// Lets whoever has this token in, or no longer.
  void let_in(const std::string& token, bool in = true) const;

  /// Sends a signal to it.
  void signal(int number) const {
    process_.signal(number);
  }

  /// Kills it, with all connections.
  void stop();

  /// Starts it on its old ports after a stop; throws with nginx's words if it
  /// cannot.
  void start_again();

  /// Returns what it has logged of requests: `METHOD target status`, one a
  /// line.
  std::string requests() const;

private:
  bool start();

  std::string config() const;

  std::string address_ = "127.0.0.1";
  temp_dir dir_;
  authority ca_;
  certificate good_;
  certificate misnamed_certificate_;
  certificate expired_certificate_;
  uint16_t plain_ = 0;
  uint16_t tls_ = 0;
  uint16_t tls_1_ = 0;
  uint16_t forgetful_ = 0;
  uint16_t mutual_ = 0;
  uint16_t misnamed_ = 0;
  uint16_t expired_ = 0;
  child_process process_;
};

} // namespace tieline::test
