#include "support/transport_client.hpp"

#include <caf/init_global_meta_objects.hpp>
#include <caf/send.hpp>

#include <memory>
#include <stdexcept>
#include <utility>

namespace tieline::test {

namespace {

const connection_key any_key{"test-host", "ssh"};

} // namespace

transport_client::config::config() {
  // More than there may be cores, so that races show.
  set("caf.scheduler.max-threads", 4);
  set("caf.scheduler.policy", "sharing");
}

transport_client::transport_client(const factory_maker& make_factory)
  : config_((caf::core::init_global_meta_objects(), init(), config{})),
    system_(config_),
    self_(system_),
    factory_(make_factory(system_)) {
  // nop
}

transport_client::~transport_client() {
  caf::anon_send_exit(factory_, caf::exit_reason::user_shutdown);
}

transport_actor transport_client::make() {
  auto made = take<std::optional<transport_actor>>(
    compat::request(self_.ptr(), factory_, hang_limit, make_atom_v, any_key));
  if (!made)
    throw std::runtime_error("make: " + describe(made.error()));
  if (!*made)
    throw std::runtime_error("the factory made nothing");
  return **made;
}

caf::expected<transport_actor>
transport_client::open(const connection_params& params) {
  auto transport = make();
  auto opened = take<session_traits>(start_open(transport, params));
  if (opened)
    return transport;
  // As a connection does with one that has failed.
  caf::anon_send_exit(transport, caf::exit_reason::user_shutdown);
  return std::move(opened.error());
}

caf::expected<reply> transport_client::execute(const transport_actor& transport,
                                               request what) {
  return take<reply>(start_execute(transport, std::move(what)));
}

caf::expected<reply> transport_client::execute(const transport_actor& transport,
                                               std::string body) {
  request what;
  what.body = std::move(body);
  return execute(transport, std::move(what));
}

caf::expected<void> transport_client::probe(const transport_actor& transport) {
  return take<void>(start_probe(transport));
}

caf::expected<void> transport_client::close(const transport_actor& transport) {
  return take<void>(start_close(transport));
}

std::future<caf::error>
transport_client::end_of(const transport_actor& transport) {
  auto promise = std::make_shared<std::promise<caf::error>>();
  transport->attach_functor(
    [promise](const caf::error& reason) { promise->set_value(reason); });
  return promise->get_future();
}

} // namespace tieline::test
