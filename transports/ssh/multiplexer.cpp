#include "tieline/transports/ssh/multiplexer.hpp"

#include "tieline/messages/support/backoff.hpp"
#include "tieline/messages/support/printable.hpp"

#include <algorithm>
#include <utility>

namespace tieline::ssh {

namespace {

// Each reads 4 kB at most. Measured: 16 to 64 keep the latency of others low.
constexpr int max_pumps = 32;

// OpenSSH counts a channel against its MaxSessions a little longer than it is
// open: one that takes the place of another at once may be refused.
constexpr auto refusals_linger = std::chrono::milliseconds{250};
constexpr backoff pauses{std::chrono::milliseconds{5},
                         std::chrono::milliseconds{80}, 0};
constexpr int max_refusals = 5;

// How soon after its first command a server hangs up that does so each time,
// and for how long the next command waits for that.
constexpr auto hang_up_time = std::chrono::milliseconds{500};

// dropbear (seen in 2022.83) takes a channel whose command has not begun yet
// for one that is over when another command ends, closes it, and then ends the
// whole connection in a failed assertion if the command comes after all.
bool takes_one_at_a_time(const std::string& banner) {
  return banner.find("dropbear") != std::string::npos;
}

std::map<std::string, std::string> what_came(reply x) {
  std::map<std::string, std::string> result;
  if (!x.output.empty())
    result["output"] = std::move(x.output);
  if (!x.error_output.empty())
    result["error_output"] = std::move(x.error_output);
  return result;
}

} // namespace

multiplexer::multiplexer(connection_key key,
                         std::shared_ptr<libssh_session> session,
                         const ssh_options& options,
                         std::shared_ptr<hang_ups> known, std::string endpoint)
  : key_(std::move(key)),
    libssh_(std::move(session)),
    max_channels_(options.max_channels),
    channel_timeout_(options.channel_timeout),
    forwardings_(key_, *libssh_),
    hang_ups_(std::move(known)),
    endpoint_(std::move(endpoint)) {
  if (takes_one_at_a_time(libssh_->banner()) || hang_ups_->has(endpoint_))
    max_channels_ = 1;
}

void multiplexer::submit(program what, caf::timespan timeout,
                         caf::typed_response_promise<reply> promise,
                         caf::actor_addr owner, uint64_t number) {
  auto now = io::clock::now();
  auto deadline = timeout.count() > 0 && timeout < io::never - now
                    ? now + timeout
                    : io::never;
  note(deadline);
  job x{std::move(what), std::move(promise), std::move(owner), now, deadline,
        number};
  if (x.what.what != program::kind::command)
    start(std::move(x));
  else
    queue_.push_back(std::move(x));
}

bool multiplexer::cancel(uint64_t number) {
  if (number == 0)
    return false;
  const channel::trouble why{errc::canceled, step::execute, "canceled"};
  for (auto pos = queue_.begin(); pos != queue_.end(); ++pos)
    if (pos->number == number) {
      fail(*pos, why.code, why.at, why.cause);
      queue_.erase(pos);
      return true;
    }
  for (auto& x : running_)
    if (x.work.number == number && !x.answered) {
      x.channel->cancel(why);
      answer(x);
      return true;
    }
  return false;
}

bool multiplexer::put(const caf::actor_addr& owner, const std::string& bytes,
                      caf::typed_response_promise<void> promise) {
  for (auto& x : running_)
    if (x.work.owner == owner && owner && !x.answered) {
      x.channel->put(bytes);
      x.given += bytes.size();
      x.puts.emplace_back(x.given, std::move(promise));
      return true;
    }
  return false;
}

multiplexer::progress multiplexer::serve() {
  drop_lost();
  for (int i = 0; i < max_pumps || libssh_->ended(); ++i) {
    // Reads all before it writes: the peer may have ended the session, and what
    // is not sent then has certainly not begun.
    auto result = libssh_->pump();
    if (result == SSH_ERROR || libssh_->over())
      return settle();
    if (result == SSH_OK)
      continue;
    auto sent = libssh_->sent();
    advance();
    if (libssh_->dead())
      return settle();
    if (libssh_->sent() == sent)
      return progress::waiting;
  }
  advance();
  return libssh_->over() ? settle() : progress::waiting;
}

// What the peer completed before it went is complete.
multiplexer::progress multiplexer::settle() {
  advance();
  auto settling = std::any_of(running_.begin(), running_.end(),
                              [](auto& x) { return x.channel->settling(); });
  return settling ? progress::settling : progress::lost;
}

void multiplexer::expire() {
  auto now = io::clock::now();
  if (now < deadline_)
    return;
  deadline_ = io::never;
  if (held_until_ > now) {
    note(held_until_);
  } else if (held_until_ != io::clock::time_point::min()) {
    // It has not hung up after all.
    held_until_ = io::clock::time_point::min();
    hang_ups_->remove(endpoint_);
  }
  for (auto pos = queue_.begin(); pos != queue_.end();)
    if (pos->deadline <= now) {
      fail(*pos, errc::timeout, step::channel, "all channels are in use");
      pos = queue_.erase(pos);
    } else {
      note(pos->deadline);
      if (pos->not_before > now)
        note(pos->not_before);
      ++pos;
    }
  for (auto pos = running_.begin(); pos != running_.end();)
    if (expire(*pos, now))
      pos = running_.erase(pos);
    else
      ++pos;
}

bool multiplexer::carries() const {
  return forwardings_.any()
         || std::any_of(running_.begin(), running_.end(),
                        [](auto& x) { return x.is_stream && !x.answered; });
}

bool multiplexer::has_begun() const {
  return std::any_of(running_.begin(), running_.end(),
                     [](auto& x) { return !x.answered && x.channel->begun(); });
}

void multiplexer::fail_commands(errc code, step at, const std::string& cause) {
  for (auto& x : running_)
    if (!x.is_stream) {
      x.channel->cancel({code, at, cause});
      answer(x);
    }
  for (auto& x : std::exchange(queue_, {}))
    fail(x, code, at, cause);
}

void multiplexer::hung_up() {
  auto now = io::clock::now();
  // One that ends the session with its first command does so soon.
  if (served_ == 1 && now < served_at_ + hang_up_time)
    hang_ups_->add(endpoint_);
}

void multiplexer::drop_unbegun(step at, const std::string& cause) {
  const std::map<std::string, std::string> unbegun{{begun_detail, not_begun}};
  for (auto& x : running_)
    if (!x.is_stream && !x.answered && !x.channel->begun()) {
      x.answered = true;
      fail(x.work, errc::connection_lost, at, cause, unbegun);
    }
  for (auto& x : std::exchange(queue_, {}))
    fail(x, errc::connection_lost, at, cause, unbegun);
}

void multiplexer::fail_all(errc code, step at, const std::string& cause) {
  if (code == errc::connection_lost)
    drop_unbegun(at, cause);
  fail_commands(code, at, cause);
  for (auto& x : running_) {
    if (!std::exchange(x.answered, true))
      fail(x.work, code, at, cause);
    answer_puts(x);
  }
  running_.clear();
  forwardings_.end(make_error(code, {key_, step::session, cause}));
  deadline_ = io::never;
}

// Answers those in the queue whose sinks are lost.
void multiplexer::drop_lost() {
  for (auto pos = queue_.begin(); pos != queue_.end();)
    if (pos->what.writer && pos->what.writer->lost()) {
      auto why = channel::sink_lost();
      fail(*pos, why.code, why.at, why.cause);
      pos = queue_.erase(pos);
    } else {
      ++pos;
    }
}

void multiplexer::advance() {
  for (auto pos = running_.begin(); pos != running_.end();) {
    pos->channel->advance();
    note(pos->channel->due());
    answer(*pos);
    if (pos->channel->closed()) {
      if (!pos->channel->refused())
        freed_ = io::clock::now();
      pos = running_.erase(pos);
    } else {
      ++pos;
    }
  }
  forwardings_.advance();
  while (!queue_.empty() && has_place()
         && std::max(queue_.front().not_before, held_until_) <= io::clock::now()
         && !libssh_->dead() && !libssh_->ended()) {
    auto next = std::move(queue_.front());
    queue_.pop_front();
    start(std::move(next));
  }
}

bool multiplexer::has_place() const {
  auto commands = std::count_if(running_.begin(), running_.end(),
                                [](auto& x) { return !x.is_stream; });
  return static_cast<size_t>(commands) < max_channels_;
}

void multiplexer::start(job what) {
  auto is_stream = what.what.what != program::kind::command;
  running_.push_back({std::move(what), nullptr, false,
                      io::clock::now() + channel_timeout_, is_stream});
  auto& x = running_.back();
  x.channel = std::make_unique<ssh::channel>(*libssh_, std::move(x.work.what));
  note(x.channel_deadline);
  x.channel->advance();
  note(x.channel->due());
  answer(x);
  if (x.channel->closed())
    running_.pop_back();
}

void multiplexer::answer_puts(running& x) {
  while (!x.puts.empty() && x.puts.front().first <= x.channel->sent()) {
    x.puts.front().second.deliver();
    x.puts.pop_front();
  }
  if (x.answered)
    for (auto& [until, promise] : std::exchange(x.puts, {}))
      promise.deliver(make_error(errc::canceled, {key_, step::execute,
                                                  "the stream has ended"}));
}

void multiplexer::answer(running& x) {
  auto due = !x.answered && x.channel->has_outcome();
  x.answered = x.answered || due;
  answer_puts(x);
  if (!due || try_again(x))
    return;
  // Keeps its place until the server has closed it too, but not for ever.
  x.channel_deadline = io::clock::now() + channel_timeout_;
  note(x.channel_deadline);
  auto result = x.channel->take_reply();
  if (const auto& trouble = x.channel->error()) {
    fail(x.work, trouble->code, trouble->at, trouble->cause,
         what_came(std::move(result)));
    return;
  }
  auto now = io::clock::now();
  if (!x.is_stream) {
    served_at_ = now;
    if (++served_ == 1 && hang_ups_->has(endpoint_)) {
      held_until_ = now + hang_up_time;
      note(held_until_);
    }
  }
  result.elapsed = now - x.work.arrived;
  x.work.promise.deliver(std::move(result));
}

// Puts a command that was refused back into the queue if that may help.
bool multiplexer::try_again(running& x) {
  if (x.is_stream || !x.channel->refused())
    return false;
  auto now = io::clock::now();
  auto lingers = freed_ + refusals_linger >= now;
  size_t others = 0;
  size_t opened = 0;
  for (auto& other : running_)
    if (&other != &x && !other.is_stream && !other.channel->closed()) {
      ++others;
      opened += other.channel->opened() ? 1 : 0;
    }
  if (lingers && x.work.refusals < max_refusals) {
    x.work.not_before = now
                        + pauses.wait(static_cast<uint64_t>(x.work.refusals++));
    note(x.work.not_before);
  } else if (others > 0) {
    // The end of another makes room.
    if (!lingers)
      max_channels_ = std::max<size_t>(opened, 1);
    x.work.refusals = 0;
    x.work.not_before = io::clock::time_point::min();
  } else {
    return false;
  }
  x.work.what = x.channel->take_program();
  requeue(std::move(x.work));
  return true;
}

// In the order of arrival, also among others that were refused.
void multiplexer::requeue(job what) {
  auto place = std::find_if(queue_.begin(), queue_.end(), [&](const job& x) {
    return x.arrived > what.arrived;
  });
  queue_.insert(place, std::move(what));
}

void multiplexer::fail(job& x, errc code, step at, const std::string& cause,
                       std::map<std::string, std::string> details) {
  x.promise.deliver(make_error(code, {key_, at, printable(cause, max_told),
                                      caf::timespan{0}, std::move(details)}));
}

void multiplexer::note(io::clock::time_point deadline) {
  deadline_ = std::min(deadline_, deadline);
}

// Returns whether its place is free now.
bool multiplexer::expire(running& x, io::clock::time_point now) {
  auto opening = !x.answered && !x.channel->started();
  if (!x.answered
      && (x.work.deadline <= now || (opening && x.channel_deadline <= now))) {
    x.channel->cancel({errc::timeout, opening ? step::channel : step::execute,
                       opening ? "the channel was not opened in time"
                               : "it did not end in time"});
    answer(x);
    x.channel->advance();
    return x.channel->closed();
  }
  if (x.answered && x.channel_deadline <= now)
    return true;
  if (x.answered || opening)
    note(x.channel_deadline);
  if (!x.answered) {
    note(x.work.deadline);
    note(x.channel->due());
  }
  return false;
}

} // namespace tieline::ssh
