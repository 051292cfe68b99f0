#include "tieline/transports/netconf/subscription.hpp"

#include "tieline/messages/support/backoff.hpp"
#include "tieline/transports/netconf/names.hpp"
#include "tieline/transports/netconf/replay_cursor.hpp"
#include "tieline/transports/netconf/xml.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tieline {

namespace {

using namespace netconf;

constexpr auto longest_backoff = std::chrono::minutes{1};

using full_actor = subscription_actor::extend_with<sink_actor>;

/// Returns whether no other attempt can do better.
bool is_final(const caf::error& reason) {
  switch (code_of(reason)) {
    case errc::auth_failed:
    case errc::closed:
    case errc::host_key_changed:
    case errc::host_key_unknown:
    case errc::invalid_params:
    case errc::invalid_request:
    case errc::not_open:
    case errc::operation_failed:
    case errc::secret_withheld:
    case errc::unsupported:
      return true;
    default:
      return false;
  }
}

class subscription_state {
public:
  static inline const char* name = "tieline.netconf_subscription";

  subscription_state(full_actor::pointer self, connection_actor on,
                     netconf_subscription_options options)
    : self_(self),
      on_(std::move(on)),
      options_(std::move(options)),
      cursor_(options_.start_time) {
    // What is dropped leaves a gap, which waits, too.
    options_.queue_limit = std::max<size_t>(options_.queue_limit, 2);
  }

  full_actor::behavior_type make_behavior() {
    return {
      [this](caf::subscribe_atom, notification_sink& to) {
        return subscribe(std::move(to));
      },
      [this](caf::unsubscribe_atom, const notification_sink& to) {
        auto known = listeners_.erase(to.address()) > 0;
        go_on();
        return known;
      },
      [this](const chunk& what) { return take(what); },
    };
  }

private:
  struct listener {
    notification_sink to;
    // Tells it from one of the same sink that was there before.
    uint64_t number = 0;
    std::deque<notification> queue;
    bool busy = false;
    compat::watch end;

    ~listener() {
      end.give_up();
    }
  };

  enum class phase { fresh, subscribed, waiting, over };

  // -- towards the sinks ------------------------------------------------------

  caf::result<void> subscribe(notification_sink to) {
    if (!to)
      return make_error(errc::invalid_request,
                        {{}, step::none, "there is no sink"});
    if (phase_ == phase::over)
      return make_error(errc::closed, {{}, step::none, "it is over"});
    auto addr = to.address();
    auto [i, added] = listeners_.try_emplace(addr);
    if (!added)
      return caf::unit;
    i->second.to = std::move(to);
    i->second.number = ++last_number_;
    i->second.end = compat::watch{self_,
                                  caf::actor_cast<caf::actor>(i->second.to),
                                  [this, addr](const caf::error&) {
                                    listeners_.erase(addr);
                                    go_on();
                                  }};
    if (phase_ == phase::fresh)
      begin(cursor_.begin().time);
    return caf::unit;
  }

  void tell_all(const notification& what) {
    for (auto& [addr, x] : listeners_)
      x.queue.push_back(what);
    // Not in that loop: the answer may be an error at once.
    std::vector<caf::actor_addr> all;
    for (auto& [addr, x] : listeners_)
      all.push_back(addr);
    for (auto& addr : all)
      pass_on(addr);
  }

  void pass_on(const caf::actor_addr& addr) {
    auto i = listeners_.find(addr);
    if (i == listeners_.end() || i->second.busy || i->second.queue.empty())
      return;
    auto& x = i->second;
    x.busy = true;
    auto next = std::move(x.queue.front());
    x.queue.pop_front();
    compat::request(self_, x.to, caf::infinite, std::move(next))
      .then(
        [this, addr, number = x.number] {
          if (auto i = find(addr, number); i != listeners_.end())
            i->second.busy = false;
          pass_on(addr);
          go_on();
        },
        [this, addr, number = x.number](const caf::error&) {
          if (auto i = find(addr, number); i != listeners_.end())
            listeners_.erase(i);
          go_on();
        });
  }

  std::map<caf::actor_addr, listener>::iterator
  find(const caf::actor_addr& addr, uint64_t number) {
    auto i = listeners_.find(addr);
    return i != listeners_.end() && i->second.number == number
             ? i
             : listeners_.end();
  }

  bool too_much(const listener& x) const {
    return x.queue.size() >= options_.queue_limit;
  }

  bool hold() const {
    return std::any_of(listeners_.begin(), listeners_.end(),
                       [this](auto& x) { return too_much(x.second); });
  }

  /// A sink has taken something, or is gone.
  void go_on() {
    release();
    quit_if_all_know();
  }

  /// Lets the device go on if no sink is too far behind.
  void release() {
    if (!hold())
      let_go();
  }

  void let_go() {
    for (auto& x : std::exchange(held_, {}))
      x.deliver();
  }

  // One timer, however often the device is held back and let go: CAF's get
  // slow by the thousand.
  void await_slow(caf::timespan time) {
    awaiting_ = true;
    self_->run_delayed(time, [this] {
      awaiting_ = false;
      if (held_.empty())
        return;
      caf::timespan waited = self_->clock().now() - held_since_;
      if (waited < options_.patience) {
        await_slow(options_.patience - waited);
        return;
      }
      for (auto& [addr, x] : listeners_)
        if (too_much(x))
          drop(x.queue);
      let_go();
    });
  }

  /// Leaves a gap, and what is no event.
  static void drop(std::deque<notification>& queue) {
    notification gap;
    gap.what = notification_kind::gap;
    gap.reason = make_error(errc::overloaded,
                            {{}, step::none, "the sink is too slow"});
    auto known = true;
    std::deque<notification> rest;
    for (auto& x : queue)
      if (x.what == notification_kind::event) {
        ++gap.missed;
      } else if (x.what == notification_kind::gap) {
        known = known && x.missed > 0;
        gap.missed += x.missed;
      } else {
        rest.push_back(std::move(x));
      }
    if (!known)
      gap.missed = 0;
    queue = std::move(rest);
    queue.push_front(std::move(gap));
  }

  // -- towards the device -----------------------------------------------------

  void begin(const std::string& start_time) {
    phase_ = phase::subscribed;
    began_ = self_->clock().now();
    request what;
    what.body = "create-subscription";
    if (!options_.stream.empty())
      what.attributes["stream"] = options_.stream;
    if (!options_.filter.empty())
      what.attributes["filter"] = options_.filter;
    if (!start_time.empty())
      what.attributes["startTime"] = start_time;
    what.timeout = caf::infinite;
    what.sink = caf::actor_cast<sink_actor>(self_->ctrl());
    compat::request(self_, on_, caf::infinite, execute_atom_v, std::move(what))
      .then(
        [this](const reply&) {
          lose(make_error(errc::connection_lost,
                          {{}, step::session, "the device has ended it"}));
        },
        [this](const caf::error& reason) { lose(reason); });
  }

  void lose(const caf::error& reason) {
    if (phase_ != phase::subscribed)
      return;
    if (cursor_.is_resuming() && code_of(reason) == errc::operation_failed) {
      // It may still tell what comes.
      tell_gap(reason);
      cursor_.forget();
      begin({});
      return;
    }
    if (is_final(reason)) {
      end(reason);
      return;
    }
    loss_ = reason;
    phase_ = phase::waiting;
    if (self_->clock().now() - began_ >= longest_backoff)
      strikes_ = 0;
    auto wait = backoff{options_.backoff, longest_backoff}.wait(strikes_++);
    wait = std::max(wait, failure_of(reason).retry_after);
    self_->run_delayed(wait, [this] {
      if (phase_ == phase::waiting)
        ask_for_log();
    });
  }

  /// Subscribes again, from where it was lost if the device can.
  void ask_for_log() {
    request what;
    what.body = "get";
    what.attributes["filter"] = "<netconf xmlns=\""
                                + std::string{uri::stream_events}
                                + "\"><streams/></netconf>";
    compat::request(self_, on_, caf::infinite, execute_atom_v, std::move(what))
      .then(
        [this](const reply& got) {
          resume(replay_log::read(
            got.output, options_.stream.empty() ? "NETCONF" : options_.stream));
        },
        [this](const caf::error& reason) {
          if (code_of(reason) == errc::operation_failed
              || code_of(reason) == errc::unsupported) {
            resume({});
            return;
          }
          phase_ = phase::subscribed;
          lose(reason);
        });
  }

  void resume(const replay_log& log) {
    auto next = cursor_.resume(log);
    if (next.gap)
      tell_gap(loss_);
    begin(next.time);
  }

  /// Tells of a loss of unknown size since the last event.
  void tell_gap(const caf::error& reason) {
    notification gap;
    gap.what = notification_kind::gap;
    gap.event_time = cursor_.last_time();
    gap.reason = reason;
    tell_all(gap);
  }

  caf::result<void> take(const chunk& what) {
    // The connection may tell the end before its session is through.
    if (phase_ == phase::over)
      return caf::unit;
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<void>>();
    if (auto told = read(what.output, what.error_output)) {
      tell_all(*told);
      strikes_ = 0;
    }
    if (!hold()) {
      promise.deliver();
      return promise;
    }
    if (held_.empty())
      held_since_ = self_->clock().now();
    if (!awaiting_)
      await_slow(options_.patience);
    held_.push_back(promise);
    return promise;
  }

  /// Returns what the sinks are to be told, if anything.
  /// @param problem why it is no good; empty: it is
  std::optional<notification> read(const std::string& text,
                                   const std::string& problem) {
    notification result;
    if (!problem.empty()) {
      // It can be told neither from others nor when it comes again.
      result.what = notification_kind::gap;
      result.missed = 1;
      result.event_time = cursor_.last_time();
      result.reason = make_error(errc::protocol_error,
                                 {{}, step::session, problem});
      return result;
    }
    auto tree = xml::document::parse(text);
    if (!tree) {
      result.what = notification_kind::gap;
      result.missed = 1;
      result.reason = tree.error();
      return result;
    }
    for (auto x : tree->root().children())
      if (xml::local_name(x) == "eventTime" && result.event_time.empty())
        result.event_time = xml::text(x);
    result.body = text;
    for (auto x : tree->root().children()) {
      if (xml::is(x, uri::stream_events, "replayComplete")) {
        if (!cursor_.complete())
          return std::nullopt;
        result.what = notification_kind::replay_complete;
        return result;
      }
      if (xml::is(x, uri::stream_events, "notificationComplete"))
        return std::nullopt;
    }
    if (cursor_.was_told(result.event_time, text))
      return std::nullopt;
    return result;
  }

  void end(const caf::error& reason) {
    phase_ = phase::over;
    notification last;
    last.what = notification_kind::end;
    last.reason = reason;
    tell_all(last);
    // Nothing is to be dropped any more.
    let_go();
    self_->run_delayed(options_.patience,
                       [this, reason] { self_->quit(reason); });
    quit_if_all_know();
  }

  void quit_if_all_know() {
    auto knows = [](auto& x) {
      return !x.second.busy && x.second.queue.empty();
    };
    if (phase_ == phase::over
        && std::all_of(listeners_.begin(), listeners_.end(), knows))
      self_->quit(caf::exit_reason::normal);
  }

  full_actor::pointer self_;
  connection_actor on_;
  netconf_subscription_options options_;
  phase phase_ = phase::fresh;
  std::map<caf::actor_addr, listener> listeners_;
  uint64_t last_number_ = 0;
  /// Chunks that are not answered, since a sink is too far behind.
  std::vector<caf::typed_response_promise<void>> held_;
  std::chrono::steady_clock::time_point held_since_;
  /// A timer runs.
  bool awaiting_ = false;
  replay_cursor cursor_;
  caf::error loss_;
  uint64_t strikes_ = 0;
  std::chrono::steady_clock::time_point began_;
};

} // namespace

subscription_actor
spawn_netconf_subscription(caf::actor_system& sys, connection_actor on,
                           netconf_subscription_options options) {
  using impl = full_actor::stateful_impl<subscription_state>;
  return sys.spawn<impl>(std::move(on), std::move(options));
}

} // namespace tieline
