#include "tieline/transports/ssh/diagnosis.hpp"

#include "tieline/messages/support/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

namespace tieline::ssh {

namespace {

// The lists of a key exchange as libssh names them, in their order there.
constexpr std::array<std::string_view, 8> lists{{
  "kex algos",
  "server host key algo",
  "encryption client->server",
  "encryption server->client",
  "mac algo client->server",
  "mac algo server->client",
  "compression algo client->server",
  "compression algo server->client",
}};

// Returns a list of an SSH_MSG_KEXINIT, or nothing.
std::string_view list_in(std::string_view packet, size_t which) {
  // Length, padding length, message number, cookie.
  constexpr size_t before = 4 + 1 + 1 + 16;
  packet.remove_prefix(std::min(before, packet.size()));
  for (size_t i = 0; packet.size() >= 4; ++i) {
    size_t length = 0;
    for (size_t j = 0; j < 4; ++j)
      length = length << 8 | static_cast<unsigned char>(packet[j]);
    packet.remove_prefix(4);
    if (length > packet.size())
      break;
    if (i == which)
      return packet.substr(0, length);
    packet.remove_prefix(length);
  }
  return {};
}

// Returns libssh's message with both lists, of which it may have had no room
// for the second.
std::string with_both_lists(std::string text, std::string_view offer) {
  constexpr std::string_view between = "], client [";
  for (size_t i = 0; i < lists.size(); ++i) {
    if (text.find("method " + std::string{lists[i]} + ": server [")
        == std::string::npos)
      continue;
    auto ours = list_in(offer, i);
    if (ours.empty() || text.back() == ']')
      return text;
    auto end = text.find(between);
    if (end == std::string::npos)
      text += "...";
    else
      text.erase(end);
    return text.append(between).append(ours) + ']';
  }
  return text;
}

} // namespace

diagnosis diagnose_key_exchange(const std::string& text,
                                const std::string& banner, bool peer_gone,
                                std::string_view offer) {
  auto says = [&](const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  if (says("no match for method"))
    return {errc::no_common_algorithm, with_both_lists(text, offer)};
  // libssh gave up by itself, then wrote to the socket that it had closed and
  // forgot why: that happens when banner and key exchange come together.
  if (text == "Socket error: " + errno_message(0) && !banner.empty()) {
    if (banner.rfind("SSH-2.0-", 0) == 0 || banner.rfind("SSH-1.99-", 0) == 0)
      return {errc::no_common_algorithm, "with " + banner};
    return {errc::protocol_error, "the banner is " + banner};
  }
  if (says("Socket error") || says("Received SSH_MSG_DISCONNECT")
      || says(errno_message(ECONNRESET)) || says(errno_message(EPIPE)))
    return {errc::connection_lost, text};
  if (text.empty() && peer_gone)
    return {errc::connection_lost, "closed by the peer"};
  if (text.empty())
    return {errc::protocol_error, "a packet makes no sense"};
  return {errc::protocol_error, text};
}

bool is_end_by_peer(std::string_view text) {
  // A peer that closes with something of ours unread, or gets something after
  // that, resets the connection.
  for (const auto& end : {std::string{"disconnected"},
                          errno_message(ECONNRESET), errno_message(EPIPE)})
    if (text == "Socket error: " + end)
      return true;
  return text.rfind("Received SSH_MSG_DISCONNECT", 0) == 0;
}

} // namespace tieline::ssh
