#pragma once

#include "tieline/messages/errc.hpp"

namespace tieline::io {

/// Returns what the errno of a failed connect means.
errc diagnose_connect(int error);

} // namespace tieline::io
