#include "membership/etcd_server.hpp"

#include "support/eventually.hpp"
#include "support/loopback_ports.hpp"

#include <tieline/messages/support/base64.hpp>

#include <csignal>
#include <stdexcept>

namespace tieline::test {

namespace {

constexpr auto program = "/usr/bin/etcd";

} // namespace

etcd_server::etcd_server(etcd_options options) : options_(options) {
  require_program(program, "etcd-server");
  if (options_.tls != nullptr)
    certificate_ = options_.tls->issue("etcd");
  dir_.write("log", "");
  // Somebody else may take a port before etcd does.
  for (int attempt = 0; attempt < 10; ++attempt) {
    port_ = free_port();
    peer_port_ = free_port();
    if (start())
      return;
  }
  throw std::runtime_error("etcd does not start: " + read_file(dir_ / "log"));
}

std::string etcd_server::url() const {
  return std::string{certificate_ ? "https" : "http"}
         + "://127.0.0.1:" + std::to_string(port_);
}

bool etcd_server::start() {
  auto peer = "http://127.0.0.1:" + std::to_string(peer_port_);
  std::vector<std::string> command{
    program, "--name", "test", "--data-dir", dir_ / "data",
    "--listen-client-urls", url(), "--advertise-client-urls", url(),
    "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
    "--initial-cluster", "test=" + peer,
    // Alone it need not wait for others to elect a leader.
    "--heartbeat-interval", "20", "--election-timeout", "200"};
  if (certificate_) {
    auto more = {std::string{"--cert-file"},       certificate_->file,
                 std::string{"--key-file"},        certificate_->key,
                 std::string{"--trusted-ca-file"}, options_.tls->file(),
                 std::string{"--client-cert-auth"}};
    command.insert(command.end(), more);
  }
  process_ = child_process{command, dir_ / "log"};
  return eventually([this] { return !process_.running() || answers(); })
         && process_.running();
}

bool etcd_server::answers() {
  try {
    post("/v3/kv/range", etcd::range("x"));
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

std::string etcd_server::post(const std::string& path,
                              const std::string& body) {
  if (!session_) {
    auto params = certificate_ ? tls_params(port_, *options_.tls)
                               : plain_params(port_);
    if (certificate_) {
      params.extras["client_cert_file"] = certificate_->file;
      params.extras["client_key_file"] = certificate_->key;
    }
    params.extras["open_path"] = "";
    session_ = required(client_.open(params));
  }
  auto what = ask(path, "POST", body);
  if (!token_.empty())
    what.attributes["header.authorization"] = token_;
  auto got = client_.execute(session_, std::move(what));
  if (!got) {
    caf::anon_send_exit(session_, caf::exit_reason::user_shutdown);
    session_ = nullptr;
    throw std::runtime_error(describe(got.error()));
  }
  if (got->status != 200)
    throw std::runtime_error(path + ": " + got->output);
  return got->output;
}

std::optional<stored_entry> etcd_server::find(const std::string& key) {
  auto found = etcd::read_range(post("/v3/kv/range", etcd::range(key)));
  if (!found || found->empty())
    return std::nullopt;
  return found->front();
}

std::vector<stored_entry> etcd_server::below(const std::string& prefix) {
  return etcd::read_range(post("/v3/kv/range", etcd::range_below(prefix)))
    .value();
}

void etcd_server::put(const std::string& key, const std::string& value) {
  post("/v3/kv/put", R"({"key":")" + to_base64(key) + R"(","value":")"
                       + to_base64(value) + "\"}");
}

void etcd_server::remove(const std::string& key) {
  post("/v3/kv/deleterange", etcd::range(key));
}

void etcd_server::demand_login() {
  post("/v3/auth/user/add", R"({"name":"root","password":"sesame"})");
  post("/v3/auth/role/add", R"({"name":"root"})");
  post("/v3/auth/user/grant", R"({"user":"root","role":"root"})");
  post("/v3/auth/enable", "{}");
  token_ = etcd::read_token(post("/v3/auth/authenticate",
                                 etcd::authenticate("root", "sesame")))
             .value()
             .reveal();
}

void etcd_server::stop() const {
  process_.signal(SIGSTOP);
}

void etcd_server::resume() const {
  process_.signal(SIGCONT);
}

void etcd_server::kill() {
  process_.kill_all();
}

void etcd_server::start_again() {
  kill();
  // Who connects somewhere meanwhile may be given its port for that.
  if (!eventually([this] { return start(); }))
    throw std::runtime_error("etcd does not start again: "
                             + read_file(dir_ / "log"));
}

} // namespace tieline::test
