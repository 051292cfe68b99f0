#pragma once

#include "tieline/actors/cluster/membership/store_client.hpp"
#include "tieline/messages/internal/coordinator.hpp"

#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tieline {

/// The shards of one node in etcd: claims them with the node's lease and gives
/// them back, one transaction after the other for each. A claim whose answer
/// was lost is looked at before it counts.
class etcd_shards {
public:
  /// @param store of the same actor; is to live as long
  /// @param on_no_lease called when etcd knows nothing of the lease
  etcd_shards(coordinator_actor::pointer self, store_client& store,
              std::string node_name, const std::string& prefix,
              std::function<void()> on_no_lease);

  etcd_shards(const etcd_shards&) = delete;

  etcd_shards& operator=(const etcd_shards&) = delete;

  /// From now on shards are claimed with this lease.
  void begin(int64_t lease);

  /// Makes a shard this node's own if it is nobody's; answers the name of its
  /// owner then.
  caf::result<std::string> acquire(uint32_t n);

  caf::result<void> release(uint32_t n);

  /// Returns whether a shard is known to be this node's own.
  bool has(uint32_t n) const;

  /// Answers the name of a shard's owner, as etcd knows it.
  caf::result<std::string> owner_of(uint32_t n);

  /// Nothing is our own any more.
  void lose_all(const caf::error& reason);

  /// The same, for good.
  void stop(const caf::error& reason);

private:
  using name_promise = caf::typed_response_promise<std::string>;
  using done_promise = caf::typed_response_promise<void>;

  struct job {
    enum class kind { claim, release };
    kind what;
    store_client::time_point due;
    std::vector<name_promise> claims;
    std::vector<done_promise> releases;
    /// Of the key that is to be deleted; zero: not known.
    int64_t revision = 0;
  };

  struct shard {
    /// Of its key when it became our own; zero: it is not known to be.
    int64_t revision = 0;
    /// One after the other; the first is under way.
    std::deque<job> jobs;
  };

  std::string key_of(uint32_t n) const;

  /// Asks the store; calls `f` unless all jobs have failed meanwhile.
  template <class Result, class F, class... Args>
  void ask(F f, Args... args);

  /// The same for a change with our lease; `f` is not called if that is gone.
  template <class F>
  void write(guarded_write what, F f);

  job& job_for(uint32_t n, job::kind what);

  void begin_job(uint32_t n);

  void claim(uint32_t n);

  void claimed(uint32_t n, int64_t revision);

  void claim_again(uint32_t n, int64_t revision);

  void give_back(uint32_t n);

  void look_for_own(uint32_t n);

  void job_failed(uint32_t n, const caf::error& reason);

  void job_done(uint32_t n, const caf::expected<std::string>& result);

  static void answer(job& x, const caf::expected<std::string>& result);

  void find_owner(uint32_t n, name_promise promise,
                  store_client::time_point due);

  coordinator_actor::pointer self_;
  store_client& store_;
  std::string name_;
  std::string prefix_;
  std::function<void()> on_no_lease_;
  int64_t lease_ = 0;
  std::unordered_map<uint32_t, shard> shards_;
  /// How often all jobs have been given up.
  uint64_t era_ = 0;
  bool stopping_ = false;
};

} // namespace tieline
