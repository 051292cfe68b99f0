#pragma once

#include "tieline/messages/secret.hpp"
#include "tieline/transports/io/worker_pool.hpp"
#include "tieline/transports/ssh/key_reader.hpp"

#include <caf/actor_addr.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tieline::ssh {

/// Imports private keys on threads of its own: decrypting one with its
/// passphrase takes 100 ms, or as long as its header says; see
/// @ref check_key_cost. Logins that come while another uses a key share it;
/// after the last of them it is gone.
class key_loader {
public:
  using callback = std::function<void(const loaded_key&)>;

  key_loader();

  /// Imports a key given as text; calls `done` in the context of `asker`. It
  /// is given up if `asker` ends meanwhile.
  /// @param certificate path of its certificate; empty: it has none
  void import(secret text, secret passphrase, caf::actor_addr asker,
              callback done, std::string certificate = {});

  /// The same with the key of a file; its certificate, unless one is given, is
  /// in `<path>-cert.pub` if there is such a file for it. A leading `~/` is the
  /// user's home.
  /// @param candidates paths of certificates of any keys, for a key without a
  ///        certificate of its own
  void load(std::string path, secret passphrase, caf::actor_addr asker,
            callback done, std::string certificate = {},
            std::vector<std::string> candidates = {});

private:
  class in_use;

  std::shared_ptr<in_use> in_use_;
  io::worker_pool workers_;
};

} // namespace tieline::ssh
