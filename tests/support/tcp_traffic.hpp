#pragma once

#include <cstddef>
#include <cstdint>

namespace tieline::test {

/// Returns how many bytes this process has sent, each counted once, on those of
/// its TCP connections to `port` that are open.
uint64_t bytes_sent_to(uint16_t port);

/// Returns how many bytes from `port` this process has received on them and not
/// read.
uint64_t bytes_unread_from(uint16_t port);

/// Returns how many sockets of this process's network wait for an answer to
/// their SYN from a `port`.
size_t unanswered_syns(uint16_t port);

} // namespace tieline::test
