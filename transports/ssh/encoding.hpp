#pragma once

#include <string>
#include <string_view>

namespace tieline::ssh {

inline const unsigned char* bytes_of(std::string_view x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

std::string sha256(std::string_view bytes);

} // namespace tieline::ssh
