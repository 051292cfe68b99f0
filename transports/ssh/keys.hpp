#pragma once

#include "tieline/messages/secret.hpp"
#include "tieline/transports/io/strand.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_system.hpp>

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
};

/// Imports private keys, each once: decrypting one with its passphrase takes
/// 100 ms. Runs on a thread of its own.
class key_loader {
public:
  using callback = std::function<void(const loaded_key&)>;

  explicit key_loader(caf::actor_system& sys);

  /// Imports a key given as text; calls `done` in the context of `asker`.
  void import(secret text, secret passphrase, caf::actor_addr asker,
              callback done);

  /// The same with the key of a file. A leading `~/` is the user's home.
  void load(std::string path, secret passphrase, caf::actor_addr asker,
            callback done);

private:
  class state;

  std::shared_ptr<state> state_;
  std::unique_ptr<io::strand> strand_;
};

} // namespace tieline::ssh
