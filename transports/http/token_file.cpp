#include "tieline/transports/http/token_file.hpp"

#include "tieline/messages/support/file.hpp"
#include "tieline/transports/http/profile.hpp"

namespace tieline::http {

namespace {

constexpr size_t max_token_file = size_t{64} * 1024;

} // namespace

std::string read_token(const std::string& path, secret& out) {
  secret file;
  if (auto wrong = read_secret_file(path, secret_text::all, file,
                                    max_token_file);
      !wrong.empty())
    return wrong;
  constexpr auto blank = " \t\r\n";
  auto text = file.reveal();
  auto begin = text.find_first_not_of(blank);
  if (begin == std::string_view::npos)
    return "is empty";
  auto end = text.find_last_not_of(blank) + 1;
  out = secret{text.substr(begin, end - begin)};
  return check_token(out);
}

} // namespace tieline::http
