#pragma once

#include "tieline/messages/errc.hpp"
#include "tieline/transports/io/worker_pool.hpp"
#include "tieline/transports/ssh/known_hosts.hpp"

#include <caf/actor_addr.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::ssh {

/// Where host keys are known.
struct known_hosts_files {
  /// The user's: all that are there have to be readable, new keys go to the
  /// first.
  std::vector<std::string> own;
  /// The system's: one that cannot be read is passed over.
  std::vector<std::string> global;
};

/// Returns the files of a list with commas.
std::vector<std::string> files_of(std::string_view list);

/// The keys of one host, or why a file cannot be read.
struct known_keys {
  std::vector<known_key> keys;
  std::string error;
  /// Of the error: `errc::transport_failed` if it is this process that lacks
  /// something.
  errc code = errc::invalid_params;
  /// The files, for people; says which do not exist.
  std::string where = {};
  /// What people should know of the files, said once; empty: nothing.
  std::string notice = {};
};

/// Owns the known_hosts files: each is read once, and again when it has
/// changed; only this writes to them. Runs on threads of its own, one for a
/// list of files.
class host_key_store {
public:
  host_key_store();

  /// Calls `done` in the context of `asker` with the host's keys. Without an
  /// entry for the port, they are those of the host at the standard port.
  void find(known_hosts_files where, std::string host, uint16_t port,
            caf::actor_addr asker, std::function<void(const known_keys&)> done);

  /// Appends a key to the first file, unless the host has keys for the port in
  /// any by now. Calls `done` in the context of `asker` with the keys that the
  /// host then has.
  void add(known_hosts_files where, std::string host, uint16_t port,
           host_key key, caf::actor_addr asker,
           std::function<void(const known_keys&)> done);

private:
  class files;

  static std::string group_of(const known_hosts_files& where);

  std::shared_ptr<files> files_;
  io::worker_pool workers_;
};

} // namespace tieline::ssh
