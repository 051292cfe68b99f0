#include "tieline/actors/node/node.hpp"

#include "tieline/actors/node/dialer.hpp"
#include "tieline/actors/node/peer_gate.hpp"
#include "tieline/actors/node/protocol.hpp"
#include "tieline/actors/node/remote_manager.hpp"
#include "tieline/messages/options/option_table.hpp"
#include "tieline/messages/options/option_value.hpp"
#include "tieline/messages/secret_file.hpp"

#include <caf/io/middleman.hpp>
#include <caf/openssl/all.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace tieline {

namespace {

constexpr auto passphrase_variable = "TIELINE_NODE_PASSPHRASE";

caf::expected<secret> passphrase_of(const node_settings& how) {
  if (how.passphrase_file.empty()) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): read before there are threads.
    const auto* given = std::getenv(passphrase_variable);
    return secret{given != nullptr ? given : ""};
  }
  secret result;
  if (auto wrong = read_secret_file(how.passphrase_file,
                                    secret_text::without_line_end, result);
      !wrong.empty())
    return invalid_setting(".node.passphrase-file", wrong);
  return result;
}

std::string openssl_error() {
  char text[256] = "unknown reason";
  if (auto code = ERR_get_error())
    ERR_error_string_n(code, text, sizeof(text));
  ERR_clear_error();
  return text;
}

int give_passphrase(char* buffer, int size, int, void* from) {
  auto value = static_cast<const secret*>(from)->reveal();
  auto length = std::min(static_cast<size_t>(size), value.size());
  std::memcpy(buffer, value.data(), length);
  return static_cast<int>(length);
}

/// Loads everything as CAF will: where it fails there, it ends the process.
caf::error check_files(const node_settings& how, const secret& passphrase) {
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context{
    SSL_CTX_new(TLS_method()), SSL_CTX_free};
  auto fail = [](const std::string& name, const std::string& file) {
    return invalid_setting(".node." + name, file + ": " + openssl_error());
  };
  if (!context)
    return fail("certificate", how.certificate);
  SSL_CTX_set_default_passwd_cb(context.get(), give_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(context.get(),
                                         const_cast<secret*>(&passphrase));
  if (SSL_CTX_use_certificate_chain_file(context.get(), how.certificate.c_str())
      != 1)
    return fail("certificate", how.certificate);
  if (SSL_CTX_use_PrivateKey_file(context.get(), how.key.c_str(),
                                  SSL_FILETYPE_PEM)
        != 1
      || SSL_CTX_check_private_key(context.get()) != 1)
    return fail("key", how.key);
  if (SSL_CTX_load_verify_locations(context.get(), how.ca_file.c_str(), nullptr)
      != 1)
    return fail("ca-file", how.ca_file);
  return {};
}

template <class Module>
void load_once(caf::actor_system_config& config, const char* option_of_it) {
  if (!config.custom_options().qualified_name_lookup(std::string{option_of_it}))
    config.load<Module>();
}

/// Returns why there may be no link of this process with `host`.
caf::error check_link(caf::actor_system& sys, const node_settings& how,
                      const std::string& host) {
  if (auto error = how.check())
    return error;
  if (!sys.has_middleman())
    return invalid_setting(".node",
                           "enable_nodes was not called for this system");
  if (how.uses_tls()) {
    // CAF's TLS without certificates keeps nobody out.
    if (!sys.has_openssl_manager()
        || !sys.openssl_manager().authentication_enabled())
      return invalid_setting(".node.certificate",
                             "the system was not set up with certificates");
    return {};
  }
  // That is so for all links of a process.
  if (secret::serialization_permitted())
    return invalid_setting(".node.certificate",
                           "the system was set up with certificates: a link in "
                           "plain text would show its secrets");
  if (!how.plain_text && !is_loopback(host))
    return invalid_setting(".node.certificate",
                           "links beyond loopback need TLS, or plain-text = "
                           "true if the network is trusted");
  return {};
}

caf::expected<node_settings> settings_of(caf::actor_system& sys) {
  return node_settings::load(content(sys.config()));
}

} // namespace

caf::error enable_nodes(caf::actor_system_config& config) {
  auto how = node_settings::load(content(config));
  return how ? enable_nodes(config, *how) : how.error();
}

caf::error enable_nodes(caf::actor_system_config& config,
                        const node_settings& how) {
  if (auto error = how.check())
    return error;
  init();
  caf::io::middleman::init_global_meta_objects();
  load_once<caf::io::middleman>(config, "caf.middleman.heartbeat-interval");
  config.set("caf.middleman.heartbeat-interval", how.heartbeat_interval);
  config.set("caf.middleman.connection-timeout", how.connection_timeout);
  if (how.uses_tls()) {
    auto passphrase = passphrase_of(how);
    if (!passphrase)
      return passphrase.error();
    if (auto error = check_files(how, *passphrase))
      return error;
    load_once<caf::openssl::manager>(config, "caf.openssl.certificate");
    config.set("caf.openssl.certificate", how.certificate);
    config.set("caf.openssl.key", how.key);
    config.set("caf.openssl.cafile", how.ca_file);
    if (!passphrase->empty())
      config.set("caf.openssl.passphrase", std::string{passphrase->reveal()});
  }
  secret::permit_serialization(how.uses_tls());
  permit_from_peers(how.peer_extras);
  return {};
}

namespace {

caf::io::middleman_actor middleman_of(caf::actor_system& sys,
                                      const node_settings& how) {
  return how.uses_tls() ? sys.openssl_manager().actor_handle()
                        : sys.middleman().actor_handle();
}

dialer_actor dialer_of(caf::actor_system& sys, const node_settings& how) {
  return spawn_dialer(sys, middleman_of(sys, how), how.connect_timeout);
}

template <class Handle>
caf::expected<uint16_t> publish_any(caf::actor_system& sys, const Handle& what,
                                    const node_settings& how) {
  if (auto error = check_link(sys, how, how.address))
    return error;
  auto names = sys.message_types(what);
  names.insert(protocol());
  caf::expected<uint16_t> result{uint16_t{0}};
  caf::scoped_actor self{sys};
  compat::request(self.ptr(), middleman_of(sys, how), caf::infinite,
                  caf::publish_atom_v, how.port,
                  caf::actor_cast<caf::strong_actor_ptr>(what),
                  std::move(names), how.address, true)
    .receive([&result](uint16_t port) { result = port; },
             [&result](caf::error& reason) { result = std::move(reason); });
  return result;
}

/// Has somebody answer through a stand-in, or says why nobody does.
template <class Handle>
caf::expected<Handle> reached(caf::actor_system& sys, Handle stand_in) {
  caf::error failed;
  auto on_error = [&failed](caf::error& reason) { failed = std::move(reason); };
  caf::scoped_actor self{sys};
  // A cluster is to be reached though nobody in it takes keys.
  if constexpr (std::is_same_v<Handle, router_actor>)
    compat::request(self.ptr(), stand_in, caf::infinite, local_atom_v)
      .receive([](const member_actor&) {}, on_error);
  else // nobody's connection, but an answer
    compat::request(self.ptr(), stand_in, caf::infinite, caf::get_atom_v,
                    connection_key{})
      .receive([](const std::optional<connection_actor>&) {}, on_error);
  if (failed)
    return failed;
  return stand_in;
}

} // namespace

caf::expected<uint16_t> publish(caf::actor_system& sys,
                                const manager_actor& manager) {
  auto how = settings_of(sys);
  if (!how)
    return how.error();
  return publish(sys, manager, *how);
}

caf::expected<uint16_t> publish(caf::actor_system& sys,
                                const manager_actor& manager,
                                const node_settings& how) {
  return publish_any(sys, spawn_peer_gate(sys, manager, how, nullptr), how);
}

caf::expected<uint16_t> publish(caf::actor_system& sys,
                                const router_actor& router,
                                const node_settings& how) {
  return publish_any(sys, router, how);
}

caf::expected<manager_actor> connect(caf::actor_system& sys,
                                     const std::string& host, uint16_t port) {
  auto how = settings_of(sys);
  if (!how)
    return how.error();
  return connect(sys, host, port, *how);
}

caf::expected<manager_actor> connect(caf::actor_system& sys,
                                     const std::string& host, uint16_t port,
                                     const node_settings& how) {
  if (auto error = check_link(sys, how, host))
    return error;
  return reached(sys, spawn_remote_manager(sys, dialer_of(sys, how),
                                           {host, port}, how));
}

caf::expected<router_actor>
connect_router(caf::actor_system& sys, const std::string& host, uint16_t port,
               const node_settings& how) {
  if (auto error = check_link(sys, how, host))
    return error;
  return reached(sys, spawn_remote_router(sys, dialer_of(sys, how),
                                          {host, port}, how));
}

caf::expected<member_actor> link_to_member(caf::actor_system& sys,
                                           const cluster_node& which,
                                           const node_settings& how) {
  if (auto error = check_link(sys, how, which.host))
    return error;
  return spawn_remote_member(sys, dialer_of(sys, how), which, how);
}

} // namespace tieline
