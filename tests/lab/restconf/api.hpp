#pragma once

#include "http.hpp"
#include "options.hpp"

#include "tieline/lab/netconf/management.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::lab::restconf {

/// What a request is answered: a response, or a stream of events.
struct answer {
  restconf::response response;
  /// Given if it is a stream: then what was asked for, and the response has no
  /// end.
  struct stream {
    std::optional<netconf::wall_clock::time_point> start, stop;
  };
  std::optional<stream> events = {};
};

/// How things are as a request comes.
struct circumstances {
  netconf::management& device;
  std::string where;  ///< the server's `address:port`
  bool refuse_all;    ///< nobody is let in
  bool reject_config; ///< no configuration is valid
};

/// A device's RESTCONF API, without its connections.
class api {
public:
  /// `user` may be empty: any.
  api(restconf::options how, std::string user, std::string password);

  answer serve(const request& what, const circumstances& now);

  /// From now on a bearer needs this.
  void rotate(std::string token) {
    settings_.token = std::move(token);
  }

  void count_stream(int change) {
    status_.streams += static_cast<std::uint64_t>(change);
  }
  const restconf::status& status() const noexcept {
    return status_;
  }

private:
  bool lets_in(const request& what) const;
  response challenge(const request& what);
  response data(const request& what, const circumstances& now,
                const std::string& path) const;
  response about(const std::string& path) const;

  restconf::options settings_;
  const std::string user_;
  const std::string password_;
  restconf::status status_;
};

} // namespace tieline::lab::restconf
