#include "tieline/actors/cluster/membership/etcd_coordinator.hpp"

#include "tieline/actors/cluster/membership/addresses.hpp"
#include "tieline/actors/cluster/membership/etcd_lease.hpp"
#include "tieline/actors/cluster/membership/etcd_listener.hpp"
#include "tieline/actors/cluster/membership/etcd_nodes.hpp"
#include "tieline/actors/cluster/membership/etcd_shards.hpp"
#include "tieline/actors/cluster/membership/node_entry.hpp"
#include "tieline/actors/cluster/membership/store_client.hpp"
#include "tieline/actors/runtime/owned.hpp"
#include "tieline/actors/runtime/timer.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/internal/coordinator.hpp"
#include "tieline/messages/internal/timer.hpp"
#include "tieline/messages/options/option_value.hpp"
#include "tieline/messages/support/host_port.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

namespace tieline {

namespace {

using namespace std::chrono_literals;
using done_promise = caf::typed_response_promise<void>;

/// How long an end waits for etcd.
constexpr caf::timespan farewell = 2s;
class etcd_coordinator_state {
public:
  static inline const char* name = "tieline.etcd_coordinator";

  etcd_coordinator_state(coordinator_actor::pointer self, std::string node_name,
                         cluster_settings how, key_value_store_actor store)
    : self_(self),
      name_(std::move(node_name)),
      how_(std::move(how)),
      timer_(spawn_timer(self->home_system())),
      timers_(self->home_system(), self->ctrl(), timer_.get()),
      store_(
        self, name_, timers_, std::move(store),
        std::clamp<caf::timespan>(how_.renew_interval / 10, 20ms, 500ms),
        [this] { check_clock(); }, [this] { trouble_changed(); }),
      lease_(store_, how_, [this] { lease_gone(); }),
      shards_(self, store_, name_, how_.etcd_prefix, [this] { lease_gone(); }),
      nodes_(
        store_, how_.etcd_prefix + "/nodes/", how_.look_interval,
        [this] { return phase_ == phase::member ? registration_ : 0; },
        [this](const std::string& wrong) { looked(wrong); }),
      listener_(
        self, store_, [this] { return view(); }, [this] { return trouble(); },
        [this] { check_clock(); }, [this] { settle(); }) {
    // nop
  }

  coordinator_actor::behavior_type make_behavior() {
    nodes_.look();
    return compat::trap_exit<coordinator_actor::behavior_type>(
      self_, [this](const caf::error& reason) { leave(reason); },
      [this](acquire_atom, uint32_t shard) { return acquire(shard); },
      [this](release_atom, uint32_t shard) { return release(shard); },
      [this](caf::get_atom, uint32_t shard) { return owner_of(shard); },
      [this](put_atom, cluster_node& node) { return put(std::move(node)); },
      [this](probe_atom) {
        check_clock();
        nodes_.look_soon();
      },
      [this](caf::subscribe_atom, const view_listener_actor& listener) {
        check_clock();
        return subscribe(listener);
      });
  }

private:
  enum class phase {
    /// There is no lease.
    absent,
    /// It is being asked for.
    granting,
    /// The node is being registered with it.
    joining,
    /// It is; shards may be had.
    member,
    /// It could not be renewed, or is gone: the listener is to close.
    closing,
    /// It is being given back.
    revoking,
    /// Told to end.
    leaving,
  };

  // -- talking to etcd --------------------------------------------------------

  void trouble_changed() {
    check_clock();
    if (phase_ != phase::leaving)
      listener_.tell();
  }

  /// Returns what is in the way of this node; empty: nothing, or we are about
  /// to know.
  caf::error trouble() const {
    auto result = store_.trouble();
    return result || phase_ == phase::member ? result : blocked_;
  }

  std::string node_key() const {
    return how_.etcd_prefix + "/nodes/" + name_;
  }

  /// Warns of what may go on for long, once.
  void complain(const std::string& what) {
    if (complaints_.size() < 100 && complaints_.insert(what).second)
      store_.warn(what);
  }

  caf::error failed(errc code, const std::string& cause) const {
    return make_error(code, {{}, step::none, cause});
  }

  // -- the lease --------------------------------------------------------------

  /// To be called before anything is done: whatever woke us may have come late.
  void check_clock() {
    if ((phase_ == phase::joining || phase_ == phase::member)
        && !lease_.good()) {
      auto why = store_.trouble();
      close("the lease could not be renewed in time"
            + (why ? ": " + describe(why) : std::string{}));
    }
  }

  /// There is no lease any more: begins anew.
  void absent() {
    phase_ = phase::absent;
    store_.retry([this] { begin(); });
  }

  void begin() {
    if (phase_ != phase::absent || !node_)
      return;
    phase_ = phase::granting;
    revision_ = 0;
    lease_.grant([this](const caf::error& reason) {
      if (reason) {
        blocked_ = reason;
        absent();
        return;
      }
      phase_ = phase::joining;
      announce();
    });
  }

  void lease_gone() {
    lease_.forget();
    if (phase_ == phase::joining || phase_ == phase::member)
      close("etcd has ended the lease");
    settle();
  }

  /// Nothing may be open here any more.
  void close(const std::string& cause) {
    store_.warn("may own nothing until it has registered anew: " + cause);
    if (phase_ == phase::member)
      listener_.repeat();
    phase_ = phase::closing;
    blocked_ = failed(errc::not_owner, cause);
    shards_.lose_all(may_not());
    listener_.tell();
    settle();
  }

  /// Goes on once all is closed.
  void settle() {
    if (phase_ != phase::closing || !listener_.closed())
      return;
    if (lease_.id() == 0) {
      absent();
      return;
    }
    phase_ = phase::revoking;
    lease_.revoke([this] { absent(); });
  }

  // -- this node --------------------------------------------------------------

  caf::result<void> put(cluster_node node) {
    check_clock();
    if (node.name != name_)
      return failed(errc::invalid_params,
                    "this is node '" + name_ + "', not '" + node.name + '\'');
    if (phase_ == phase::leaving)
      return gone();
    node_ = std::move(node);
    auto promise = self_->make_response_promise<done_promise>();
    auto id = ++last_put_;
    puts_.emplace(id, promise);
    store_.later(store_patience, [this, id] {
      auto i = puts_.find(id);
      if (i == puts_.end())
        return;
      auto why = blocked_ ? blocked_ : store_.trouble();
      i->second.deliver(
        why ? why : failed(errc::timeout, "etcd has not answered in time"));
      puts_.erase(i);
    });
    if (phase_ == phase::joining || phase_ == phase::member)
      announce();
    else
      begin();
    return promise;
  }

  void announce() {
    if (announcing_)
      return;
    announcing_ = true;
    auto lease = lease_.id();
    guarded_write what;
    what.key = node_key();
    auto text = print_node_entry(*node_);
    what.value = text;
    what.lease = lease;
    what.if_revision = revision_;
    store_.ask<write_outcome>(
      [this, lease, text](const caf::expected<write_outcome>& got) {
        announcing_ = false;
        if (phase_ != phase::joining && phase_ != phase::member)
          return;
        if (lease != lease_.id())
          announce();
        else if (!got)
          not_announced(got.error());
        else if (got->lease_gone)
          lease_gone();
        else if (got->succeeded)
          announced(got->revision, text);
        else if (!got->found) {
          revision_ = 0;
          announce_later(store_.retry_pause());
        } else if (got->found->lease == lease)
          // An answer was lost, or somebody has touched it.
          found_announced(*got->found);
        else
          name_taken(*got->found);
      },
      std::move(what));
  }

  void announce_later(caf::timespan pause) {
    store_.later(pause, [this] {
      if (phase_ == phase::joining || phase_ == phase::member)
        announce();
    });
  }

  void not_announced(const caf::error& reason) {
    blocked_ = reason;
    complain("the node cannot be registered: " + describe(blocked_));
    announce_later(store_.retry_pause());
  }

  void found_announced(const stored_entry& found) {
    revision_ = found.mod_revision;
    if (found.value == print_node_entry(*node_))
      announced(revision_, found.value);
    else
      announce();
  }

  void announced(int64_t revision, const std::string& text) {
    revision_ = revision;
    if (text != print_node_entry(*node_)) {
      announce();
      return;
    }
    blocked_ = {};
    complaints_.clear();
    for (auto& [id, promise] : std::exchange(puts_, {}))
      promise.deliver();
    if (phase_ == phase::joining) {
      phase_ = phase::member;
      shards_.begin(lease_.id());
      ++registration_;
    }
    nodes_.look();
  }

  void name_taken(const stored_entry& found) {
    cluster_node other;
    auto text = "another node is registered as '" + name_ + '\'';
    if (read_node_entry(found.value, other).empty())
      text += ", at " + host_port(other.host, other.port);
    if (phase_ == phase::member) {
      close(text);
      return;
    }
    blocked_ = failed(errc::not_owner, text);
    listener_.tell();
    complain(text);
    announce_later(std::min(how_.look_interval, how_.renew_interval));
  }

  // -- shards -----------------------------------------------------------------

  caf::error may_not() const {
    std::string cause;
    if (phase_ == phase::leaving)
      return gone();
    if (!node_)
      cause = "the node has not been put yet";
    else if (blocked_)
      cause = code_of(blocked_) == errc::not_owner ? failure_of(blocked_).cause
                                                   : describe(blocked_);
    else
      cause = "etcd has not answered yet";
    return failed(errc::not_owner, "not registered: " + cause);
  }

  caf::error gone() const {
    return failed(errc::closed, "the coordinator is told to end");
  }

  caf::result<std::string> acquire(uint32_t n) {
    check_clock();
    if (phase_ != phase::member)
      return may_not();
    return shards_.acquire(n);
  }

  caf::result<void> release(uint32_t n) {
    check_clock();
    // Else what was claimed goes with the lease.
    if (phase_ != phase::member)
      return caf::unit;
    return shards_.release(n);
  }

  caf::result<std::string> owner_of(uint32_t n) {
    check_clock();
    if (phase_ == phase::leaving)
      return gone();
    if (phase_ == phase::member && shards_.has(n))
      return name_;
    return shards_.owner_of(n);
  }

  // -- the view ---------------------------------------------------------------

  void looked(const std::string& wrong) {
    if (!wrong.empty()) {
      complain(wrong);
      return;
    }
    auto current = phase_ == phase::member && nodes_.number() == registration_;
    auto here = nodes_.has_entry(name_);
    if (current && here)
      shown_ = registration_;
    listener_.tell();
    // Somebody has deleted our entry.
    if (current && !here)
      announce();
  }

  /// The first one that says that we may own shows this node, too.
  cluster_view view() const {
    return {nodes_.get(), phase_ == phase::member && shown_ == registration_};
  }

  caf::result<void> subscribe(const view_listener_actor& listener) {
    if (!listener)
      return failed(errc::invalid_request, "there is no listener");
    listener_.set(listener);
    return caf::unit;
  }

  // -- the end ----------------------------------------------------------------

  void leave(const caf::error& reason) {
    if (phase_ == phase::leaving) {
      self_->quit(reason);
      return;
    }
    phase_ = phase::leaving;
    nodes_.stop();
    shards_.stop(gone());
    for (auto& [id, promise] : std::exchange(puts_, {}))
      promise.deliver(gone());
    lease_.revoke_once(farewell, [this, reason](const caf::error& failed) {
      if (failed)
        store_.warn("the lease is not revoked, it has to end: "
                    + describe(failed));
      self_->quit(reason);
    });
  }

  coordinator_actor::pointer self_;
  std::string name_;
  cluster_settings how_;
  owned<timer_actor> timer_;
  timers timers_;
  store_client store_;

  phase phase_ = phase::absent;
  etcd_lease lease_;
  /// Why the node is not registered.
  caf::error blocked_;

  /// What is to be announced.
  std::optional<cluster_node> node_;
  /// Of the node's entry when we last wrote it; zero: there should be none.
  int64_t revision_ = 0;
  bool announcing_ = false;
  std::map<uint64_t, done_promise> puts_;
  uint64_t last_put_ = 0;
  /// What the log has been told since the node was announced.
  std::set<std::string> complaints_;

  etcd_shards shards_;

  etcd_nodes nodes_;
  /// How often this node was registered, and which time a view has shown.
  uint64_t registration_ = 0;
  uint64_t shown_ = 0;
  etcd_listener listener_;
};

} // namespace

coordinator_actor
spawn_etcd_coordinator(caf::actor_system& sys, std::string node_name,
                       cluster_settings how, key_value_store_actor store) {
  if (auto error = how.check())
    throw std::invalid_argument(describe(error));
  if (how.etcd.empty())
    throw std::invalid_argument("tieline.cluster.etcd: there is none");
  if (auto wrong = check_node_name(node_name); !wrong.empty())
    throw std::invalid_argument("tieline.node-name: " + wrong);
  using impl = coordinator_actor::stateful_impl<etcd_coordinator_state>;
  return sys.spawn<impl>(std::move(node_name), std::move(how),
                         std::move(store));
}

} // namespace tieline
