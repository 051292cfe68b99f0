#include "tieline/lab/lab.hpp"

#include "device_state.hpp"
#include "worker.hpp"

#include <arpa/inet.h>

#include <stdexcept>
#include <utility>

namespace tieline::lab {

namespace {

/// Returns the next address that looks like a host's.
std::string next_address(const std::string& address) {
  in_addr number{};
  if (inet_pton(AF_INET, address.c_str(), &number) != 1)
    throw std::invalid_argument("not an IPv4 address: '" + address + "'");
  auto value = ntohl(number.s_addr);
  do
    ++value;
  while (value % 256 == 0 || value % 256 == 255);
  number.s_addr = htonl(value);
  char text[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &number, text, sizeof(text));
}

} // namespace

class server::impl {
public:
  explicit impl(options o);

  shared_state shared;
  std::vector<std::unique_ptr<device_state>> devices;
  std::vector<std::unique_ptr<worker>> workers; // end before the devices do
};

server::impl::impl(options o) {
  if (o.devices == 0 || o.threads == 0)
    throw std::invalid_argument("a lab needs a device and a thread");
  if (!o.platform.empty() && shell::find_personality(o.platform) == nullptr) {
    std::string known;
    for (const auto& x : shell::personalities())
      known.append(known.empty() ? "" : ", ").append(x.name);
    throw std::invalid_argument("the lab has no platform '" + o.platform
                                + "'; there are: " + known);
  }
  auto last_port = std::size_t{o.port} + o.devices - 1;
  if (o.layout == layout::ports && o.port != 0 && last_port > 65535)
    throw std::invalid_argument("not enough ports for all devices");
  shared.settings = std::move(o);
  shared.started = std::chrono::steady_clock::now();
  auto& settings = shared.settings;
  for (auto& line : settings.authorized_keys)
    shared.authorized.push_back(parse_public_key(line));
  for (unsigned i = 0; i < settings.threads; ++i)
    workers.push_back(std::make_unique<worker>(i));
  auto address = settings.address;
  auto port = settings.port;
  for (std::size_t i = 0; i < settings.devices; ++i) {
    auto& owner = *workers[i % workers.size()];
    devices.push_back(
      std::make_unique<device_state>(shared, owner, i, address, port));
    auto& added = *devices.back();
    owner.run([&] { owner.adopt(added); });
    if (settings.layout == layout::addresses) {
      address = next_address(address);
      port = added.ssh.socket.port();
    } else if (port != 0) {
      ++port;
    }
  }
}

server::server(options o) : impl_(std::make_unique<impl>(std::move(o))) {
  // nop
}

server::server(server&&) noexcept = default;

server& server::operator=(server&&) noexcept = default;

server::~server() = default;

const options& server::settings() const noexcept {
  return impl_->shared.settings;
}

std::size_t server::size() const noexcept {
  return impl_->devices.size();
}

device server::at(std::size_t index) const {
  return device{*impl_->devices.at(index)};
}

void server::add_command(std::string name, command run, input stdin_is) {
  for (auto& w : impl_->workers)
    w->run([&] { w->commands().add(name, run, stdin_is); });
}

counters server::count() const {
  return impl_->shared.totals.read();
}

} // namespace tieline::lab
