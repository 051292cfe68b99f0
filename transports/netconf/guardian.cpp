#include "tieline/transports/netconf/guardian.hpp"

#include <caf/actor_cast.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>

namespace tieline {

namespace {

using clock = std::chrono::steady_clock;
using attributes = std::map<std::string, std::string>;
using maybe_connection = std::optional<connection_actor>;

// The part of the device's patience that the verification may take: the rest
// is for the confirmation.
constexpr double verifying_share = 0.75;

constexpr auto longest_patience = std::chrono::hours{24};

std::string make_token(size_t size) {
  std::random_device source;
  std::string result;
  while (result.size() < size)
    result += "0123456789abcdef"[source() % 16];
  return result;
}

// Of this change only: another guardian must not end its sessions, nor may it
// be verified through one that was open before.
connection_key make_key(const connection_key& device, std::string_view what) {
  return {device.hostname + "+" + std::string{what} + "-" + make_token(8),
          device.plugin_name};
}

/// Makes one change. Lives in the guardian's actor.
class change : public std::enable_shared_from_this<change> {
public:
  using promise = caf::typed_response_promise<void>;

  change(guardian_actor::pointer self, manager_actor manager,
         const connection_key& key,
         std::shared_ptr<const connection_params> params, guarded_change what,
         verifier_actor verifier, promise answer, std::function<void()> done)
    : self_(self),
      manager_(std::move(manager)),
      change_key_(make_key(key, "change")),
      verify_key_(make_key(key, "verify")),
      params_(std::move(params)),
      what_(std::move(what)),
      verifier_(std::move(verifier)),
      answer_(std::move(answer)),
      done_(std::move(done)),
      persist_id_("tieline-" + make_token(32)) {
    // nop
  }

  void start(const caf::strong_actor_ptr& caller) {
    if (caller)
      caller_end_ = compat::watch{self_, caf::actor_cast<caf::actor>(caller),
                                  [weak = weak_from_this()](const caf::error&) {
                                    if (auto here = weak.lock())
                                      here->abandon();
                                  }};
    open(change_key_, caf::timespan{0}, [this](connection_actor opened) {
      change_ = std::move(opened);
      lock();
    });
  }

  /// Closes the sessions. What is under way is the device's to undo.
  void leave() {
    caller_end_.give_up();
    for (const auto& key : {change_key_, verify_key_})
      compat::anon_send(manager_, caf::close_atom_v, key);
  }

private:
  void abandon() {
    abandoned_ = true;
    // Everything else ends soon by itself.
    if (std::exchange(verifying_, false))
      undo(abandonment());
  }

  void lock() {
    run("lock", {{"target", "candidate"}}, [this](reply& locked) {
      session_ = locked.attributes["session-id"];
      locked_ = true;
      if (session_.empty())
        // What may go on after a loss could not be told from what may not.
        undo(make_error(errc::unsupported,
                        {change_key_, step::execute,
                         "the device gives its sessions no ids"}));
      else
        edit();
    });
  }

  void edit() {
    attributes args{{"target", "candidate"}, {"config", what_.config}};
    if (!what_.default_operation.empty())
      args["default-operation"] = what_.default_operation;
    run("edit-config", std::move(args), [this](reply&) { validate(); });
  }

  void validate() {
    ask(change_, "validate", {{"source", "candidate"}}, caf::timespan{0},
        [this](caf::expected<reply> validated) {
          // The commit itself validates, too.
          if (!validated && code_of(validated.error()) != errc::unsupported)
            undo(std::move(validated.error()));
          else
            commit();
        });
  }

  void commit() {
    if (abandoned_) {
      undo(abandonment());
      return;
    }
    auto seconds
      = std::chrono::ceil<std::chrono::seconds>(what_.confirm_timeout);
    deadline_ = clock::now() + what_.confirm_timeout;
    // From here on the change may be made, whatever we are told.
    committed_ = true;
    run("commit",
        {{"confirmed", "true"},
         {"confirm-timeout", std::to_string(seconds.count())},
         {"persist", persist_id_}},
        [this](reply&) { verify(); });
  }

  void verify() {
    auto patience = verifying_time();
    open(verify_key_, patience, [this](connection_actor opened) {
      verify_ = std::move(opened);
      if (abandoned_) {
        undo(abandonment());
        return;
      }
      verifying_ = true;
      compat::request(self_, verifier_, verifying_time(), verify_)
        .then(
          [here = shared_from_this()] {
            if (std::exchange(here->verifying_, false))
              here->confirm();
          },
          [here = shared_from_this()](caf::error& reason) {
            if (std::exchange(here->verifying_, false))
              here->undo(in_words(std::move(reason), here->verify_key_));
          });
    });
  }

  void confirm() {
    // Half of the time is left for the other session.
    ask(change_, "commit", {{"persist-id", persist_id_}}, time_left() / 2,
        [this](caf::expected<reply> confirmed) {
          if (confirmed)
            finish({});
          else if (code_of(confirmed.error()) == errc::operation_failed)
            undo(std::move(confirmed.error()));
          else
            // What became of it is not known; to confirm again does no harm.
            confirm_elsewhere();
        });
  }

  void confirm_elsewhere() {
    ask(verify_, "commit", {{"persist-id", persist_id_}}, time_left(),
        [this](caf::expected<reply> confirmed) {
          if (confirmed)
            finish({});
          else
            finish(
              make_error(errc::connection_lost,
                         {change_key_, step::execute,
                          "it is not known whether the change was confirmed: "
                            + describe(confirmed.error())}));
        });
  }

  /// Takes back what was done, then answers.
  void undo(caf::error reason) {
    if (!committed_) {
      // The end of the session frees the lock, and drops what the candidate
      // holds (RFC 6241, 8.3.5.2); not every device keeps to that. Without the
      // lock it holds the edits of others.
      if (locked_)
        discard(std::move(reason));
      else
        finish(std::move(reason));
      return;
    }
    ask(change_, "cancel-commit", {{"persist-id", persist_id_}}, time_left(),
        [this, reason](caf::expected<reply> canceled) {
          // The candidate has the change still, if it was committed or not.
          if (canceled || code_of(canceled.error()) == errc::operation_failed
              || code_of(canceled.error()) == errc::unsupported)
            discard(reason);
          else if (!verify_)
            finish(reason);
          else
            // If this fails, too, the device undoes it in time.
            ask(verify_, "cancel-commit", {{"persist-id", persist_id_}},
                time_left(),
                [this, reason](caf::expected<reply>) { finish(reason); });
        });
  }

  void discard(caf::error reason) {
    ask(change_, "discard-changes", {}, caf::timespan{0},
        [this, reason = std::move(reason)](caf::expected<reply>) {
          finish(reason);
        });
  }

  void finish(caf::error reason) {
    caller_end_.give_up();
    close(change_key_, [this, reason = std::move(reason)]() mutable {
      close(verify_key_, [this, reason = std::move(reason)]() mutable {
        if (reason.empty())
          answer_.deliver();
        else
          answer_.deliver(std::move(reason));
        done_();
      });
    });
  }

  using on_reply = std::function<void(reply&)>;
  using on_result = std::function<void(caf::expected<reply>)>;

  /// Asks on the session of the change; an error undoes it.
  void run(std::string operation, attributes args, on_reply then) {
    ask(change_, std::move(operation), std::move(args),
        committed_ ? time_left() : caf::timespan{0},
        [this, then = std::move(then)](caf::expected<reply> result) {
          if (!result)
            undo(std::move(result.error()));
          else if (abandoned_)
            undo(abandonment());
          else
            then(*result);
        });
  }

  void ask(const connection_actor& where, std::string operation,
           attributes args, caf::timespan timeout, on_result then) {
    request what;
    what.body = std::move(operation);
    what.attributes = std::move(args);
    what.timeout = timeout;
    // A session that took the place of the one with the lock must not go on.
    if (where == change_ && !session_.empty())
      what.attributes["on-session"] = session_;
    compat::request(self_, where, caf::infinite, execute_atom_v,
                    std::move(what))
      .then([here = shared_from_this(),
             then](reply& result) { then(std::move(result)); },
            [here = shared_from_this(), then](caf::error& reason) {
              then(in_words(std::move(reason), here->change_key_));
            });
  }

  void open(const connection_key& key, caf::timespan timeout,
            std::function<void(connection_actor)> then) {
    compat::request(self_, manager_, caf::infinite, caf::open_atom_v, key,
                    *params_, timeout)
      .then(
        [here = shared_from_this(), key, then](maybe_connection& opened) {
          if (opened)
            then(std::move(*opened));
          else
            here->undo(make_error(errc::factory_not_set,
                                  {key, step::open, "no such plugin"}));
        },
        [here = shared_from_this(), key](caf::error& reason) {
          here->undo(in_words(std::move(reason), key));
        });
  }

  void close(const connection_key& key, std::function<void()> then) {
    compat::request(self_, manager_, caf::infinite, caf::close_atom_v, key)
      .then([here = shared_from_this(), then](bool) { then(); },
            [here = shared_from_this(), then](const caf::error&) { then(); });
  }

  caf::error abandonment() const {
    return make_error(errc::canceled, {change_key_, step::execute,
                                       "who asked for the change has ended"});
  }

  /// Returns an error of tieline, whatever it was.
  static caf::error in_words(caf::error reason, const connection_key& key) {
    if (code_of(reason) != errc::none)
      return reason;
    auto timed_out = reason == caf::sec::request_timeout;
    return make_error(timed_out ? errc::timeout : errc::canceled,
                      {key, step::execute,
                       timed_out
                         ? "the verification took too long"
                         : "the verification failed: " + to_string(reason)});
  }

  caf::timespan time_left() const {
    return std::max<caf::timespan>(deadline_ - clock::now(),
                                   std::chrono::milliseconds{1});
  }

  caf::timespan verifying_time() const {
    auto kept = std::chrono::duration_cast<caf::timespan>(
      what_.confirm_timeout * (1 - verifying_share));
    return std::max<caf::timespan>(time_left() - kept,
                                   std::chrono::milliseconds{1});
  }

  guardian_actor::pointer self_;
  manager_actor manager_;
  connection_key change_key_;
  connection_key verify_key_;
  std::shared_ptr<const connection_params> params_;
  guarded_change what_;
  verifier_actor verifier_;
  promise answer_;
  std::function<void()> done_;
  std::string persist_id_;
  compat::watch caller_end_;
  connection_actor change_;
  connection_actor verify_;
  /// The id of the session that has the lock.
  std::string session_;
  clock::time_point deadline_;
  bool locked_ = false;
  bool committed_ = false;
  bool verifying_ = false;
  bool abandoned_ = false;
};

class guardian_state {
public:
  static inline const char* name = "tieline.netconf_guardian";

  guardian_state(guardian_actor::pointer self, manager_actor manager,
                 connection_key key, connection_params params)
    : self_(self),
      manager_(std::move(manager)),
      key_(std::move(key)),
      params_(std::make_shared<const connection_params>(std::move(params))) {
    // nop
  }

  ~guardian_state() {
    // They would keep the lock.
    if (current_)
      current_->leave();
  }

  guardian_actor::behavior_type make_behavior() {
    return {
      [this](guarded_change& what, verifier_actor& verifier) {
        return apply(std::move(what), std::move(verifier));
      },
    };
  }

private:
  caf::result<void> apply(guarded_change what, verifier_actor verifier) {
    if (current_)
      return make_error(errc::overloaded,
                        {key_, step::execute, "another change is being made"});
    if (what.confirm_timeout < std::chrono::seconds{1}
        || what.confirm_timeout > longest_patience)
      return make_error(errc::invalid_request,
                        {key_, step::execute,
                         "confirm_timeout: must be 1s to 24h"});
    if (!verifier)
      return make_error(errc::invalid_request,
                        {key_, step::execute, "verifier: there is none"});
    // Before the promise takes it.
    auto caller = self_->current_sender();
    auto answer = self_->make_response_promise<change::promise>();
    current_ = std::make_shared<change>(self_, manager_, key_, params_,
                                        std::move(what), std::move(verifier),
                                        answer, [this] { current_ = nullptr; });
    current_->start(caller);
    return answer;
  }

  guardian_actor::pointer self_;
  manager_actor manager_;
  connection_key key_;
  /// Each change opens sessions of its own; there is one copy for all of them.
  std::shared_ptr<const connection_params> params_;
  std::shared_ptr<change> current_;
};

} // namespace

guardian_actor spawn_netconf_guardian(caf::actor_system& sys,
                                      manager_actor manager, connection_key key,
                                      connection_params params) {
  using impl = guardian_actor::stateful_impl<guardian_state>;
  return sys.spawn<impl>(std::move(manager), std::move(key), std::move(params));
}

} // namespace tieline
