#include "tieline/transports/netconf/session.hpp"

#include "tieline/messages/support/printable.hpp"
#include "tieline/transports/netconf/errors.hpp"
#include "tieline/transports/netconf/message_layer.hpp"
#include "tieline/transports/netconf/names.hpp"
#include "tieline/transports/netconf/profile.hpp"
#include "tieline/transports/ssh/carried_session.hpp"

#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tieline::netconf {

namespace {

// For the server's farewell.
constexpr auto close_timeout = std::chrono::seconds{1};

// For the answer to the first request, before the server is nudged.
constexpr auto patience = std::chrono::seconds{1};

// Of what the subsystem says beside the protocol.
constexpr size_t most_error_output = 1000;

capabilities capabilities_of(netconf_version version) {
  std::vector<std::string> all;
  if (version != netconf_version::v1_1)
    all.emplace_back(capability::base_1_0);
  if (version != netconf_version::v1_0)
    all.emplace_back(capability::base_1_1);
  return capabilities{std::move(all)};
}

class session_state : public ssh::carried_session<session_state> {
public:
  static inline const char* name = "tieline.netconf";

  session_state(actor::pointer self, connection_key key,
                netconf_options defaults, ssh::carried_context where)
    : carried_session(self, std::move(key), std::move(where.ssh),
                      where.ssh_tells_steps, std::move(where.poller)),
      options_(defaults) {
    // nop
  }

private:
  friend class ssh::carried_session<session_state>;

  // -- opening ----------------------------------------------------------------

  caf::expected<connection_params> prepare(connection_params params) {
    auto who = make_profile(key_, std::move(params), options_);
    if (!who)
      return std::move(who.error());
    options_ = who->options;
    return std::move(who->ssh);
  }

  bool shares_session() const {
    return options_.share_session;
  }

  void start() {
    message_layer::limits most;
    most.message = options_.message_limit;
    most.depth = options_.max_depth;
    most.lenient = options_.lenient;
    messages_.emplace(capabilities_of(options_.version), most);
    start_stream(ssh::subsystem{"netconf"});
    flush();
    steps_.begin(step::hello);
    hello_due_ = clock::now() + options_.hello_timeout;
    arm(hello_due_);
  }

  void start_over() {
    error_output_.clear();
    hello_due_ = io::never;
  }

  // -- the stream -------------------------------------------------------------

  std::string describe_end(const reply& how) const {
    auto cause = messages_->describe_end();
    if (how.status != 0)
      cause += " (exit status " + std::to_string(how.status) + ')';
    if (!error_output_.empty())
      cause += ": " + printable(error_output_, max_told);
    return cause;
  }

  void stream_lost(const caf::error& reason, clock::time_point) {
    if (phase_ == phase::closing)
      be_gone();
    else
      // Whatever it was for the SSH session, e.g. that it was closed.
      leave(error_of(errc::connection_lost, step::session,
                     failure_of(reason).cause));
  }

  void flush() {
    put(messages_->take_output());
  }

  void receive(const chunk& what, clock::time_point) {
    auto room = most_error_output - error_output_.size();
    error_output_ += what.error_output.substr(0, room);
    if (!messages_)
      return;
    messages_->push(what.output);
    while (phase_ != phase::over) {
      auto next = messages_->next();
      if (!next) {
        fail(with_key(next.error(), key_));
        return;
      }
      if (!*next)
        return;
      std::visit([this](auto& x) { handle(x); }, **next);
    }
  }

  void handle(message_layer::opened&) {
    if (phase_ == phase::opening)
      hello_due_ = io::never;
    opened(session_traits{options_.max_pipelined});
  }

  void handle(message_layer::answered& x) {
    nudge_due_ = io::never;
    heard_ = true;
    if (x.id == farewell_)
      be_gone();
    else if (x.result)
      finish(x.id, std::move(*x.result));
    else
      fail(x.id, with_key(x.result.error(), key_));
  }

  void handle(message_layer::told& x) {
    hand_on(x.id, std::move(x.text), std::move(x.problem));
  }

  // -- requests ---------------------------------------------------------------

  caf::expected<uint64_t> submit(request what, clock::time_point,
                                 clock::time_point) {
    return messages_->submit(std::move(what));
  }

  void submitted(uint64_t id, clock::time_point now) {
    if (!heard_ && running_.size() == 1)
      nudge_due_ = now + patience;
    arm(std::min(running_.at(id).deadline, nudge_due_));
    flush();
  }

  void forget(uint64_t id, errc, const std::string&, clock::time_point) {
    messages_->forget(id);
  }

  void forgotten(clock::time_point) {
    if (messages_->has_orphan())
      leave(error_of(errc::connection_lost, step::session,
                     "a subscription was given up, which NETCONF can only do "
                     "with its session"));
  }

  // -- times ------------------------------------------------------------------

  /// netconfd (OpenYuma) leaves a request that it has read together with our
  /// hello until it reads more.
  void nudge() {
    nudge_due_ = io::never;
    heard_ = true;
    messages_->begin_frame();
    flush();
  }

  void tick(clock::time_point now) {
    if (phase_ == phase::opening && hello_due_ <= now) {
      fail(error_of(errc::timeout, step::hello, "no hello of the server"));
      return;
    }
    if (phase_ == phase::closing && farewell_due_ <= now) {
      be_gone();
      return;
    }
    if (phase_ == phase::open)
      give_up_if([now](const running& x) { return x.deadline <= now; },
                 errc::timeout, "the server has not answered");
    if (phase_ == phase::over)
      return;
    if (nudge_due_ <= now)
      nudge();
    auto next = std::min({hello_due_, farewell_due_, nudge_due_});
    for (const auto& [id, x] : running_)
      next = std::min(next, x.deadline);
    arm(next);
  }

  // -- the end ----------------------------------------------------------------

  void part(clock::time_point now) {
    farewell_ = messages_->submit_close();
    farewell_due_ = now + close_timeout;
    flush();
    if (farewell_ == 0)
      be_gone();
    else
      arm(farewell_due_);
  }

  void be_gone() {
    farewell_due_ = io::never;
    say_goodbye();
  }

  netconf_options options_;
  std::optional<message_layer> messages_;
  std::string error_output_;
  clock::time_point hello_due_ = io::never;
  /// The server has answered a request, or was nudged.
  bool heard_ = false;
  clock::time_point nudge_due_ = io::never;
  /// Of the close-session.
  uint64_t farewell_ = 0;
  clock::time_point farewell_due_ = io::never;
};

} // namespace

transport_actor spawn_session(caf::actor_system& sys, connection_key key,
                              const netconf_options& defaults,
                              ssh::carried_context where) {
  using impl = session_state::actor::stateful_impl<session_state>;
  return sys.spawn<impl>(std::move(key), defaults, std::move(where));
}

} // namespace tieline::netconf
