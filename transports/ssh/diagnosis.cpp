#include "tieline/transports/ssh/diagnosis.hpp"

#include <cerrno>
#include <system_error>

namespace tieline::ssh {

namespace {

std::string message(int code) {
  return std::generic_category().message(code);
}

} // namespace

diagnosis diagnose_key_exchange(const std::string& text,
                                const std::string& banner, bool peer_gone) {
  auto says = [&](const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  if (says("no match for method"))
    return {errc::no_common_algorithm, text};
  // libssh gave up by itself, then wrote to the socket that it had closed and
  // forgot why: that happens when banner and key exchange come together.
  if (text == "Socket error: " + message(0) && !banner.empty()) {
    if (banner.rfind("SSH-2.0-", 0) == 0 || banner.rfind("SSH-1.99-", 0) == 0)
      return {errc::no_common_algorithm, "with " + banner};
    return {errc::protocol_error, "the banner is " + banner};
  }
  if (says("Socket error") || says("Received SSH_MSG_DISCONNECT")
      || says(message(ECONNRESET)) || says(message(EPIPE)))
    return {errc::connection_lost, text};
  if (text.empty() && peer_gone)
    return {errc::connection_lost, "closed by the peer"};
  if (text.empty())
    return {errc::protocol_error, "a packet makes no sense"};
  return {errc::protocol_error, text};
}

} // namespace tieline::ssh
