#include "tieline/transports/http/token_file.hpp"

#include "tieline/transports/http/profile.hpp"
#include "tieline/transports/io/file.hpp"

#include <cstring>

namespace tieline::http {

namespace {

constexpr size_t max_token_file = size_t{64} * 1024;

} // namespace

std::string read_token(const std::string& path, secret& out) {
  std::string text;
  auto error = io::read_file(io::expand_home(path), max_token_file, text);
  if (error.empty()) {
    constexpr auto blank = " \t\r\n";
    auto begin = text.find_first_not_of(blank);
    if (begin == std::string::npos)
      error = "is empty";
    else
      out = secret{std::string_view{text}.substr(
        begin, text.find_last_not_of(blank) - begin + 1)};
  } else {
    error = "cannot be read: " + error;
  }
  explicit_bzero(text.data(), text.size());
  return error.empty() ? check_token(out) : error;
}

} // namespace tieline::http
