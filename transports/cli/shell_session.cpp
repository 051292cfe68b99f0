#include "tieline/transports/cli/shell_session.hpp"

#include "tieline/messages/support/text.hpp"
#include "tieline/transports/cli/prompt_view.hpp"

#include <algorithm>
#include <utility>

namespace tieline::cli {

namespace {

using namespace std::chrono_literals;

// What is kept of what nobody asked for.
constexpr size_t kept = size_t{4} * 1024;

constexpr auto longest_settle = 500ms;

constexpr auto parting_time = 1s;

void keep_end(std::string& text, size_t most) {
  if (text.size() > 2 * most)
    text.erase(0, text.size() - most);
}

} // namespace

shell_session::shell_session(shell_profile profile)
  : profile_(std::move(profile)),
    platform_(*profile_.platform) {
  // nop
}

void shell_session::start(time_point now) {
  phase_ = phase::arriving;
  last_received_ = now;
  due_ = now + profile_.ready_timeout;
  look_at_ = now + greet_after;
}

void shell_session::receive(std::string_view bytes, time_point now) {
  std::string finished;
  terminal_.push(bytes, finished);
  if (exchange_ && exchange_->is_sent && exchange_->has_bytes)
    longest_gap_ = std::max(longest_gap_, now - last_received_);
  last_received_ = now;
  switch (phase_) {
    case phase::arriving:
      greeting_ += finished;
      keep_end(greeting_, kept);
      look_at_ = now + settle_time();
      break;
    case phase::working:
      if (!exchange_)
        // Nobody asked: a line of the log.
        return;
      if (exchange_->is_sent) {
        exchange_->has_bytes = true;
        look_at_ = now + settle_time();
        take_output(std::move(finished), now);
      } else {
        exchange_->typed += finished;
        keep_end(exchange_->typed,
                 kept + 4 * exchange_->what.what.input.size());
        look_for_echo(now);
      }
      break;
    case phase::resyncing:
      heard_ += finished;
      keep_end(heard_, kept);
      if (resync_step_ == resync_step::marked)
        look_for_mark(now);
      else
        look_at_ = now + likely_factor * settle_time();
      break;
    case phase::fresh:
    case phase::parting:
    case phase::over:
      return;
  }
  if (look_at_ <= now)
    tick(now);
}

void shell_session::submit(uint64_t id, shell_request what, time_point deadline,
                           time_point now) {
  task x;
  x.what = task::kind::request;
  x.id = id;
  x.due = deadline;
  for (auto& y : plan_of(platform_, what))
    x.actions.push_back(std::move(y));
  if (what.change)
    x.result.change = "unchanged";
  x.request = std::move(what);
  begin(std::move(x), now);
}

void shell_session::probe(uint64_t id, time_point now) {
  task x;
  x.id = id;
  x.due = now + probe_time;
  x.actions.push_back({{instruction::kind::send_input, {}}});
  begin(std::move(x), now);
}

void shell_session::cancel(uint64_t id, errc code, const std::string& cause,
                           time_point now) {
  auto pos = std::find_if(queue_.begin(), queue_.end(),
                          [id](const task& x) { return x.id == id; });
  if (pos != queue_.end()) {
    queue_.erase(pos);
    events_.emplace_back(failed{id, code, cause, {}});
  } else if (task_ && task_->id == id) {
    fail_task(code, cause, now);
    taint(now);
  }
}

void shell_session::close(time_point now) {
  if (phase_ == phase::over || phase_ == phase::parting)
    return;
  auto is_at_prompt = phase_ == phase::working && !task_;
  answer_all(errc::closed, "the session is closing");
  if (!is_at_prompt) {
    phase_ = phase::parting;
    events_.emplace_back(parted{});
    return;
  }
  task x;
  x.what = task::kind::close;
  x.due = now + parting_time;
  for (const auto& y : platform_.on_close)
    x.actions.push_back({y});
  begin(std::move(x), now);
}

void shell_session::end(errc code, const std::string& cause, time_point) {
  auto is_closing = task_ && task_->what == task::kind::close;
  if (phase_ == phase::over)
    return;
  if (is_closing || phase_ == phase::parting) {
    if (phase_ != phase::parting)
      events_.emplace_back(parted{});
    phase_ = phase::over;
    return;
  }
  lose(code, step::session, cause);
}

void shell_session::tick(time_point now) {
  for (auto pos = queue_.begin(); pos != queue_.end();)
    if (pos->due <= now) {
      events_.emplace_back(failed{
        pos->id, errc::timeout, "the session did not get to it in time", {}});
      pos = queue_.erase(pos);
    } else {
      ++pos;
    }
  if (due_ <= now
      && (phase_ == phase::arriving || phase_ == phase::resyncing)) {
    auto what = phase_ == phase::arriving ? "no prompt" : "no prompt again";
    lose(phase_ == phase::arriving ? errc::timeout : errc::connection_lost,
         phase_ == phase::arriving ? step::open : step::session,
         std::string{what} + "; the last line was " + last_words());
    return;
  }
  if (phase_ == phase::working && task_ && task_->due <= now) {
    if (task_->what == task::kind::close) {
      finish_task(now);
      return;
    }
    auto cause
      = !exchange_ ? std::string{"it was not run in time"}
        : !exchange_->is_sent
          ? "the device did not echo " + in_quotes(exchange_->what.what.input)
              + ", which was not sent off"
          : "no prompt behind " + in_quotes(exchange_->what.what.input);
    fail_task(errc::timeout, cause + "; the last line was " + last_words(),
              now);
    taint(now);
  }
  if (phase_ == phase::resyncing && step_due_ <= now)
    resync(now);
  if (look_at_ <= now) {
    look_at_ = never;
    switch (phase_) {
      case phase::arriving:
        arrive(now);
        break;
      case phase::working:
        if (exchange_ && exchange_->is_sent)
          look_at_end(now);
        else if (exchange_)
          look_for_echo(now);
        break;
      case phase::resyncing:
        look_for_mark(now);
        break;
      case phase::fresh:
      case phase::parting:
      case phase::over:
        break;
    }
  }
  auto interval = profile_.idle_return_interval;
  if (phase_ == phase::working && !task_ && interval.count() > 0
      && idle_since_ + interval <= now)
    probe(0, now);
}

shell_session::time_point shell_session::deadline() const {
  if (phase_ == phase::over || phase_ == phase::fresh
      || phase_ == phase::parting)
    return never;
  auto result = look_at_;
  for (const auto& x : queue_)
    result = std::min(result, x.due);
  if (phase_ == phase::arriving || phase_ == phase::resyncing)
    result = std::min(result, due_);
  if (phase_ == phase::resyncing)
    result = std::min(result, step_due_);
  if (task_)
    result = std::min(result, task_->due);
  else if (phase_ == phase::working
           && profile_.idle_return_interval.count() > 0)
    result = std::min(result, idle_since_ + profile_.idle_return_interval);
  return result;
}

bool shell_session::busy() const noexcept {
  return phase_ != phase::working || task_ || !queue_.empty();
}

std::string shell_session::take_bytes() {
  return std::exchange(bytes_, {});
}

std::vector<shell_session::event> shell_session::take_events() {
  return std::exchange(events_, {});
}

// -- tasks --------------------------------------------------------------------

void shell_session::begin(task what, time_point now) {
  if (phase_ == phase::over || phase_ == phase::parting) {
    events_.emplace_back(
      failed{what.id, errc::closed, "the session is closing", {}});
    return;
  }
  queue_.push_back(std::move(what));
  if (phase_ == phase::working && !task_)
    next_task(now);
}

void shell_session::next_task(time_point now) {
  if (phase_ != phase::working || task_)
    return;
  if (queue_.empty()) {
    idle_since_ = now;
    look_at_ = never;
    return;
  }
  task_ = std::move(queue_.front());
  queue_.pop_front();
  advance(now);
}

void shell_session::advance(time_point now) {
  while (phase_ == phase::working && task_ && !exchange_) {
    if (task_->actions.empty()) {
      finish_task(now);
      return;
    }
    auto next = std::move(task_->actions.front());
    task_->actions.pop_front();
    switch (next.what.what) {
      case instruction::kind::enter_mode:
        enter(next.what.input, now);
        break;
      case instruction::kind::write:
        send(next.what.input + platform_.return_char);
        break;
      case instruction::kind::send_input:
      case instruction::kind::send_prompted_input:
        type(std::move(next), now);
        break;
    }
  }
}

void shell_session::enter(const std::string& mode_name, time_point now) {
  if (mode_name.empty() || mode_name == mode_)
    return;
  auto route = find_route(platform_, mode_, mode_name);
  if (!route) {
    fail_task(errc::operation_failed,
              mode_.empty() ? "the prompt " + in_quotes(prompt_line_)
                                + " is that of no mode"
                            : "there is no way from mode " + in_quotes(mode_)
                                + " to " + in_quotes(mode_name),
              now);
    next_task(now);
    return;
  }
  auto& actions = task_->actions;
  actions.push_front({{instruction::kind::enter_mode, mode_name}});
  const auto& first = *route->front();
  for (auto pos = first.instructions.rbegin(); pos != first.instructions.rend();
       ++pos) {
    actions.push_front({*pos});
    if (pos == first.instructions.rbegin())
      actions.front().leads_to = first.to;
  }
}

void shell_session::finish_task(time_point now) {
  auto x = std::move(*task_);
  task_.reset();
  exchange_.reset();
  switch (x.what) {
    case task::kind::open:
      events_.emplace_back(opened{});
      break;
    case task::kind::request:
      x.result.prompt = prompt_line_;
      x.result.mode = mode_;
      events_.emplace_back(done{x.id, std::move(x.result)});
      break;
    case task::kind::probe:
      if (x.id != 0)
        events_.emplace_back(probed{x.id});
      break;
    case task::kind::close:
      phase_ = phase::parting;
      events_.emplace_back(parted{});
      return;
  }
  if (x.ended_without_prompt)
    taint(now);
  else
    next_task(now);
}

void shell_session::fail_task(errc code, std::string cause, time_point,
                              std::map<std::string, std::string> details) {
  auto x = std::move(*task_);
  if (x.request.change) {
    auto& state = x.result.change;
    // Nobody can tell what becomes of a commit whose answer was not seen.
    if (exchange_ && exchange_->is_sent
        && exchange_->what.purpose == action::stage::commit)
      state = "unknown";
    has_abandoned_change_ = state == "not committed" || state == "unknown"
                            || state == "applied in part";
    details["config"] = state;
  }
  task_.reset();
  exchange_.reset();
  look_at_ = never;
  if (x.what == task::kind::open)
    lose(code, step::open, std::move(cause));
  else if (x.what == task::kind::close)
    lose(errc::connection_lost, step::close, std::move(cause));
  else if (x.id != 0)
    events_.emplace_back(
      failed{x.id, code, std::move(cause), std::move(details)});
}

void shell_session::taint(time_point now) {
  if (phase_ == phase::over)
    return;
  // Without an echo nothing tells where the output of what was given up ends.
  if (platform_.comment.empty() || echoes_ != true) {
    lose(errc::connection_lost, step::session,
         "a command was given up, and nothing tells where its output ends");
    return;
  }
  phase_ = phase::resyncing;
  due_ = now + profile_.resync_timeout;
  interrupt(now);
}

// -- the rest -----------------------------------------------------------------

void shell_session::lose(errc code, step at, std::string cause) {
  if (phase_ == phase::over)
    return;
  phase_ = phase::over;
  answer_all(errc::connection_lost, cause);
  events_.emplace_back(lost{code, at, std::move(cause)});
}

void shell_session::answer_all(errc code, const std::string& cause) {
  using details = std::map<std::string, std::string>;
  auto fail = [&](const task& x, details more) {
    if (x.id != 0 && x.what != task::kind::open)
      events_.emplace_back(failed{x.id, code, cause, std::move(more)});
  };
  // First those that may run on another session: the end follows the others.
  for (const auto& x : queue_)
    fail(x,
         code == errc::connection_lost ? details{{"begun", "no"}} : details{});
  if (task_)
    fail(*task_, {});
  task_.reset();
  exchange_.reset();
  queue_.clear();
}

bool shell_session::still_for(clock::duration time, time_point now) {
  if (last_received_ + time <= now)
    return true;
  look_at_ = std::min(look_at_, last_received_ + time);
  return false;
}

shell_session::clock::duration shell_session::settle_time() const {
  // A device that makes pauses may make one behind what looks like a prompt.
  return std::max<clock::duration>(profile_.settle_time,
                                   std::min<clock::duration>(4 * longest_gap_,
                                                             longest_settle));
}

std::optional<std::string_view>
shell_session::secret_named(const std::string& name) const {
  for (const auto& x : {name, std::string{"__default__"}})
    if (auto pos = profile_.secrets.find(x); pos != profile_.secrets.end())
      return pos->second.reveal();
  return std::nullopt;
}

std::string shell_session::last_words() const {
  return in_quotes(terminal_.line(), 200);
}

bool shell_session::is_question_new() const {
  const auto& x = *exchange_;
  if (!x.answered_line)
    return true;
  // The answer may be echoed behind the question.
  return x.output.size() != x.lines_when_answered
         || terminal_.line().compare(0, x.answered_line->size(),
                                     *x.answered_line)
              != 0;
}

void shell_session::send(std::string_view bytes) {
  bytes_ += bytes;
}

} // namespace tieline::cli
