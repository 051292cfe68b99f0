#include "tieline/messages/errc.hpp"

namespace tieline {

std::string_view sentence(errc code) noexcept {
  switch (code) {
    case errc::none:
      return "no error";
    case errc::factory_not_set:
      return "no connection factory is set";
    case errc::factory_failed:
      return "the connection factory failed";
    case errc::invalid_params:
      return "connection params are invalid";
    case errc::invalid_request:
      return "the request is invalid";
    case errc::invalid_setting:
      return "a setting is invalid";
    case errc::secret_withheld:
      return "a secret was not sent because the link is not trusted";
    case errc::not_open:
      return "the connection was never opened";
    case errc::closed:
      return "the connection is closed";
    case errc::overloaded:
      return "too much is waiting already";
    case errc::draining:
      return "the connection takes no new work";
    case errc::lease_ended:
      return "the lease of the session has ended";
    case errc::circuit_open:
      return "the host failed too often and is left alone for a while";
    case errc::credential_stopped:
      return "logins with this credential are stopped after failures";
    case errc::not_owner:
      return "the node does not own the key";
    case errc::timeout:
      return "timed out";
    case errc::canceled:
      return "canceled";
    case errc::resolve_failed:
      return "the host name could not be resolved";
    case errc::refused:
      return "connection refused";
    case errc::unreachable:
      return "the host is unreachable";
    case errc::connection_lost:
      return "connection lost";
    case errc::node_lost:
      return "the node that held the connection is gone";
    case errc::protocol_error:
      return "the peer does not speak the protocol";
    case errc::no_common_algorithm:
      return "no algorithm in common with the peer";
    case errc::host_key_unknown:
      return "the host key is unknown";
    case errc::host_key_changed:
      return "the host key has changed";
    case errc::certificate_invalid:
      return "the certificate is invalid";
    case errc::auth_failed:
      return "authentication failed";
    case errc::channel_refused:
      return "the peer refused a channel";
    case errc::output_limit:
      return "the output exceeds its limit";
    case errc::transport_failed:
      return "the transport failed";
    case errc::unsupported:
      return "the device does not support the operation";
    case errc::operation_failed:
      return "the device answered with an error";
  }
  return "unknown error";
}

} // namespace tieline
