#pragma once

namespace tieline::test {

/// Moves this process into a network of its own that has nothing but loopback:
/// every other address is unreachable, and no name server answers. To be
/// called before any thread exists; throws where it is not permitted.
void enter_own_network();

} // namespace tieline::test
