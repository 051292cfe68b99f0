#include "contender.hpp"
#include "support/exit_status.hpp"

#include <libssh/libssh.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace tieline::bench {

namespace {

constexpr size_t pool_size = 16;

struct session_deleter {
  void operator()(ssh_session x) const {
    ssh_disconnect(x);
    ssh_free(x);
  }
};

using session_ptr = std::unique_ptr<ssh_session_struct, session_deleter>;

bool execute(ssh_session session, const std::string& command) {
  auto* channel = ssh_channel_new(session);
  auto result = ssh_channel_open_session(channel) == SSH_OK
                && ssh_channel_request_exec(channel, command.c_str()) == SSH_OK;
  char buffer[4096];
  while (result && ssh_channel_read(channel, buffer, sizeof(buffer), 0) > 0)
    continue;
  result = result && tieline::test::exit_status(channel) == 0;
  ssh_channel_close(channel);
  ssh_channel_free(channel);
  return result;
}

// The key is imported once for all, the cheapest that this API allows.
bool run_one(const target& where, ssh_key key) {
  session_ptr session{ssh_new()};
  int no = 0;
  int yes = 1;
  unsigned int port = where.port;
  auto set = [&](ssh_options_e name, const void* value) {
    return ssh_options_set(session.get(), name, value) == SSH_OK;
  };
  return set(SSH_OPTIONS_PROCESS_CONFIG, &no)
         && set(SSH_OPTIONS_HOST, where.address.c_str())
         && set(SSH_OPTIONS_PORT, &port)
         && set(SSH_OPTIONS_USER, where.user.c_str())
         && set(SSH_OPTIONS_KNOWNHOSTS, where.known_hosts.c_str())
         && set(SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null")
         && set(SSH_OPTIONS_NODELAY, &yes)
         && ssh_connect(session.get()) == SSH_OK
         && ssh_session_is_known_server(session.get()) == SSH_KNOWN_HOSTS_OK
         && ssh_userauth_publickey(session.get(), nullptr, key)
              == SSH_AUTH_SUCCESS
         && execute(session.get(), where.command);
}

} // namespace

size_t run_blocking_pool(const target& where, size_t sessions,
                         void (*at_peak)()) {
  ssh_key key = nullptr;
  if (ssh_pki_import_privkey_file(where.key_file.c_str(), nullptr, nullptr,
                                  nullptr, &key)
      != SSH_OK)
    return 0;
  std::atomic<size_t> next{0};
  std::atomic<size_t> succeeded{0};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < pool_size; ++i)
    threads.emplace_back([&] {
      while (next++ < sessions)
        if (run_one(where, key))
          ++succeeded;
    });
  at_peak();
  for (auto& thread : threads)
    thread.join();
  ssh_key_free(key);
  return succeeded;
}

} // namespace tieline::bench
