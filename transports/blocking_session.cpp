#include "tieline/transports/blocking_session.hpp"

#include "tieline/messages/internal/error_context.hpp"
#include "tieline/transports/session_end.hpp"

#include <caf/action.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tieline {

namespace {

using session_ptr = std::shared_ptr<blocking_session>;

/// The thread of one session: runs what is posted to it.
caf::behavior worker(caf::event_based_actor*) {
  return {[](caf::unit_t) {}};
}

/// The actor of one session. It never blocks.
class front_state {
public:
  static inline const char* name = "tieline.blocking";

  front_state(transport_actor::pointer self, connection_key key,
              session_ptr session, caf::timespan check_interval)
    : self_(self),
      key_(std::move(key)),
      session_(std::move(session)),
      check_interval_(check_interval),
      worker_(self->home_system().spawn<caf::detached>(worker)) {
    // nop
  }

  front_state(const front_state&) = delete;

  front_state& operator=(const front_state&) = delete;

  ~front_state() {
    let_go();
  }

  transport_actor::behavior_type make_behavior() {
    end_by_exceptions(self_, key_,
                      [this](const caf::error& reason) { answer_all(reason); });
    return compat::trap_exit<transport_actor::behavior_type>(
      self_, [this](const caf::error& reason) { leave(reason); },
      [this](caf::open_atom, connection_params& params) {
        return open(std::move(params));
      },
      [this](execute_atom, request& what) { return execute(std::move(what)); },
      [this](probe_atom) { return probe(); },
      [this](caf::close_atom) { return close(); });
  }

private:
  using open_promise = caf::typed_response_promise<session_traits>;
  using reply_promise = caf::typed_response_promise<reply>;
  using void_promise = caf::typed_response_promise<void>;

  /// Has the thread call `job(session)`, and hands the outcome to `then` here.
  template <class Job, class Then>
  void run(Job job, Then then) {
    busy_ = true;
    auto number = ++last_job_;
    call(std::move(job), [this, number, then](auto outcome) mutable {
      if (over_ || number != last_job_)
        return;
      busy_ = false;
      then(std::move(outcome));
    });
  }

  template <class Job, class Answer>
  void call(Job job, Answer answer) {
    compat::post(
      caf::actor_cast<caf::strong_actor_ptr>(worker_),
      caf::make_action([key = key_, session = session_, job = std::move(job),
                        answer,
                        front = caf::weak_actor_ptr{self_->ctrl()}]() mutable {
        auto outcome = called(key, job, *session);
        // The thread's, so that it is the one that destroys the last.
        session.reset();
        if (auto here = front.lock())
          compat::post(here, caf::make_action([answer, outcome]() mutable {
                         answer(std::move(outcome));
                       }));
      }));
  }

  template <class Job>
  static auto called(const connection_key& key, Job& job,
                     blocking_session& session) -> decltype(job(session)) {
    try {
      return job(session);
    } catch (...) {
      return make_error(errc::transport_failed,
                        {key, step::session, "the session threw"});
    }
  }

  caf::result<session_traits> open(connection_params params) {
    opened_ = self_->make_response_promise<open_promise>();
    run([params = std::move(params)](
          blocking_session& x) { return x.open(params); },
        [this](const caf::error& reason) {
          if (!reason.empty()) {
            opened_.deliver(in_context(key_, reason, step::open));
            leave(reason);
            return;
          }
          is_open_ = true;
          opened_.deliver(session_traits{1});
          check_later();
        });
    return opened_;
  }

  caf::result<reply> execute(request what) {
    auto promise = self_->make_response_promise<reply_promise>();
    if (auto reason = unusable(step::execute); !reason.empty()) {
      promise.deliver(std::move(reason));
      return promise;
    }
    running_ = promise;
    auto began = self_->clock().now();
    auto timeout = what.timeout;
    run([what = std::move(what)](
          blocking_session& x) { return x.execute(what); },
        [this, began](caf::expected<reply> got) {
          if (got) {
            got->elapsed = self_->clock().now() - began;
            running_.deliver(std::move(*got));
            return;
          }
          auto reason = in_context(key_, got.error(), step::execute);
          running_.deliver(reason);
          if (code_of(reason) == errc::connection_lost)
            leave(reason);
        });
    if (timeout.count() > 0)
      self_->run_delayed(timeout, [this, number = last_job_] {
        if (busy_ && number == last_job_)
          give_up();
      });
    return promise;
  }

  /// The thread does not come back by itself.
  void give_up() {
    running_.deliver(make_error(errc::timeout, {key_, step::execute,
                                                "the call has not returned"}));
    leave(make_error(errc::connection_lost,
                     {key_, step::session,
                      "a call had not returned by its timeout"}));
  }

  caf::result<void> probe() {
    auto promise = self_->make_response_promise<void_promise>();
    if (auto reason = unusable(step::session); !reason.empty())
      promise.deliver(std::move(reason));
    else
      run([](blocking_session& x) { return x.check(); },
          [this, promise](const caf::error& reason) mutable {
            if (reason.empty())
              promise.deliver();
            else
              lost(reason);
          });
    return promise;
  }

  void lost(const caf::error& why) {
    leave(make_error(errc::connection_lost,
                     {key_, step::session, failure_of(why).cause}));
  }

  /// An idle session notices a loss so. What comes meanwhile waits for the
  /// thread.
  void check_later() {
    self_->run_delayed(check_interval_, [this] {
      if (over_)
        return;
      if (!busy_ && !checking_) {
        checking_ = true;
        call([](blocking_session& x) { return x.check(); },
             [this](const caf::error& reason) {
               checking_ = false;
               if (!over_ && !reason.empty())
                 lost(reason);
             });
      }
      check_later();
    });
  }

  caf::error unusable(step at) const {
    if (!is_open_)
      return make_error(errc::not_open, {key_, at, "the session is not open"});
    if (busy_)
      return make_error(errc::overloaded, {key_, at, "one call at a time"});
    return {};
  }

  caf::result<void> close() {
    auto promise = self_->make_response_promise<void_promise>();
    if (!is_open_ || busy_) {
      leave(caf::exit_reason::normal);
      promise.deliver();
      return promise;
    }
    run(
      [](blocking_session& x) {
        x.close();
        return caf::error{};
      },
      [this, promise](const caf::error&) mutable {
        promise.deliver();
        leave(caf::exit_reason::normal);
      });
    return promise;
  }

  void leave(const caf::error& reason) {
    if (std::exchange(over_, true))
      return;
    answer_all(reason);
    let_go();
    self_->quit(reason);
  }

  void answer_all(const caf::error& reason) {
    const auto [code, cause] = session_end{reason};
    if (opened_.pending())
      opened_.deliver(make_error(code, {key_, step::open, cause}));
    if (running_.pending())
      running_.deliver(make_error(code, {key_, step::execute, cause}));
  }

  /// The thread destroys the session when it comes to that, and ends.
  void let_go() {
    if (!session_)
      return;
    if (busy_ || checking_)
      session_->interrupt();
    compat::post(caf::actor_cast<caf::strong_actor_ptr>(worker_),
                 caf::make_action(
                   [session = std::exchange(session_, nullptr)]() mutable {
                     session.reset();
                   }));
    caf::anon_send_exit(worker_, caf::exit_reason::user_shutdown);
  }

  transport_actor::pointer self_;
  connection_key key_;
  session_ptr session_;
  caf::timespan check_interval_;
  caf::actor worker_;
  open_promise opened_;
  reply_promise running_;
  uint64_t last_job_ = 0;
  bool is_open_ = false;
  bool busy_ = false;
  bool checking_ = false;
  bool over_ = false;
};

caf::result<std::optional<transport_actor>>
make_session(caf::actor_system& sys, const blocking_session_maker& make,
             caf::timespan check_interval, connection_key key) {
  session_ptr session;
  try {
    session = make(key);
  } catch (...) {
    return make_error(errc::factory_failed,
                      {key, step::create, "the maker of sessions threw"});
  }
  if (!session)
    return std::optional<transport_actor>{};
  using impl = transport_actor::stateful_impl<front_state>;
  return std::optional<transport_actor>{
    sys.spawn<impl>(std::move(key), std::move(session), check_interval)};
}

} // namespace

blocking_session::~blocking_session() = default;

factory_actor
spawn_blocking_factory(caf::actor_system& sys, blocking_session_maker make,
                       caf::timespan check_interval, plugin_traits plugin) {
  detail::require_init();
  if (!make)
    throw std::invalid_argument("there is no maker of sessions");
  return sys.spawn(
    [&sys, make = std::move(make), check_interval,
     plugin = std::move(plugin)](described_factory_actor::pointer)
      -> described_factory_actor::behavior_type {
      return {
        [&sys, make, check_interval](make_atom, connection_key& key) {
          return make_session(sys, make, check_interval, std::move(key));
        },
        [plugin](traits_atom) { return plugin; },
      };
    });
}

} // namespace tieline
