#include "tieline/actors/cluster/etcd_coordinator.hpp"

#include "tieline/actors/alarm.hpp"
#include "tieline/actors/cluster/addresses.hpp"
#include "tieline/actors/cluster/etcd_client.hpp"
#include "tieline/actors/cluster/etcd_messages.hpp"
#include "tieline/actors/cluster/lease_clock.hpp"
#include "tieline/actors/owned.hpp"
#include "tieline/actors/setting_value.hpp"
#include "tieline/actors/timer.hpp"

#include <caf/logger.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tieline {

namespace {

using namespace std::chrono_literals;
using name_promise = caf::typed_response_promise<std::string>;
using done_promise = caf::typed_response_promise<void>;
using lane = etcd_client::lane;

/// How long what is asked for is tried.
constexpr caf::timespan patience = 5s;
/// How long an end waits for etcd.
constexpr caf::timespan farewell = 2s;
/// How soon the nodes are looked up again, whoever asks for it.
constexpr caf::timespan shortest_look = 100ms;

class etcd_coordinator_state {
public:
  static inline const char* name = "tieline.etcd-coordinator";

  etcd_coordinator_state(coordinator_actor::pointer self, std::string node_name,
                         cluster_settings how, factory_actor http)
    : self_(self),
      name_(std::move(node_name)),
      how_(std::move(how)),
      timer_(spawn_timer(self->home_system())),
      alarm_(self->home_system(), self->ctrl(), timer_.get(),
             [this](uint64_t id) { on_due(id); }),
      client_(self, alarm_, std::move(http), how_),
      retry_pause_(
        std::clamp<caf::timespan>(how_.renew_interval / 10, 20ms, 500ms)),
      clock_(how_.lease, how_.renew_interval, how_.close_before),
      renew_(alarm_),
      close_(alarm_),
      look_(alarm_) {
    // nop
  }

  coordinator_actor::behavior_type make_behavior() {
    look();
    return compat::trap_exit<coordinator_actor::behavior_type>(
      self_, [this](const caf::error& reason) { leave(reason); },
      [this](acquire_atom, uint32_t shard) { return acquire(shard); },
      [this](release_atom, uint32_t shard) { return release(shard); },
      [this](caf::get_atom, uint32_t shard) { return owner_of(shard); },
      [this](put_atom, cluster_node& node) { return put(std::move(node)); },
      [this](probe_atom) {
        check_clock();
        look_.set_by(std::max(alarm_.now(), last_look_ + shortest_look));
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

  struct job {
    enum class kind { claim, release };
    kind what;
    alarm::time_point due;
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

  // -- talking to etcd --------------------------------------------------------

  /// Asks, and calls `done` with what `read` makes of the answer.
  template <class Read, class Done>
  void ask(const char* path, std::string body, lane how, Read read, Done done) {
    auto on_answer = [this, read,
                      done](const caf::expected<std::string>& got) mutable {
      using value = std::decay_t<decltype(*read(*got))>;
      check_clock();
      if (!got) {
        done(caf::expected<value>{got.error()});
        return;
      }
      auto result = read(*got);
      if (!result) {
        client_.distrust("its answer is not etcd's");
        done(caf::expected<value>{client_.last_error()});
        return;
      }
      done(caf::expected<value>{std::move(*result)});
    };
    client_.call(path, std::move(body), how, client_.call_timeout(),
                 std::move(on_answer));
  }

  /// Calls `f` after a pause.
  template <class F>
  void later(caf::timespan pause, F f) {
    later_.emplace(alarm_.add(alarm_.now() + pause), std::move(f));
  }

  template <class F>
  void retry(F f) {
    later(retry_pause_, std::move(f));
  }

  void on_due(uint64_t id) {
    check_clock();
    if (client_.on_due(id))
      return;
    if (renew_.takes(id))
      renew();
    else if (look_.takes(id))
      look();
    else if (auto i = later_.find(id); i != later_.end()) {
      auto f = std::move(i->second);
      later_.erase(i);
      f();
    } else {
      close_.takes(id);
    }
  }

  static std::optional<bool> read_done(const std::string& text) {
    if (etcd::is_answer(text))
      return true;
    return std::nullopt;
  }

  std::string node_key() const {
    return how_.etcd_prefix + "/nodes/" + name_;
  }

  std::string shard_key(uint32_t n) const {
    return how_.etcd_prefix + "/shards/" + std::to_string(n);
  }

  void warn(const std::string& what) const {
    CAF_LOG_IMPL("tieline.cluster", CAF_LOG_LEVEL_WARNING, name_ + ": " + what);
  }

  /// Warns of what may go on for long, once.
  void complain(const std::string& what) {
    if (complaints_.size() < 100 && complaints_.insert(what).second)
      warn(what);
  }

  caf::error failed(errc code, const std::string& cause) const {
    return make_error(code, {{}, step::none, cause});
  }

  /// What kept etcd from answering, as an error.
  caf::error unreached(const caf::error& reason) const {
    return code_of(reason) == errc::none
             ? failed(errc::transport_failed, to_string(reason))
             : reason;
  }

  // -- the lease --------------------------------------------------------------

  /// To be called before anything is done: whatever woke us may have come late.
  void check_clock() {
    if ((phase_ == phase::joining || phase_ == phase::member)
        && !clock_.good(boot_clock::now())) {
      const auto& why = client_.last_error();
      close("the lease could not be renewed in time"
            + (why ? ": " + describe(why) : std::string{}));
    }
  }

  /// There is no lease any more: begins anew.
  void absent() {
    lease_ = 0;
    clock_.stop();
    phase_ = phase::absent;
    retry([this] { begin(); });
  }

  void begin() {
    if (phase_ == phase::absent && node_)
      grant();
  }

  void grant() {
    phase_ = phase::granting;
    revision_ = 0;
    auto sent = boot_clock::now();
    auto ttl = std::chrono::duration_cast<std::chrono::seconds>(how_.lease);
    ask("/v3/lease/grant", etcd::grant(ttl), lane::express, etcd::read_lease,
        [this, sent](const caf::expected<etcd::lease>& got) {
          if (phase_ != phase::granting)
            return;
          if (!got) {
            blocked_ = unreached(got.error());
            retry([this] {
              if (phase_ == phase::granting)
                grant();
            });
            return;
          }
          clock_.begin(sent, got->ttl);
          if (!clock_.good(boot_clock::now())) {
            blocked_ = failed(errc::timeout,
                              "the lease that etcd grants is over too soon");
            absent();
            return;
          }
          lease_ = got->id;
          phase_ = phase::joining;
          set_timers();
          announce();
        });
  }

  void set_timers() {
    auto now = boot_clock::now();
    auto in = [&](boot_clock::time_point when) {
      return alarm_.now() + std::max<caf::timespan>(when - now, 0ns);
    };
    renew_.set(in(clock_.renew_at()));
    close_.set(in(clock_.close_at()));
  }

  bool keeps_lease() const {
    return lease_ != 0
           && (phase_ == phase::joining || phase_ == phase::member
               || phase_ == phase::closing);
  }

  void renew() {
    if (renewing_ || !keeps_lease())
      return;
    renewing_ = true;
    auto sent = boot_clock::now();
    auto id = lease_;
    ask("/v3/lease/keepalive", etcd::by_id(id), lane::express, etcd::read_lease,
        [this, sent, id](const caf::expected<etcd::lease>& got) {
          renewing_ = false;
          if (id != lease_) {
            renew_soon();
            return;
          }
          if (!got || got->id != id) {
            renew_soon();
            return;
          }
          if (got->ttl == 0s) {
            lease_gone();
            return;
          }
          clock_.renewed(sent, got->ttl);
          set_timers();
        });
  }

  void renew_soon() {
    if (keeps_lease())
      renew_.set(alarm_.now() + retry_pause_);
  }

  void lease_gone() {
    lease_ = 0;
    clock_.stop();
    if (phase_ == phase::joining || phase_ == phase::member)
      close("etcd has ended the lease");
    settle();
  }

  /// Nothing may be open here any more.
  void close(const std::string& cause) {
    warn("may own nothing until it has registered anew: " + cause);
    if (phase_ == phase::member)
      told_.reset();
    phase_ = phase::closing;
    blocked_ = failed(errc::not_owner, cause);
    close_.cancel();
    fail_jobs(may_not());
    publish();
    settle();
  }

  /// Goes on once all is closed.
  void settle() {
    if (phase_ != phase::closing || !closed())
      return;
    if (lease_ == 0)
      absent();
    else
      revoke();
  }

  void revoke() {
    phase_ = phase::revoking;
    ask("/v3/lease/revoke", etcd::by_id(lease_), lane::express, read_done,
        [this](const caf::expected<bool>& got) {
          if (phase_ != phase::revoking)
            return;
          auto gone = got || etcd_client::not_found(got.error())
                      || clock_.over(boot_clock::now());
          if (!gone) {
            retry([this] {
              if (phase_ == phase::revoking)
                revoke();
            });
            return;
          }
          absent();
        });
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
    later(patience, [this, id] {
      auto i = puts_.find(id);
      if (i == puts_.end())
        return;
      auto why = blocked_ ? blocked_ : client_.last_error();
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
    auto lease = lease_;
    auto text = etcd::print_node(*node_);
    auto body = revision_ == 0
                  ? etcd::make(node_key(), text, lease)
                  : etcd::change(node_key(), text, lease, revision_);
    ask("/v3/kv/txn", std::move(body), lane::express, etcd::read_transaction,
        [this, lease, text](const caf::expected<etcd::outcome>& got) {
          announcing_ = false;
          if (phase_ != phase::joining && phase_ != phase::member)
            return;
          if (lease != lease_)
            announce();
          else if (!got)
            not_announced(got.error());
          else if (got->succeeded)
            announced(got->revision, text);
          else if (!got->found) {
            revision_ = 0;
            announce_later(retry_pause_);
          } else if (got->found->lease == lease)
            // An answer was lost, or somebody has touched it.
            found_announced(*got->found);
          else
            name_taken(*got->found);
        });
  }

  void announce_later(caf::timespan pause) {
    later(pause, [this] {
      if (phase_ == phase::joining || phase_ == phase::member)
        announce();
    });
  }

  void not_announced(const caf::error& reason) {
    if (etcd_client::not_found(reason)) {
      lease_gone();
      return;
    }
    blocked_ = unreached(reason);
    complain("the node cannot be registered: " + describe(blocked_));
    announce_later(retry_pause_);
  }

  void found_announced(const etcd::entry& found) {
    revision_ = found.mod_revision;
    if (found.value == etcd::print_node(*node_))
      announced(revision_, found.value);
    else
      announce();
  }

  void announced(int64_t revision, const std::string& text) {
    revision_ = revision;
    if (text != etcd::print_node(*node_)) {
      announce();
      return;
    }
    blocked_ = {};
    complaints_.clear();
    for (auto& [id, promise] : std::exchange(puts_, {}))
      promise.deliver();
    if (phase_ == phase::joining) {
      phase_ = phase::member;
      // The first view that says so shows this node, too.
      ++registration_;
    }
    look();
  }

  void name_taken(const etcd::entry& found) {
    cluster_node other;
    auto text = "another node is registered as '" + name_ + '\'';
    if (etcd::read_node(found.value, other).empty())
      text += ", at " + other.host + ':' + std::to_string(other.port);
    if (phase_ == phase::member) {
      close(text);
      return;
    }
    blocked_ = failed(errc::not_owner, text);
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
    auto& x = shards_[n];
    if (x.revision != 0 && x.jobs.empty())
      return name_;
    auto promise = self_->make_response_promise<name_promise>();
    job_for(n, job::kind::claim).claims.push_back(promise);
    return promise;
  }

  caf::result<void> release(uint32_t n) {
    check_clock();
    // Else what was claimed goes with the lease.
    if (phase_ != phase::member)
      return caf::unit;
    auto promise = self_->make_response_promise<done_promise>();
    job_for(n, job::kind::release).releases.push_back(promise);
    return promise;
  }

  /// Returns the job that has to be done for a shard after all others; it is
  /// begun if there are none.
  job& job_for(uint32_t n, job::kind what) {
    auto& jobs = shards_[n].jobs;
    if (jobs.empty() || jobs.back().what != what) {
      jobs.push_back({what, alarm_.now() + patience, {}, {}, 0});
      if (jobs.size() == 1)
        begin_job(n);
    }
    return jobs.back();
  }

  void begin_job(uint32_t n) {
    if (shards_[n].jobs.front().what == job::kind::claim)
      claim(n);
    else
      give_back(n);
  }

  /// Calls `f` unless all jobs have failed meanwhile.
  template <class F>
  auto on_answer(F f) {
    return [this, f, era = era_](const auto& got) {
      if (era == era_)
        f(got);
    };
  }

  void claim(uint32_t n) {
    ask("/v3/kv/txn", etcd::make(shard_key(n), name_, lease_), lane::bulk,
        etcd::read_transaction,
        on_answer([this, n](const caf::expected<etcd::outcome>& got) {
          if (!got)
            job_failed(n, got.error());
          else if (got->succeeded)
            claimed(n, got->revision);
          else if (!got->found || !check_node_name(got->found->value).empty())
            job_failed(n,
                       failed(errc::protocol_error,
                              "etcd has no name of a node at " + shard_key(n)));
          else if (got->found->lease == lease_)
            claim_again(n, got->found->mod_revision);
          else if (got->found->value == name_)
            job_done(n, failed(errc::not_owner,
                               "an earlier run of this node still has it: its "
                               "lease has not ended yet"));
          else
            job_done(n, got->found->value);
        }));
  }

  void claimed(uint32_t n, int64_t revision) {
    shards_[n].revision = revision;
    job_done(n, name_);
  }

  /// It is our own already: the answer to a claim, or to a release, was lost. A
  /// release may even be still on its way; now it finds another revision.
  void claim_again(uint32_t n, int64_t revision) {
    ask("/v3/kv/txn", etcd::change(shard_key(n), name_, lease_, revision),
        lane::bulk, etcd::read_transaction,
        on_answer([this, n](const caf::expected<etcd::outcome>& got) {
          if (!got)
            job_failed(n, got.error());
          else if (got->succeeded)
            claimed(n, got->revision);
          else
            job_failed(n, failed(errc::timeout, "etcd at " + shard_key(n)
                                                  + " changes all the time"));
        }));
  }

  void give_back(uint32_t n) {
    auto& x = shards_[n];
    auto& revision = x.jobs.front().revision;
    // From here on it may be gone, whatever we hear.
    if (x.revision != 0)
      revision = std::exchange(x.revision, 0);
    if (revision == 0) {
      look_for_own(n);
      return;
    }
    ask("/v3/kv/txn", etcd::remove(shard_key(n), revision), lane::bulk,
        etcd::read_transaction,
        on_answer([this, n](const caf::expected<etcd::outcome>& got) {
          if (got)
            job_done(n, std::string{});
          else
            job_failed(n, got.error());
        }));
  }

  /// A claim whose answer was lost may have been carried out.
  void look_for_own(uint32_t n) {
    ask("/v3/kv/range", etcd::range(shard_key(n)), lane::bulk, etcd::read_range,
        on_answer(
          [this, n](const caf::expected<std::vector<etcd::entry>>& got) {
            if (!got) {
              job_failed(n, got.error());
            } else if (got->empty() || got->front().lease != lease_) {
              job_done(n, std::string{});
            } else {
              shards_[n].jobs.front().revision = got->front().mod_revision;
              give_back(n);
            }
          }));
  }

  void job_failed(uint32_t n, const caf::error& reason) {
    if (etcd_client::not_found(reason)) {
      // It is the lease that is not there.
      lease_gone();
      return;
    }
    if (alarm_.now() >= shards_[n].jobs.front().due) {
      job_done(n, unreached(reason));
      return;
    }
    retry([this, n, era = era_] {
      if (era == era_)
        begin_job(n);
    });
  }

  void job_done(uint32_t n, const caf::expected<std::string>& result) {
    auto i = shards_.find(n);
    auto done = std::move(i->second.jobs.front());
    i->second.jobs.pop_front();
    answer(done, result);
    if (!i->second.jobs.empty())
      begin_job(n);
    else if (i->second.revision == 0)
      shards_.erase(i);
  }

  static void answer(job& x, const caf::expected<std::string>& result) {
    for (auto& promise : x.claims)
      if (result)
        promise.deliver(*result);
      else
        promise.deliver(result.error());
    for (auto& promise : x.releases)
      if (result)
        promise.deliver();
      else
        promise.deliver(result.error());
  }

  /// Nothing is our own any more.
  void fail_jobs(const caf::error& reason) {
    ++era_;
    for (auto& [n, x] : std::exchange(shards_, {}))
      for (auto& job : x.jobs)
        if (job.what == job::kind::claim)
          answer(job, reason);
        else
          answer(job, std::string{});
  }

  caf::result<std::string> owner_of(uint32_t n) {
    check_clock();
    if (phase_ == phase::leaving)
      return gone();
    auto i = shards_.find(n);
    if (phase_ == phase::member && i != shards_.end() && i->second.revision != 0
        && i->second.jobs.empty())
      return name_;
    auto promise = self_->make_response_promise<name_promise>();
    find_owner(n, promise, alarm_.now() + patience);
    return promise;
  }

  void find_owner(uint32_t n, name_promise promise, alarm::time_point due) {
    ask("/v3/kv/range", etcd::range(shard_key(n)), lane::bulk, etcd::read_range,
        [this, n, promise,
         due](const caf::expected<std::vector<etcd::entry>>& got) mutable {
          if (got)
            promise.deliver(got->empty() ? std::string{} : got->front().value);
          else if (phase_ == phase::leaving || alarm_.now() >= due)
            promise.deliver(unreached(got.error()));
          else
            retry([this, n, promise, due] { find_owner(n, promise, due); });
        });
  }

  // -- the view ---------------------------------------------------------------

  void look() {
    if (phase_ == phase::leaving)
      return;
    if (looking_) {
      look_again_ = true;
      return;
    }
    looking_ = true;
    look_again_ = false;
    last_look_ = alarm_.now();
    look_.set(last_look_ + how_.look_interval);
    auto registration = phase_ == phase::member ? registration_ : 0;
    ask("/v3/kv/range", etcd::range_below(how_.etcd_prefix + "/nodes/"),
        lane::express, etcd::read_range,
        [this,
         registration](const caf::expected<std::vector<etcd::entry>>& got) {
          looking_ = false;
          if (got)
            looked(*got, registration);
          else
            complain("the nodes cannot be looked up: "
                     + describe(unreached(got.error())));
          if (look_again_)
            look();
        });
  }

  /// @param registration which one of this node it is to show
  void looked(const std::vector<etcd::entry>& found, uint64_t registration) {
    auto prefix = (how_.etcd_prefix + "/nodes/").size();
    std::vector<cluster_node> nodes;
    std::map<std::string, std::string> odd;
    auto here = false;
    for (const auto& x : found) {
      cluster_node node;
      auto name = x.key.substr(std::min(prefix, x.key.size()));
      auto wrong = etcd::read_node(x.value, node);
      if (wrong.empty() && node.name != name)
        wrong = "it says that it is " + node.name;
      here = here || name == name_;
      if (wrong.empty())
        nodes.push_back(std::move(node));
      else
        odd.emplace(name, wrong);
    }
    for (const auto& [name, wrong] : odd)
      if (auto i = odd_.find(name); i == odd_.end() || i->second != wrong)
        warn("node " + name + " is left out: " + wrong);
    odd_ = std::move(odd);
    std::sort(nodes.begin(), nodes.end(),
              [](auto& x, auto& y) { return x.name < y.name; });
    nodes_ = std::move(nodes);
    auto current = phase_ == phase::member && registration == registration_;
    if (current && here)
      shown_ = registration;
    publish();
    // Somebody has deleted our entry.
    if (current && !here)
      announce();
  }

  cluster_view view() const {
    return {nodes_, phase_ == phase::member && shown_ == registration_};
  }

  caf::result<void> subscribe(const view_listener_actor& listener) {
    if (!listener)
      return failed(errc::invalid_request, "there is no listener");
    listener_ = listener.address();
    told_.reset();
    telling_ = false;
    ++subscription_;
    publish();
    return caf::unit;
  }

  /// Returns whether nobody has a session because of us. A listener that has
  /// ended has not said so.
  bool closed() const {
    return !listener_ || (!telling_ && told_ && !told_->may_own);
  }

  /// Tells the listener what it does not know.
  void publish() {
    auto listener = caf::actor_cast<view_listener_actor>(listener_);
    if (!listener || telling_ || (told_ && *told_ == view()))
      return;
    told_ = view();
    telling_ = true;
    auto mine = subscription_;
    auto told = ++telling_number_;
    auto is_current = [this, mine, told] {
      return mine == subscription_ && told == telling_number_ && telling_;
    };
    compat::request(self_, listener, caf::infinite, *told_)
      .then(
        [this, is_current] {
          check_clock();
          if (!is_current())
            return;
          telling_ = false;
          publish();
          settle();
        },
        [this, is_current](const caf::error& reason) {
          check_clock();
          if (!is_current())
            return;
          // It may not have acted.
          warn("the listener cannot take the view: " + to_string(reason));
          later(retry_pause_, [this, is_current] {
            if (!is_current())
              return;
            telling_ = false;
            told_.reset();
            publish();
          });
        });
  }

  // -- the end ----------------------------------------------------------------

  void leave(const caf::error& reason) {
    if (phase_ == phase::leaving) {
      self_->quit(reason);
      return;
    }
    phase_ = phase::leaving;
    fail_jobs(gone());
    for (auto& [id, promise] : std::exchange(puts_, {}))
      promise.deliver(gone());
    if (lease_ == 0) {
      self_->quit(reason);
      return;
    }
    client_.call("/v3/lease/revoke", etcd::by_id(lease_), lane::express,
                 farewell,
                 [this, reason](const caf::expected<std::string>& got) {
                   if (!got && !etcd_client::not_found(got.error()))
                     warn("the lease is not revoked, it has to end: "
                          + describe(got.error()));
                   self_->quit(reason);
                 });
  }

  coordinator_actor::pointer self_;
  std::string name_;
  cluster_settings how_;
  owned<timer_actor> timer_;
  alarm alarm_;
  etcd_client client_;
  caf::timespan retry_pause_;
  std::map<uint64_t, std::function<void()>> later_;

  phase phase_ = phase::absent;
  /// Zero: there is none.
  int64_t lease_ = 0;
  lease_clock clock_;
  bool renewing_ = false;
  appointment renew_;
  /// Only to wake up: @ref check_clock does the rest.
  appointment close_;
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

  std::unordered_map<uint32_t, shard> shards_;
  /// How often all jobs have been given up.
  uint64_t era_ = 0;

  std::vector<cluster_node> nodes_;
  /// How often this node was registered, and which time they show.
  uint64_t registration_ = 0;
  uint64_t shown_ = 0;
  std::map<std::string, std::string> odd_;
  appointment look_;
  alarm::time_point last_look_{};
  bool looking_ = false;
  bool look_again_ = false;

  caf::actor_addr listener_;
  uint64_t subscription_ = 0;
  /// What it has been told last; none: it is to be told whatever it is.
  std::optional<cluster_view> told_;
  bool telling_ = false;
  uint64_t telling_number_ = 0;
};

} // namespace

coordinator_actor
spawn_etcd_coordinator(caf::actor_system& sys, std::string node_name,
                       cluster_settings how, factory_actor http) {
  if (auto error = how.check())
    throw std::invalid_argument(describe(error));
  if (how.etcd.empty())
    throw std::invalid_argument("tieline.cluster.etcd: there is none");
  if (auto wrong = check_node_name(node_name); !wrong.empty())
    throw std::invalid_argument("tieline.node-name: " + wrong);
  using impl = coordinator_actor::stateful_impl<etcd_coordinator_state>;
  return sys.spawn<impl>(std::move(node_name), std::move(how), std::move(http));
}

} // namespace tieline
