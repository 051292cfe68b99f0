#pragma once

#include <caf/error.hpp>
#include <caf/settings.hpp>

namespace tieline {

/// Returns an `errc::invalid_setting` that names a group below `tieline` that
/// no part of tieline reads, or an empty error. A program or a plugin of
/// another author has its settings outside of `tieline`.
caf::error check_groups(const caf::settings& config);

} // namespace tieline
