#pragma once

/// @file
/// The store in which the nodes of a cluster agree. Its messages do not cross
/// nodes.

#include "tieline/messages/interfaces.hpp"

#include <caf/result.hpp>
#include <caf/timespan.hpp>
#include <caf/typed_actor.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tieline {

/// One key as it is stored.
struct stored_entry {
  std::string key;
  std::string value;
  /// The revisions of the store at which the key was made and last changed.
  int64_t create_revision = 0;
  int64_t mod_revision = 0;
  /// The lease whose end is the key's end; zero: the key stays.
  int64_t lease = 0;

  template <class Inspector>
  friend bool inspect(Inspector& f, stored_entry& x) {
    return f.object(x).fields(f.field("key", x.key), f.field("value", x.value),
                              f.field("create_revision", x.create_revision),
                              f.field("mod_revision", x.mod_revision),
                              f.field("lease", x.lease));
  }
};

/// A lease as the store tells of it.
struct stored_lease {
  int64_t id = 0;
  /// How long it lasts from now on; zero: there is no such lease any more.
  caf::timespan ttl{0};

  template <class Inspector>
  friend bool inspect(Inspector& f, stored_lease& x) {
    return f.object(x).fields(f.field("id", x.id), f.field("ttl", x.ttl));
  }
};

/// Changes one key if nobody else has changed it meanwhile.
struct guarded_write {
  std::string key;
  /// The new value; none: the key is deleted.
  std::optional<std::string> value;
  /// The lease that a new value hangs on; zero: none.
  int64_t lease = 0;
  /// The revision at which the key must have been changed last; zero: there
  /// must be no such key.
  int64_t if_revision = 0;

  template <class Inspector>
  friend bool inspect(Inspector& f, guarded_write& x) {
    return f.object(x).fields(f.field("key", x.key), f.field("value", x.value),
                              f.field("lease", x.lease),
                              f.field("if_revision", x.if_revision));
  }
};

/// What became of a @ref guarded_write.
struct write_outcome {
  /// Whether the key was as it must be, and so was changed.
  bool succeeded = false;
  /// Whether the lease is not there any more; nothing was changed then.
  bool lease_gone = false;
  /// The revision of the store afterwards.
  int64_t revision = 0;
  /// What there is in place of what should have been; none: no such key, or
  /// the key was to be deleted.
  std::optional<stored_entry> found;

  template <class Inspector>
  friend bool inspect(Inspector& f, write_outcome& x) {
    return f.object(x).fields(f.field("succeeded", x.succeeded),
                              f.field("lease_gone", x.lease_gone),
                              f.field("revision", x.revision),
                              f.field("found", x.found));
  }
};

/// One member of an etcd cluster.
struct etcd_endpoint {
  std::string host;
  uint16_t port = 0;
  bool tls = true;

  friend bool operator==(const etcd_endpoint& x, const etcd_endpoint& y) {
    return x.host == y.host && x.port == y.port && x.tls == y.tls;
  }
};

/// Where an etcd cluster is, and how it lets us in.
struct etcd_access {
  /// The members; the next one is asked when one does not answer.
  std::vector<etcd_endpoint> endpoints;
  /// PEM files: the authority that issued etcd's certificates (empty: those
  /// that the system trusts), our certificate and its key (empty: it is in the
  /// certificate's file).
  std::string ca_file;
  std::string certificate;
  std::string key;
  /// Whom etcd knows us as (empty: nobody is to log in), and the file with the
  /// password on its first line.
  std::string username;
  std::string password_file;
  /// How long one answer may take.
  caf::timespan call_timeout = std::chrono::seconds{5};
};

} // namespace tieline

CAF_BEGIN_TYPE_ID_BLOCK(tieline_store, caf::id_block::tieline_actors::end)

  CAF_ADD_TYPE_ID(tieline_store, (tieline::stored_entry))
  CAF_ADD_TYPE_ID(tieline_store, (tieline::stored_lease))
  CAF_ADD_TYPE_ID(tieline_store, (tieline::guarded_write))
  CAF_ADD_TYPE_ID(tieline_store, (tieline::write_outcome))
  CAF_ADD_TYPE_ID(tieline_store, (std::vector<tieline::stored_entry>))

  CAF_ADD_ATOM(tieline_store, tieline, grant_atom)
  CAF_ADD_ATOM(tieline_store, tieline, keep_alive_atom)
  CAF_ADD_ATOM(tieline_store, tieline, range_atom)
  CAF_ADD_ATOM(tieline_store, tieline, revoke_atom)

CAF_END_TYPE_ID_BLOCK(tieline_store)

namespace tieline {

/// Keeps keys with values, of which some go with the end of a lease, and
/// changes them one after the other for all who ask. A request that the store
/// has refused is answered `errc::operation_failed` or `errc::auth_failed`.
/// Any other error says what kept the store from answering in time: it may
/// have done then what it was asked, or do it later.
using key_value_store_actor = caf::typed_actor<
  // Grants a lease for this long, whole seconds.
  caf::result<stored_lease>(grant_atom, caf::timespan),
  // Renews a lease.
  caf::result<stored_lease>(keep_alive_atom, int64_t),
  // Ends a lease, and with it the keys that hang on it. There being no such
  // lease is no error.
  caf::result<void>(revoke_atom, int64_t),
  // Returns a key, if there is one; or (true) all that begin so.
  caf::result<std::vector<stored_entry>>(range_atom, std::string, bool),
  // Changes a key unless somebody else did.
  caf::result<write_outcome>(guarded_write)>;

} // namespace tieline
