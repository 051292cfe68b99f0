#pragma once

#include <functional>
#include <thread>

namespace tieline::io {

/// Starts a thread of that name (at most 15 bytes). The host's signals are not
/// delivered to it: they are for the host's threads.
/// @throws std::system_error the system has no thread left
std::thread start_thread(const char* name, std::function<void()> what);

} // namespace tieline::io
