#include "tieline/messages/secret_file.hpp"

#include "tieline/messages/support/file.hpp"
#include "tieline/messages/support/wipe.hpp"

#include <string_view>

namespace tieline {

std::string read_secret_file(const std::string& path, secret_text how,
                             secret& out, size_t limit) {
  std::string text;
  wiped_at_end guard{text};
  auto error = read_file(path, limit, text);
  std::string_view value{text};
  if (how == secret_text::without_line_end)
    for (auto end : {'\n', '\r'})
      if (!value.empty() && value.back() == end)
        value.remove_suffix(1);
  out = error.empty() ? secret{value} : secret{};
  return error;
}

} // namespace tieline
