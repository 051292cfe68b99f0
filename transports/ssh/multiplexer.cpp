#include "tieline/transports/ssh/multiplexer.hpp"

#include "tieline/transports/io/printable.hpp"

#include <algorithm>
#include <utility>

namespace tieline::ssh {

namespace {

// Each reads 4 kB at most. Measured: 16 to 64 keep the latency of others low.
constexpr int max_pumps = 32;

// OpenSSH counts a channel against its MaxSessions a little longer than it is
// open: one that takes the place of another at once may be refused.
constexpr auto refusals_linger = std::chrono::milliseconds{250};
constexpr auto first_pause = std::chrono::milliseconds{5};
constexpr int max_refusals = 5;

// dropbear (seen in 2022.83) takes a channel whose command has not begun yet
// for one that is over when another command ends, closes it, and then ends the
// whole connection in a failed assertion if the command comes after all.
size_t channels_of(const std::string& banner, size_t wanted) {
  return banner.find("dropbear") != std::string::npos ? 1 : wanted;
}

} // namespace

multiplexer::multiplexer(connection_key key, std::shared_ptr<link> session,
                         const ssh_options& options)
  : key_(std::move(key)),
    link_(std::move(session)),
    max_channels_(channels_of(link_->banner(), options.max_channels)),
    channel_timeout_(options.channel_timeout) {
  // nop
}

void multiplexer::submit(program what, caf::timespan timeout,
                         caf::typed_response_promise<reply> promise,
                         caf::actor_addr owner) {
  auto now = io::clock::now();
  auto deadline = timeout.count() > 0 && timeout < io::never - now
                    ? now + timeout
                    : io::never;
  note(deadline);
  job x{std::move(what), std::move(promise), std::move(owner), now, deadline};
  if (x.what.what != program::kind::command)
    start(std::move(x));
  else
    queue_.push_back(std::move(x));
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
  for (int i = 0; i < max_pumps; ++i) {
    advance();
    if (link_->dead())
      return progress::lost;
    auto result = link_->pump();
    if (result == SSH_ERROR || link_->dead()) {
      // What the peer completed before it went is complete.
      advance();
      return progress::lost;
    }
    if (result == SSH_AGAIN)
      break;
  }
  advance();
  return link_->dead() ? progress::lost : progress::waiting;
}

void multiplexer::expire() {
  auto now = io::clock::now();
  if (now < deadline_)
    return;
  deadline_ = io::never;
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
  return std::any_of(running_.begin(), running_.end(),
                     [](auto& x) { return x.is_stream && !x.answered; });
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

void multiplexer::fail_all(errc code, step at, const std::string& cause) {
  fail_commands(code, at, cause);
  for (auto& x : running_) {
    if (!std::exchange(x.answered, true))
      fail(x.work, code, at, cause);
    answer_puts(x);
  }
  running_.clear();
  deadline_ = io::never;
}

// Answers those in the queue whose sinks are lost.
void multiplexer::drop_lost() {
  for (auto pos = queue_.begin(); pos != queue_.end();)
    if (pos->what.outlet && pos->what.outlet->lost()) {
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
    answer(*pos);
    if (pos->channel->closed()) {
      if (!pos->channel->refused())
        freed_ = io::clock::now();
      pos = running_.erase(pos);
    } else {
      ++pos;
    }
  }
  while (!queue_.empty() && has_place()
         && queue_.front().not_before <= io::clock::now() && !link_->dead()) {
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
  x.channel = std::make_unique<ssh::channel>(*link_, std::move(x.work.what));
  note(x.channel_deadline);
  x.channel->advance();
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
  if (const auto& trouble = x.channel->error()) {
    fail(x.work, trouble->code, trouble->at, trouble->cause);
    return;
  }
  auto result = x.channel->take_reply();
  result.elapsed = io::clock::now() - x.work.arrived;
  x.work.promise.deliver(std::move(result));
}

// Puts a request that was refused back into the queue if that may help.
bool multiplexer::try_again(running& x) {
  auto now = io::clock::now();
  if (x.is_stream || !x.channel->refused() || freed_ + refusals_linger < now
      || x.work.refusals == max_refusals)
    return false;
  x.work.what = x.channel->take_program();
  x.work.not_before = now + first_pause * (1 << x.work.refusals++);
  note(x.work.not_before);
  queue_.push_front(std::move(x.work));
  return true;
}

void multiplexer::fail(job& x, errc code, step at, const std::string& cause) {
  x.promise.deliver(make_error(code, {key_, at, io::printable(cause)}));
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
  if (!x.answered)
    note(x.work.deadline);
  return false;
}

} // namespace tieline::ssh
