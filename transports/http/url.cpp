#include "tieline/transports/http/url.hpp"

#include "tieline/transports/http/call.hpp"

namespace tieline::http {

bool url::read(const std::string& text, unsigned int flags) {
  return curl_url_set(handle_.get(), CURLUPART_URL, text.c_str(), flags)
         == CURLUE_OK;
}

std::string url::part(CURLUPart which, unsigned int flags) const {
  char* text = nullptr;
  if (curl_url_get(handle_.get(), which, &text, flags) != CURLUE_OK)
    return {};
  std::string result{text};
  curl_free(text);
  return result;
}

std::string url::origin() const {
  return part(CURLUPART_SCHEME) + "://" + part(CURLUPART_HOST) + ':'
         + part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

std::optional<std::string> redirect_target(const std::string& origin,
                                           const std::string& path,
                                           const std::string& location) {
  url from;
  url to;
  if (location.empty() || !from.read(origin + path, CURLU_PATH_AS_IS)
      || !to.read(origin + path, CURLU_PATH_AS_IS)
      || !to.read(location, CURLU_PATH_AS_IS) || to.origin() != from.origin())
    return std::nullopt;
  auto target = to.part(CURLUPART_PATH);
  if (auto query = to.part(CURLUPART_QUERY); !query.empty())
    target += '?' + query;
  if (!check_path(target).empty())
    return std::nullopt;
  return target;
}

} // namespace tieline::http
