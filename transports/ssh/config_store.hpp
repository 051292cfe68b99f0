#pragma once

#include "tieline/messages/errc.hpp"
#include "tieline/transports/io/worker_pool.hpp"
#include "tieline/transports/ssh/config/evaluator.hpp"

#include <caf/actor_addr.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tieline::ssh {

/// What config files say about one host, or why they cannot be used.
struct host_config {
  config::evaluation says;
  std::string error;
  /// Of the error: `errc::transport_failed` if it is this process that lacks
  /// something.
  errc code = errc::invalid_params;
  /// What people are to be told of the files, once for each change of them.
  std::vector<std::string> notices;
};

/// Owns the files of ssh_config(5): each is read once, and again when it has
/// changed. Runs on threads of its own, one for a list of files.
class config_store {
public:
  config_store();

  /// Calls `done` in the context of `asker` with what the files say.
  /// @param exec whether the commands of `Match exec` are run; they have 10 s
  void find(std::vector<std::string> paths, bool exec, config::query asked,
            caf::actor_addr asker,
            std::function<void(const host_config&)> done);

  /// Takes notices back that nobody was told of, for who asks next.
  void give_back(std::vector<std::string> paths, bool exec,
                 std::vector<std::string> notices);

private:
  class all_files;

  std::shared_ptr<all_files> files_;
  io::worker_pool workers_;
};

} // namespace tieline::ssh
