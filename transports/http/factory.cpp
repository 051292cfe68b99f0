#include "tieline/messages/options/option_table.hpp"
#include "tieline/messages/options/options_of.hpp"
#include "tieline/transports/http/helpers.hpp"
#include "tieline/transports/http/http.hpp"
#include "tieline/transports/http/profile.hpp"
#include "tieline/transports/http/session.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <curl/curl.h>
#include <malloc.h>
#include <strings.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace tieline {

namespace {

// libcurl keeps passwords and tokens in many places, and wipes none of them.

void give_back(void* memory) {
  if (memory != nullptr)
    explicit_bzero(memory, malloc_usable_size(memory));
  std::free(memory);
}

void* move_to(void* memory, size_t size) {
  if (memory == nullptr || size == 0) {
    give_back(memory);
    return std::malloc(size);
  }
  auto before = malloc_usable_size(memory);
  if (size <= before && before / 2 <= size)
    return memory;
  auto* result = std::malloc(size);
  if (result == nullptr)
    return nullptr;
  std::memcpy(result, memory, std::min(size, before));
  give_back(memory);
  return result;
}

// The trust and the keys of a session are handed over as objects of OpenSSL.
// Where the application has initialized libcurl, its own memory stays.
void start_curl() {
  if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, std::malloc, give_back, move_to,
                           strdup, std::calloc)
      != CURLE_OK)
    throw std::runtime_error("libcurl cannot be initialized");
  const auto* info = curl_version_info(CURLVERSION_NOW);
  std::string_view tls = info->ssl_version != nullptr ? info->ssl_version
                                                      : "none";
  if (tls.substr(0, 8) != "OpenSSL/")
    throw std::runtime_error("libcurl uses " + std::string{tls}
                             + " for TLS; tieline needs it with OpenSSL");
}

class http_factory_state {
public:
  static inline const char* name = "tieline.http_factory";

  http_factory_state(described_factory_actor::pointer self,
                     http_options options,
                     std::shared_ptr<http::helpers> shared)
    : self_(self),
      options_(std::move(options)),
      helpers_(std::move(shared)) {
    // nop
  }

  described_factory_actor::behavior_type make_behavior() {
    return {
      [this](make_atom,
             const connection_key& key) -> std::optional<transport_actor> {
        return http::spawn_session(self_->home_system(), key, options_,
                                   helpers_);
      },
      [this](traits_atom) { return traits(); },
    };
  }

private:
  plugin_traits traits() const {
    auto result = http_options::table().traits(options_);
    result.ports = {{http::port_of(false), "scheme", "http"},
                    {http::port_of(true)}};
    result.tells_steps = true;
    return result;
  }

  described_factory_actor::pointer self_;
  http_options options_;
  std::shared_ptr<http::helpers> helpers_;
};

} // namespace

factory_actor spawn_http_factory(caf::actor_system& sys,
                                 std::optional<http_options> options,
                                 std::optional<credentials> known) {
  auto how = options_of(sys, std::move(options));
  static std::once_flag once;
  std::call_once(once, start_curl);
  using impl = described_factory_actor::stateful_impl<http_factory_state>;
  return sys.spawn<impl>(
    std::move(how), std::make_shared<http::helpers>(sys, std::move(known)));
}

} // namespace tieline
