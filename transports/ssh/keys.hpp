#pragma once

#include "tieline/messages/errc.hpp"
#include "tieline/messages/secret.hpp"
#include "tieline/transports/io/worker_pool.hpp"

#include <caf/actor_addr.hpp>

#include <libssh/libssh.h>

#include <functional>
#include <memory>
#include <string>

namespace tieline::ssh {

/// A private key; sessions share it.
using private_key = std::shared_ptr<ssh_key_struct>;

/// A private key, or why there is none.
struct loaded_key {
  private_key key;
  std::string error;
  /// Of the error: `errc::transport_failed` if it is this process that lacks
  /// something.
  errc code = errc::invalid_params;
};

/// Imports private keys on threads of its own: decrypting one with its
/// passphrase takes 100 ms, or as long as its header says; see
/// @ref check_key_cost. Logins that come while another uses a key share it;
/// after the last of them it is gone.
class key_loader {
public:
  using callback = std::function<void(const loaded_key&)>;

  key_loader();

  /// Imports a key given as text; calls `done` in the context of `asker`.
  void import(secret text, secret passphrase, caf::actor_addr asker,
              callback done);

  /// The same with the key of a file. A leading `~/` is the user's home.
  void load(std::string path, secret passphrase, caf::actor_addr asker,
            callback done);

private:
  class in_use;

  std::shared_ptr<in_use> in_use_;
  io::worker_pool workers_;
};

} // namespace tieline::ssh
