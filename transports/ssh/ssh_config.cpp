#include "tieline/transports/ssh/ssh_config.hpp"

#include "tieline/messages/failure.hpp"
#include "tieline/transports/ssh/config/files.hpp"
#include "tieline/transports/ssh/config_values.hpp"
#include "tieline/transports/ssh/library_algorithms.hpp"
#include "tieline/transports/ssh/proxy_jump.hpp"

#include <utility>

namespace tieline {

class ssh_config::implementation {
public:
  explicit implementation(std::vector<std::string> paths)
    : files(std::move(paths), ssh::config::own_surroundings()) {
    files.refresh();
  }

  ssh::config::file_set files;
};

ssh_config::ssh_config(std::vector<std::string> paths)
  : impl_(std::make_unique<implementation>(std::move(paths))) {
  // nop
}

ssh_config::ssh_config(ssh_config&&) noexcept = default;

ssh_config& ssh_config::operator=(ssh_config&&) noexcept = default;

ssh_config::~ssh_config() = default;

std::string ssh_config::wrong() const {
  const auto& found = impl_->files.wrong();
  return found ? to_string(found) : std::string{};
}

std::vector<std::string> ssh_config::unsupported() const {
  return unsupported_in(impl_->files);
}

caf::expected<std::vector<ssh_config_value>>
ssh_config::look_up(const std::string& hostname, const std::string& username,
                    std::optional<uint16_t> port) const {
  const auto& files = impl_->files;
  ssh::config::evaluation says;
  auto why = files.wrong();
  if (!why)
    why = evaluate(files.files(), {hostname, username, port}, files.here(),
                   ssh::library_algorithms(), says);
  if (why)
    return make_error(errc::invalid_params,
                      {{hostname, "ssh"}, step::open, to_string(why)});
  return ssh::values_of(says);
}

caf::expected<std::vector<hop>> jump_hosts(const std::string& value,
                                           const connection_params& common) {
  ssh::proxy_chain chain{common};
  if (auto wrong = chain.prepend(value); !wrong.empty())
    return make_error(errc::invalid_params, {{}, step::jump, wrong});
  return chain.hops();
}

} // namespace tieline
