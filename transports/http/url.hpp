#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>

namespace tieline::http {

/// A URL, as libcurl reads it.
class url {
public:
  /// Reads a URL, or one that is relative to what was read before. Returns
  /// false if it is none.
  bool read(const std::string& text, unsigned int flags);

  /// Returns a part as it stands there; empty: there is none.
  std::string part(CURLUPart which, unsigned int flags = 0) const;

  /// Returns scheme, host and port.
  std::string origin() const;

private:
  struct deleter {
    void operator()(CURLU* x) const {
      curl_url_cleanup(x);
    }
  };

  std::unique_ptr<CURLU, deleter> handle_{curl_url()};
};

/// Returns the path, query included, that a redirect from a path of an origin
/// leads to; none if it leads to another origin or to no URL.
std::optional<std::string> redirect_target(const std::string& origin,
                                           const std::string& path,
                                           const std::string& location);

} // namespace tieline::http
