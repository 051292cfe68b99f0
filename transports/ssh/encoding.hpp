#pragma once

#include <string>
#include <string_view>

namespace tieline::ssh {

std::string sha256(std::string_view bytes);

} // namespace tieline::ssh
