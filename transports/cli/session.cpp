#include "tieline/transports/cli/session.hpp"

#include "tieline/messages/support/keyed_mark.hpp"
#include "tieline/transports/cli/profile.hpp"
#include "tieline/transports/ssh/carried_session.hpp"

#include <caf/stateful_actor.hpp>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace tieline::cli {

namespace {

class session_state : public ssh::carried_session<session_state> {
public:
  static inline const char* name = "tieline.cli";

  session_state(actor::pointer self, connection_key key, cli_options defaults,
                std::shared_ptr<const platform_library> platforms,
                ssh::carried_context where)
    : carried_session(self, std::move(key), std::move(where.ssh),
                      where.ssh_tells_steps, std::move(where.poller)),
      options_(std::move(defaults)),
      platforms_(std::move(platforms)) {
    // nop
  }

private:
  friend class ssh::carried_session<session_state>;

  // -- opening ----------------------------------------------------------------

  caf::expected<connection_params> prepare(connection_params params) {
    auto who = make_profile(key_, std::move(params), options_, *platforms_);
    platforms_ = nullptr;
    if (!who)
      return std::move(who.error());
    options_ = std::move(who->options);
    profile_ = std::move(who->shell);
    profile_.random_text = [this](size_t size) {
      auto count = std::to_string(++marks_);
      return make_keyed_mark({name, key_.hostname, count})
        .hex()
        .substr(0, size);
    };
    return std::move(who->ssh);
  }

  bool shares_session() const {
    return options_.share_session;
  }

  void start() {
    steps_.begin(step::channel);
    start_stream(ssh::shell{static_cast<uint32_t>(options_.columns),
                            static_cast<uint32_t>(options_.rows)});
    shell_.emplace(profile_);
    shell_->start(clock::now());
    pump();
  }

  bool may_start_over() const {
    return !has_received_;
  }

  void start_over() {
    shell_.reset();
  }

  // -- the stream -------------------------------------------------------------

  std::string describe_end(const reply& how) const {
    std::string result = "the device ended the shell";
    if (how.status > 0)
      result += " with exit status " + std::to_string(how.status);
    return result;
  }

  void stream_lost(const caf::error& reason, clock::time_point now) {
    shell_->end(errc::connection_lost, failure_of(reason).cause, now);
    pump();
  }

  void receive(const chunk& what, clock::time_point now) {
    if (!shell_)
      return;
    has_received_ = true;
    shell_->receive(what.output, now);
    pump();
  }

  /// Carries out what the shell's session wants.
  void pump() {
    put(shell_->take_bytes());
    for (auto& x : shell_->take_events()) {
      std::visit([this](auto& y) { handle(y); }, x);
      if (phase_ == phase::over)
        return;
    }
    arm(shell_->deadline());
  }

  void tick(clock::time_point now) {
    if (!shell_)
      return;
    shell_->tick(now);
    pump();
  }

  void handle(shell_session::opened&) {
    opened(session_traits{1});
  }

  void handle(shell_session::done& x) {
    finish(x.id, make_reply(std::move(x.result)));
  }

  void handle(shell_session::failed& x) {
    auto reason = make_error(x.code, {key_, step::execute, std::move(x.cause),
                                      caf::timespan{0}, std::move(x.details)});
    if (auto pos = probes_.find(x.id); pos != probes_.end()) {
      pos->second.deliver(reason);
      probes_.erase(pos);
    }
    fail(x.id, reason);
  }

  void handle(shell_session::output& x) {
    hand_on(x.id, std::move(x.text));
  }

  void handle(shell_session::probed& x) {
    if (auto pos = probes_.find(x.id); pos != probes_.end()) {
      pos->second.deliver();
      probes_.erase(pos);
    }
  }

  void handle(shell_session::lost& x) {
    fail(error_of(x.code, x.at, std::move(x.cause)));
  }

  void handle(shell_session::parted&) {
    say_goodbye();
  }

  // -- requests ---------------------------------------------------------------

  caf::expected<uint64_t> submit(const request& what,
                                 clock::time_point deadline,
                                 clock::time_point now) {
    auto wanted = make_shell_request(key_, what, profile_);
    if (!wanted)
      return std::move(wanted.error());
    shell_->submit(++ids_, std::move(*wanted), deadline, now);
    return ids_;
  }

  void submitted(uint64_t, clock::time_point) {
    pump();
  }

  void forget(uint64_t id, errc code, const std::string& cause,
              clock::time_point now) {
    shell_->cancel(id, code, cause, now);
  }

  void forgotten(clock::time_point) {
    pump();
  }

  bool probe_stream(void_promise& promise) {
    // A device that is at work shows no prompt.
    if (shell_->busy())
      return false;
    probes_.emplace(++ids_, promise);
    shell_->probe(ids_, clock::now());
    pump();
    return true;
  }

  // -- the end ----------------------------------------------------------------

  void part(clock::time_point now) {
    shell_->close(now);
    pump();
  }

  void answer_rest(errc code, const std::string& cause) {
    for (auto& [id, x] : std::exchange(probes_, {}))
      x.deliver(error_of(code, step::session, cause));
  }

  cli_options options_;
  std::shared_ptr<const platform_library> platforms_;
  shell_profile profile_;
  std::optional<shell_session> shell_;
  bool has_received_ = false;
  std::map<uint64_t, void_promise> probes_;
  uint64_t ids_ = 0;
  uint64_t marks_ = 0;
};

} // namespace

transport_actor spawn_session(caf::actor_system& sys, connection_key key,
                              const cli_options& defaults,
                              std::shared_ptr<const platform_library> platforms,
                              ssh::carried_context where) {
  using impl = session_state::actor::stateful_impl<session_state>;
  return sys.spawn<impl>(std::move(key), defaults, std::move(platforms),
                         std::move(where));
}

} // namespace tieline::cli
