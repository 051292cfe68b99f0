#include "fleet/runner.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

namespace fleet {

namespace compat = tieline::compat;

namespace {

/// The longest `open_timeout` that tieline accepts.
constexpr caf::timespan longest_open = std::chrono::hours{1};

/// One host at work.
struct turn {
  size_t index;
  caf::actor_clock::time_point begin;
};

class runner_state {
public:
  static inline const char* name = "fleet.runner";

  runner_state(runner_actor::pointer self, tieline::manager_actor manager,
               printer_actor printer, job what)
    : self_(self),
      manager_(std::move(manager)),
      printer_(std::move(printer)),
      job_(std::move(what)) {
    for (auto& x : job_.hosts)
      plugins_.emplace(x.name, x.plugin);
  }

  runner_actor::behavior_type make_behavior() {
    compat::monitor(self_, printer_, [this](const caf::error&) { stop(); });
    return {
      [this](run_atom) { return run(); },
      [this](stop_atom) { stop(); },
      [this](tieline::status_atom) { show_status(); },
      [this](const tieline::lifecycle_event& x) {
        if (x.what == tieline::event_kind::opening)
          turns_.emplace(x.key.hostname, self_->clock().now());
      },
    };
  }

private:
  using promise = caf::typed_response_promise<void>;

  promise run() {
    done_ = self_->make_response_promise<promise>();
    if (job_.timeout.count() > 0 && !job_.shared)
      learn_of_turns();
    else
      proceed();
    return *done_;
  }

  /// A host's time begins with its turn, so the runner has to learn of turns.
  void learn_of_turns() {
    ++running_;
    compat::request(self_, manager_, caf::infinite, caf::subscribe_atom_v,
                    tieline::listener_actor{self_}, tieline::selector{"*", "*"})
      .then([this] { end_turn(); }, [this](const caf::error&) { end_turn(); });
  }

  void show_status() {
    compat::request(self_, manager_, caf::infinite, tieline::status_atom_v)
      .then(
        [this](std::vector<tieline::connection_status>& all) {
          auto of_others = [this](const tieline::connection_status& x) {
            auto pos = plugins_.find(x.key.hostname);
            return pos == plugins_.end() || pos->second != x.key.plugin_name;
          };
          all.erase(std::remove_if(all.begin(), all.end(), of_others),
                    all.end());
          compat::send(self_, printer_, tieline::status_atom_v, std::move(all));
        },
        [](const caf::error&) {
          // It has ended, and all connections with it.
        });
  }

  void stop() {
    if (stopping_)
      return;
    stopping_ = true;
    if (job_.shared) {
      // Answers that are still on their way are dropped when the runner ends.
      for (auto& [index, begin] : under_way_)
        give_up({index, begin});
      running_ = 0;
      proceed();
      return;
    }
    // Answers all that is in flight, so that each turn comes to its end.
    ++running_;
    compat::request(self_, manager_, caf::infinite, tieline::close_all_atom_v)
      .then([this](uint64_t) { end_turn(); },
            [this](const caf::error&) { end_turn(); });
  }

  void give_up(turn t) {
    auto reason = tieline::make_error(tieline::errc::canceled,
                                      {key(t), tieline::step::none, ""});
    compat::send(self_, printer_,
                 open_failed(name_of(t), std::move(reason), elapsed(t)));
  }

  /// Begins turns while there are hosts and places.
  void proceed() {
    while (!stopping_ && running_ < job_.forks && next_ < job_.hosts.size()) {
      ++running_;
      compat::send(self_, printer_, started_atom_v);
      turn t{next_++, self_->clock().now()};
      under_way_.emplace(t.index, t.begin);
      open(t);
    }
    if (running_ == 0 && done_) {
      done_->deliver();
      self_->quit();
    }
  }

  // The requests have no timeouts of their own: the messages carry them, and
  // tieline keeps all of them behind one timer.

  void open(turn t) {
    auto params = job_.hosts[t.index].params;
    caf::timespan timeout{0};
    if (job_.shared)
      // A setting would be one for all who use the connection.
      timeout = job_.timeout;
    // This setting counts from the host's turn. The timeout of the open itself
    // would include the wait for that turn.
    else if (job_.timeout.count() > 0)
      params.extras["open_timeout"]
        = std::to_string(std::min(job_.timeout, longest_open).count()) + "ns";
    compat::request(self_, manager_, caf::infinite, caf::open_atom_v, key(t),
                    std::move(params), timeout)
      .then(
        [this, t](std::optional<tieline::connection_actor>& connection) {
          if (connection)
            execute(t, *connection);
          else
            report(t, open_failed(name_of(t), no_factory(t), elapsed(t)));
        },
        [this, t](caf::error& reason) {
          report(t, open_failed(name_of(t), std::move(reason), elapsed(t)));
        });
  }

  void execute(turn t, const tieline::connection_actor& connection) {
    tieline::request what;
    what.body = job_.command;
    what.attributes = job_.attributes;
    if (job_.timeout.count() > 0)
      what.timeout = time_left(t);
    compat::request(self_, connection, caf::infinite, tieline::execute_atom_v,
                    std::move(what))
      .then(
        [this, t, connection](tieline::reply& reply) {
          auto found = reply.attributes.find("config");
          if (job_.confirms && found != reply.attributes.end()
              && found->second == "to be confirmed" && reply.status == 0)
            confirm(t, connection, std::move(reply));
          else
            report(t, command_ended(name_of(t), std::move(reply), elapsed(t)));
        },
        [this, t](caf::error& reason) {
          report(t, execute_failed(name_of(t), std::move(reason), elapsed(t)));
        });
  }

  /// The device answers still, or it does again: what it was told may stay.
  void confirm(turn t, const tieline::connection_actor& connection,
               tieline::reply first) {
    tieline::request what;
    what.attributes["config"] = "confirm";
    if (job_.timeout.count() > 0)
      what.timeout = time_left(t);
    compat::request(self_, connection, caf::infinite, tieline::execute_atom_v,
                    std::move(what))
      .then(
        [this, t, first](const tieline::reply& second) mutable {
          for (const auto& [name, value] : second.attributes)
            if (name != "output-sizes")
              first.attributes[name] = value;
          first.status = second.status;
          report(t, command_ended(name_of(t), std::move(first), elapsed(t)));
        },
        [this, t](caf::error& reason) {
          report(t, execute_failed(name_of(t), std::move(reason), elapsed(t)));
        });
  }

  /// Returns what the command may take of the host's time.
  caf::timespan time_left(turn t) const {
    auto began = t.begin;
    if (!job_.shared) {
      auto found = turns_.find(name_of(t));
      // The event may come late. Then the command has all of the time.
      if (found == turns_.end())
        return job_.timeout;
      began = found->second;
    }
    auto spent = self_->clock().now() - began;
    // Zero would stand for the settings' timeout, not for "at once".
    return std::max<caf::timespan>(job_.timeout - spent,
                                   std::chrono::milliseconds{1});
  }

  /// Adds to the result how the connection is, before it is closed.
  void report(turn t, host_result result) {
    auto what = std::make_shared<host_result>(std::move(result));
    auto done = [this, t, what] { conclude(t, std::move(*what)); };
    auto failed = [done](const caf::error&) { done(); };
    if (is_to_be_explained(t, *what))
      compat::request(self_, manager_, caf::infinite, tieline::explain_atom_v,
                      key(t))
        .then(
          [this, what, done, t](std::optional<tieline::explanation>& got) {
            if (got && got->configured.empty() && job_.configured)
              got->configured = job_.configured(job_.hosts[t.index]);
            if (got && job_.status)
              what->status = row_of(got->status);
            what->explanation = std::move(got);
            done();
          },
          failed);
    else if (job_.status)
      compat::request(self_, manager_, caf::infinite, tieline::status_atom_v,
                      key(t))
        .then(
          [what, done](std::optional<tieline::connection_status>& got) {
            if (got)
              what->status = row_of(std::move(*got));
            done();
          },
          failed);
    else
      done();
  }

  bool is_to_be_explained(turn t, const host_result& x) const {
    auto& all = job_.explain;
    return needs_explanation(x.error)
           && std::any_of(all.begin(), all.end(), [&](auto& chosen) {
                return chosen.matches(job_.hosts[t.index]);
              });
  }

  void conclude(turn t, host_result result) {
    compat::send(self_, printer_, std::move(result));
    under_way_.erase(t.index);
    if (job_.shared) {
      end_turn();
      return;
    }
    // Also after a failed open: the manager still knows the connection.
    compat::request(self_, manager_, caf::infinite, caf::close_atom_v, key(t))
      .then([this](bool) { end_turn(); },
            [this](const caf::error&) { end_turn(); });
  }

  void end_turn() {
    --running_;
    proceed();
  }

  const std::string& name_of(turn t) const {
    return job_.hosts[t.index].name;
  }

  // The name, not the address: two names may share an address, not a session.
  tieline::connection_key key(turn t) const {
    return {name_of(t), job_.hosts[t.index].plugin};
  }

  caf::timespan elapsed(turn t) const {
    return self_->clock().now() - t.begin;
  }

  caf::error no_factory(turn t) const {
    return tieline::make_error(tieline::errc::factory_not_set,
                               {key(t), tieline::step::create, ""});
  }

  runner_actor::pointer self_;
  tieline::manager_actor manager_;
  printer_actor printer_;
  job job_;
  /// By the name of the host.
  std::unordered_map<std::string, std::string> plugins_;
  size_t next_ = 0;
  size_t running_ = 0;
  /// The hosts whose turn has begun, by their place in the job.
  std::unordered_map<size_t, caf::actor_clock::time_point> under_way_;
  /// When the turn of a host came, where that matters.
  std::unordered_map<std::string, caf::actor_clock::time_point> turns_;
  bool stopping_ = false;
  std::optional<promise> done_;
};

} // namespace

runner_actor spawn_runner(caf::actor_system& sys,
                          tieline::manager_actor manager, printer_actor printer,
                          job what) {
  using impl = runner_actor::stateful_impl<runner_state>;
  return sys.spawn<impl>(std::move(manager), std::move(printer),
                         std::move(what));
}

} // namespace fleet
