#pragma once

#include "tieline/actors/cluster/membership/store_client.hpp"
#include "tieline/messages/cluster.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tieline {

/// The nodes of a cluster as etcd shows them: looks them up again and again.
/// Entries that make no sense are left out; the log says so.
class etcd_nodes {
public:
  /// Returns an error text if nodes cannot be looked up.
  using callback = std::function<void(const std::string& wrong)>;

  /// @param store of the same actor; is to live as long
  /// @param prefix what keys of nodes begin with
  /// @param number says which number the nodes that are asked for now have
  /// @param on_looked called after each time, with what was in the way
  etcd_nodes(store_client& store, std::string prefix, caf::timespan interval,
             std::function<uint64_t()> number, callback on_looked);

  etcd_nodes(const etcd_nodes&) = delete;

  etcd_nodes& operator=(const etcd_nodes&) = delete;

  /// Looks now, or as soon as it has the answer to an earlier question.
  void look();

  /// Looks before long, whoever asks for it.
  void look_soon();

  void stop();

  /// Returns those of the last time, by name.
  const std::vector<cluster_node>& get() const noexcept {
    return nodes_;
  }

  /// Returns which number they have.
  uint64_t number() const noexcept {
    return shown_;
  }

  /// Returns whether there was an entry of this name, of whatever sense.
  bool has_entry(const std::string& name) const;

private:
  void look_at(store_client::time_point when);

  void looked(const std::vector<stored_entry>& found);

  store_client& store_;
  std::string prefix_;
  caf::timespan interval_;
  std::function<uint64_t()> number_;
  callback on_looked_;

  std::vector<cluster_node> nodes_;
  uint64_t shown_ = 0;
  /// What is wrong with the entries that were left out, by name.
  std::map<std::string, std::string> odd_;
  /// The next look, and when it comes.
  timers::id next_{};
  store_client::time_point next_at_{};
  store_client::time_point last_{};
  bool looking_ = false;
  bool again_ = false;
  bool stopped_ = false;
};

} // namespace tieline
