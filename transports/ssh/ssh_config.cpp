#include "tieline/transports/ssh/ssh_config.hpp"

#include "tieline/messages/failure.hpp"
#include "tieline/transports/ssh/config/files.hpp"
#include "tieline/transports/ssh/config_values.hpp"
#include "tieline/transports/ssh/library_algorithms.hpp"
#include "tieline/transports/ssh/proxy_jump.hpp"

#include <utility>

namespace tieline {

using ssh::config::keyword;

class ssh_config::implementation {
public:
  explicit implementation(std::vector<std::string> paths)
    : files(std::move(paths), ssh::config::own_surroundings()) {
    files.refresh();
  }

  ssh::config::file_set files;
};

namespace {

void add(const ssh::config::evaluation& says, keyword what,
         std::vector<ssh_config_value>& to) {
  const auto* found = says.find(what);
  if (found == nullptr)
    return;
  std::string name{ssh::config::name_of(what)};
  auto place_of = [&](size_t i) {
    return i < found->places.size() ? found->places[i] : ssh::config::place{};
  };
  if (what != keyword::identity_file && what != keyword::certificate_file) {
    auto from = place_of(0);
    to.push_back({name, found->values, from.file, from.line});
    return;
  }
  for (size_t i = 0; i < found->values.size(); ++i) {
    auto from = place_of(i);
    to.push_back({name, {found->values[i]}, from.file, from.line});
  }
}

} // namespace

std::vector<ssh_config_value> ssh::values_of(const config::evaluation& says) {
  std::vector<ssh_config_value> result;
  constexpr keyword first[] = {keyword::hostname, keyword::user, keyword::port};
  for (auto what : first)
    add(says, what, result);
  for (const auto& [what, setting] : says.settings)
    if (what != first[0] && what != first[1] && what != first[2])
      add(says, what, result);
  return result;
}

std::string to_string(const ssh_config_value& x) {
  auto result = x.keyword;
  for (const auto& value : x.values)
    result += ' ' + value;
  if (x.values.empty())
    result += " none";
  auto place = x.line > 0 ? x.file + ':' + std::to_string(x.line) : "default";
  return result + " (" + place + ')';
}

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
