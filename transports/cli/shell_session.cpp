#include "tieline/transports/cli/shell_session.hpp"

#include "tieline/messages/support/text.hpp"
#include "tieline/transports/cli/echo.hpp"

#include <algorithm>
#include <utility>

namespace tieline::cli {

namespace {

using namespace std::chrono_literals;

// Prompts are looked for in so much of the end of what has come.
constexpr size_t searched = 512;

// What is kept of what nobody asked for.
constexpr size_t kept = size_t{4} * 1024;

// A prompt that is not the one of before has to stand still longer, and one of
// no mode very long.
constexpr int likely_factor = 5;
constexpr auto least_unknown = 1s;

constexpr auto longest_settle = 500ms;

// For the echo of the first input, before the device is taken for one that does
// not echo.
constexpr auto echo_patience = 1s;
constexpr auto odd_echo_patience = 3s;

// Until a prompt that got lost among lines of the log is asked for.
constexpr auto nudge_after = 1s;

// Some devices wait for a sign of life.
constexpr auto greet_after = 5s;

constexpr auto interrupt_wait = 500ms;
constexpr auto mark_wait = 1s;
constexpr auto parting_time = 1s;
constexpr auto probe_time = 10s;

// How often a question may be answered within one command.
constexpr int most_answers = 10;

constexpr auto never = shell_session::time_point::max();

pattern required(std::string_view text) {
  std::string why;
  return pattern::compile(text, why).value_or(pattern{});
}

const pattern& username_question() {
  static const auto result
    = required("^[^\\n]*(?:user ?name|login|user):[ \\t]*$");
  return result;
}

const pattern& password_question() {
  static const auto result = required("^[^\\n]*password[^\\n]*:[ \\t]*$");
  return result;
}

void keep_end(std::string& text, size_t most) {
  if (text.size() > 2 * most)
    text.erase(0, text.size() - most);
}

std::string_view last_line_of(std::string_view text) {
  auto newline = text.rfind('\n');
  return newline == std::string_view::npos ? text : text.substr(newline + 1);
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size()
         && text.substr(text.size() - end.size()) == end;
}

/// The end of what has come: some of what has ended, and the line that has not.
struct view {
  std::string text;
  pattern::start at;
};

view make_view(const std::string& before, const line_terminal& terminal) {
  std::string_view line{terminal.line()};
  if (line.size() >= searched)
    return {std::string{line.substr(line.size() - searched)},
            pattern::start::within_line};
  auto n = terminal.at_line_start()
             ? std::min(before.size(), searched - line.size())
             : 0;
  auto begins = terminal.at_line_start()
                && (n == before.size()
                    || before[before.size() - n - 1] == '\n');
  auto text = before.substr(before.size() - n);
  text += line;
  return {std::move(text),
          begins ? pattern::start::of_line : pattern::start::within_line};
}

view make_view(const output_collector& before, const line_terminal& terminal) {
  auto tail = std::string{before.tail(searched + 1)};
  auto result = make_view(tail, terminal);
  // All that there is may begin in the middle of a line.
  if (result.text.size() == tail.size() + terminal.line().size()
      && !before.tail_begins_a_line(tail.size()))
    result.at = pattern::start::within_line;
  return result;
}

/// Returns the prompt at the end of the text. Where several modes have the same
/// one, it is that of the mode that it should be, else that it was.
std::optional<prompt_match> find_prompt(const platform& where, const view& what,
                                        const std::string& expected,
                                        const std::string& before) {
  auto result = find_prompt(where, what.text, what.at,
                            expected.empty() ? before : expected);
  if (result && !expected.empty() && result->mode != expected)
    result = find_prompt(where, what.text, what.at, before);
  return result;
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
    auto cause = !exchange_ ? std::string{"it was not run in time"}
                 : !exchange_->is_sent
                   ? "the device did not echo "
                       + quoted(exchange_->what.what.input)
                       + ", which was not sent off"
                   : "no prompt behind " + quoted(exchange_->what.what.input);
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
              mode_.empty()
                ? "the prompt " + quoted(prompt_line_) + " is that of no mode"
                : "there is no way from mode " + quoted(mode_) + " to "
                    + quoted(mode_name),
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

// -- exchanges ----------------------------------------------------------------

void shell_session::type(action what, time_point now) {
  auto streams = !what.keeps_output()
                 || (what.is_line() && task_->request.streams);
  exchange_.emplace(
    exchange{std::move(what), output_collector{platform_, streams}});
  longest_gap_ = {};
  last_received_ = now;
  const auto& input = exchange_->what.what.input;
  send(input);
  if (input.empty() || echoes_ == false) {
    send_return(now);
    return;
  }
  look_at_ = echoes_ ? never : now + echo_patience;
}

void shell_session::send_return(time_point now) {
  auto& x = *exchange_;
  send(platform_.return_char);
  x.is_sent = true;
  x.in_echo_line = echoes_ == true || x.what.what.input.empty();
  if (x.what.is_line() && task_->request.raw) {
    x.output.add(x.typed);
    x.in_echo_line = false;
    x.is_first_line = false;
  }
  x.typed.clear();
  if (echoes_ == false || x.what.what.input.empty())
    terminal_.clear_line();
  last_received_ = now;
  look_at_ = never;
}

void shell_session::look_for_echo(time_point now) {
  auto& x = *exchange_;
  const auto& input = x.what.what.input;
  typed_view what{prompt_line_, input, x.typed, terminal_.line()};
  switch (find_echo(what, platform_)) {
    case echo::missing:
      if (!echoes_ && x.typed.empty() && terminal_.line() == prompt_line_) {
        if (still_for(echo_patience, now)) {
          echoes_ = false;
          send_return(now);
        }
      } else if (!echoes_ && still_for(odd_echo_patience, now)) {
        send_return(now);
      }
      return;
    case echo::likely:
      if (!still_for(likely_factor * settle_time(), now))
        return;
      break;
    case echo::certain: {
      // The prompt that it stands behind may be another than the last: that of
      // a banner, or one that came late.
      auto prefix = std::string_view{what.line};
      prefix.remove_suffix(input.size());
      if (prefix == prompt_line_)
        break;
      view seen{x.typed, x.typed.empty() ? pattern::start::of_line
                                         : pattern::start::within_line};
      seen.text += prefix;
      auto prompt = find_prompt(platform_, seen, {}, mode_);
      if (!prompt)
        break;
      prompt_ = seen.text.substr(prompt->begin);
      prompt_line_ = prefix;
      auto changed = prompt->mode != mode_;
      mode_ = prompt->mode;
      if (changed && x.what.keeps_output()) {
        fail_task(errc::operation_failed,
                  "the device was in mode " + quoted(mode_) + " when it got to "
                    + quoted(input) + ", which was not sent off",
                  now);
        taint(now);
        return;
      }
      break;
    }
  }
  echoes_ = true;
  send_return(now);
}

void shell_session::take_output(std::string text, time_point now) {
  auto& x = *exchange_;
  if (x.in_echo_line) {
    auto end = text.find('\n');
    if (end == std::string::npos)
      return;
    text.erase(0, end + 1);
    x.in_echo_line = false;
    x.is_first_line = false;
  }
  if (x.is_first_line && !text.empty()) {
    x.is_first_line = false;
    auto first = text.substr(0, text.find('\n'));
    auto input = squeezed(x.what.what.input);
    auto is_echo = echoes_ == false ? first.empty()
                                    : ends_with(squeezed(first), input);
    if (is_echo)
      text.erase(0, first.size() + 1);
    if (is_echo && !echoes_)
      echoes_ = true;
  }
  x.output.add(text);
  if (!x.what.keeps_output()) {
    x.output.take();
    return;
  }
  auto limit = task_->request.output_limit;
  if (limit > 0 && task_->received + x.output.size() > limit) {
    fail_task(errc::output_limit,
              "more than " + std::to_string(limit) + " bytes", now);
    taint(now);
    return;
  }
  if (auto ready = x.output.take(); !ready.empty())
    events_.emplace_back(output{task_->id, std::move(ready)});
}

void shell_session::look_at_end(time_point now) {
  if (look_for_question(now) || look_for_prompt(now))
    return;
  nudge(now);
}

bool shell_session::look_for_question(time_point now) {
  auto& x = *exchange_;
  if (terminal_.line().empty())
    return false;
  auto seen = make_view(x.output, terminal_);
  if (x.what.is_line() && task_->request.expect
      && task_->request.expect->find_at_end(seen.text, seen.at)) {
    if (!still_for(likely_factor * settle_time(), now))
      return true;
    auto prompt = find_prompt(platform_, seen, {}, mode_);
    if (prompt && !prompt->mode.empty()) {
      end_exchange(seen.text.substr(prompt->begin), prompt->mode, now);
    } else {
      task_->ended_without_prompt = true;
      x.output.add(terminal_.line());
      terminal_.clear_line();
      end_exchange({}, mode_, now);
    }
    return true;
  }
  auto is_asked = [&](const pattern& question) {
    return question.find_at_end(seen.text, seen.at).has_value();
  };
  if (is_question_new()) {
    if (const auto& question = x.what.what.question;
        question && is_asked(*question)) {
      if (still_for(likely_factor * settle_time(), now))
        answer_question(&*question, x.what.what.response, x.what.what.is_secret,
                        now);
      return true;
    }
    if (x.what.keeps_output())
      for (const auto& y : task_->request.answers)
        if (is_asked(y.question)) {
          if (still_for(likely_factor * settle_time(), now))
            answer_question(&y, y.text, y.is_secret, now);
          return true;
        }
  }
  return answer_standing(seen.text, seen.at, now);
}

bool shell_session::answer_standing(std::string_view text, pattern::start at,
                                    time_point now) {
  for (const auto& y : platform_.pagers)
    if (y.question.find_at_end(text, at)) {
      if (still_for(settle_time(), now)) {
        send(y.answer);
        // Devices wipe it off the screen, some not all of it.
        terminal_.clear_line();
      }
      return true;
    }
  for (const auto& y : platform_.confirmations)
    if (y.question.find_at_end(text, at)) {
      if (still_for(likely_factor * settle_time(), now)) {
        send(y.answer);
        terminal_.clear_line();
      }
      return true;
    }
  return false;
}

void shell_session::answer_question(const void* which, const std::string& text,
                                    bool is_secret, time_point now) {
  auto& x = *exchange_;
  auto& times = x.answered[which];
  if (times >= (is_secret ? 1 : most_answers)) {
    fail_task(errc::operation_failed, "the device asks again: " + last_words(),
              now);
    taint(now);
    return;
  }
  ++times;
  std::string_view what{text};
  if (is_secret) {
    auto found = secret_named(text);
    if (!found) {
      fail_task(errc::invalid_params,
                "secrets." + text + ": the device asks for it with "
                  + last_words() + ", and there is none",
                now);
      taint(now);
      return;
    }
    what = *found;
  }
  x.answered_line = terminal_.line();
  x.lines_when_answered = x.output.size();
  send(what);
  send(platform_.return_char);
  last_received_ = now;
  x.has_bytes = false;
}

bool shell_session::look_for_prompt(time_point now) {
  const auto& line = terminal_.line();
  if (line.empty() || !exchange_)
    return false;
  auto& x = *exchange_;
  auto seen = make_view(x.output, terminal_);
  const auto& expected = x.what.leads_to;
  auto begins_at = [&](size_t place) {
    return place == 0 ? seen.at == pattern::start::of_line
                      : seen.text[place - 1] == '\n';
  };
  auto is_known = !prompt_.empty() && ends_with(seen.text, prompt_)
                  && begins_at(seen.text.size() - prompt_.size());
  if (is_known && expected.empty()) {
    if (still_for(settle_time(), now))
      end_exchange(prompt_, mode_, now);
    return true;
  }
  // Behind output that does not end its last line. Where the name of the host
  // may change, it is more likely that this is the new one.
  auto is_behind_output = !prompt_line_.empty() && !is_known
                          && line.size() > prompt_line_.size()
                          && ends_with(line, prompt_line_);
  if (is_behind_output && mode_ == platform_.default_mode) {
    if (still_for(likely_factor * settle_time(), now))
      end_exchange(prompt_line_, mode_, now);
    return true;
  }
  auto prompt = find_prompt(platform_, seen, expected, mode_);
  if (!prompt)
    return false;
  auto time = !prompt->mode.empty() ? likely_factor * settle_time()
              : is_known
                ? settle_time()
                : std::max<clock::duration>(least_unknown, 100 * settle_time());
  if (still_for(time, now))
    end_exchange(seen.text.substr(prompt->begin), prompt->mode, now);
  return true;
}

void shell_session::nudge(time_point now) {
  if (!exchange_ || exchange_->was_nudged)
    return;
  auto& x = *exchange_;
  auto behind = x.output.log_behind_prompt(prompt_line_, terminal_.line(),
                                           !x.what.leads_to.empty());
  if (!behind || !still_for(nudge_after, now))
    return;
  x.was_nudged = true;
  x.size_when_nudged = x.output.size();
  x.end_of_output = x.output.size() - *behind;
  terminal_.clear_line();
  send(platform_.return_char);
}

void shell_session::end_exchange(const std::string& prompt,
                                 const std::string& mode_name, time_point now) {
  auto& x = *exchange_;
  auto is_raw = x.what.is_line() && task_->request.raw;
  if (is_raw) {
    // Else it stands before the next echo.
    if (task_->actions.empty())
      x.output.add(terminal_.line());
  } else if (!prompt.empty()) {
    const auto& line = terminal_.line();
    auto in_line = std::min(prompt.size(), line.size());
    x.output.cut(prompt.size() - in_line);
    x.output.add(std::string_view{line}.substr(0, line.size() - in_line));
    // If more than the prompt came, it was not the end.
    auto more = x.output.tail(x.output.size() - x.size_when_nudged);
    if (x.end_of_output && squeezed(more).empty())
      x.output.cut(x.output.size()
                   - std::min(x.output.size(), *x.end_of_output));
    else if (auto log = x.output.log_behind_prompt(prompt_line_, {},
                                                   !x.what.leads_to.empty()))
      x.output.cut(*log);
  }
  prompt_ = prompt;
  prompt_line_ = last_line_of(prompt);
  mode_ = mode_name;
  auto ended = std::move(*exchange_);
  exchange_.reset();
  look_at_ = never;
  if (ended.what.keeps_output()) {
    take_result(std::move(ended));
  } else if (const auto& to = ended.what.leads_to; !to.empty() && to != mode_) {
    auto said = ended.output.tail(searched);
    while (!said.empty() && said.back() == '\n')
      said.remove_suffix(1);
    fail_task(errc::operation_failed,
              "the device did not go to mode " + quoted(to) + " with "
                + quoted(ended.what.what.input) + " but is in " + quoted(mode_)
                + "; it said " + quoted(last_line_of(said)),
              now, {{"mode", mode_}});
    next_task(now);
    return;
  }
  advance(now);
}

void shell_session::take_result(exchange ended) {
  auto& result = task_->result;
  using stage = action::stage;
  // A configuration may have any text in it.
  auto shows = ended.what.purpose == stage::diff
               || ended.what.purpose == stage::snapshot;
  auto failed = !shows && !ended.output.indicator().empty();
  auto size = ended.output.size();
  auto rest = ended.output.take_all();
  task_->received += size;
  switch (ended.what.purpose) {
    case stage::line:
      result.sizes.push_back(size);
      if (!task_->request.streams)
        result.output += rest;
      else if (!rest.empty())
        events_.emplace_back(output{task_->id, std::move(rest)});
      break;
    case stage::diff:
      result.diff += rest;
      break;
    case stage::snapshot:
      if (task_->snapshot)
        result.diff += line_diff(*task_->snapshot, rest);
      else
        task_->snapshot = std::move(rest);
      break;
    case stage::way:
    case stage::commit:
    case stage::confirm:
    case stage::abort:
      break;
  }
  if (failed && result.indicator.empty()) {
    result.failed_command = ended.what.what.input;
    result.indicator = ended.output.indicator();
    result.complaint = ended.output.complaint();
  }
  if (task_->request.change)
    note_change(ended.what.purpose, failed);
  else if (failed && task_->request.stop_on_failure)
    task_->actions.clear();
}

void shell_session::note_change(action::stage after, bool failed) {
  const auto& rules = *platform_.configuration;
  const auto& change = *task_->request.change;
  auto& state = task_->result.change;
  auto is_at_once = rules.commit.empty();
  auto is_timed = change.confirm_within.count() > 0;
  using stage = action::stage;
  if (failed && !task_->is_aborting && after != stage::confirm) {
    if (after == stage::line)
      state = !is_at_once ? "not committed"
              : is_timed  ? "to be confirmed"
                          : "applied in part";
    task_->is_aborting = true;
    task_->actions.clear();
    for (auto& x : plan_to_abort(platform_))
      task_->actions.push_back(std::move(x));
    return;
  }
  if (failed)
    return;
  auto is_last = task_->actions.empty() || !task_->actions.front().is_line();
  switch (after) {
    case stage::line:
      state = !is_at_once ? "not committed"
              : !is_last  ? "applied in part"
              : is_timed  ? "to be confirmed"
                          : "applied";
      break;
    case stage::commit:
      state = is_timed ? "to be confirmed" : "committed";
      break;
    case stage::confirm:
      state = "confirmed";
      break;
    case stage::abort:
      state = task_->is_aborting ? "aborted" : "checked";
      break;
    case stage::way:
    case stage::diff:
    case stage::snapshot:
      break;
  }
}

// -- arriving -----------------------------------------------------------------

void shell_session::arrive(time_point now) {
  auto seen = make_view(greeting_, terminal_);
  if (!terminal_.line().empty()) {
    if (answer_standing(seen.text, seen.at, now)) {
      return;
    }
    auto prompt = find_prompt(platform_, seen, {}, platform_.default_mode);
    if (prompt) {
      auto time = !prompt->mode.empty()
                    ? likely_factor * settle_time()
                    : std::max<clock::duration>(least_unknown,
                                                100 * settle_time());
      if (!still_for(time, now))
        return;
      prompt_ = seen.text.substr(prompt->begin);
      prompt_line_ = last_line_of(prompt_);
      mode_ = prompt->mode;
      log_in(now);
      return;
    }
    if (look_for_login(seen.text, seen.at, now))
      return;
  }
  if (!was_nudged_ && still_for(greet_after, now)) {
    was_nudged_ = true;
    send(platform_.return_char);
  }
}

bool shell_session::look_for_login(std::string_view text, pattern::start at,
                                   time_point now) {
  if (platform_.bypass_in_session_auth)
    return false;
  struct {
    const pattern& question;
    std::string_view answer;
    bool& was_given;
  } all[] = {
    {username_question(), profile_.username, gave_username_},
    {password_question(), profile_.password.reveal(), gave_password_},
  };
  for (auto& x : all) {
    if (!x.question.find_at_end(text, at))
      continue;
    if (!still_for(likely_factor * settle_time(), now))
      return true;
    if (std::exchange(x.was_given, true)) {
      lose(errc::auth_failed, step::auth,
           "the login in the shell was refused; the device asks again: "
             + last_words());
      return true;
    }
    send(x.answer);
    send(platform_.return_char);
    terminal_.clear_line();
    return true;
  }
  return false;
}

void shell_session::log_in(time_point now) {
  phase_ = phase::working;
  greeting_.clear();
  task x;
  x.what = task::kind::open;
  x.due = due_;
  // What looked like a prompt may have been a part of a banner.
  x.actions.push_back({{instruction::kind::send_input, {}}});
  for (const auto& y : platform_.on_open)
    x.actions.push_back({y});
  queue_.push_front(std::move(x));
  next_task(now);
}

// -- getting back to a prompt -------------------------------------------------

void shell_session::interrupt(time_point now) {
  resync_step_ = resync_step::interrupted;
  heard_.clear();
  longest_gap_ = {};
  send(platform_.interrupt);
  step_due_ = now + interrupt_wait;
  look_at_ = never;
}

void shell_session::resync(time_point now) {
  if (resync_step_ != resync_step::interrupted) {
    // A device that does not listen to interrupts gets to the mark later. Then
    // it has to be a line of its own, which is only a comment.
    if (resync_step_ == resync_step::marked)
      send(platform_.return_char);
    interrupt(now);
    return;
  }
  mark_ = platform_.comment + " tieline-" + profile_.random_text(12);
  resync_step_ = resync_step::marked;
  // What was heard stays: the prompt that the mark stands behind may have more
  // than one line.
  send(mark_);
  step_due_ = now + mark_wait;
  look_at_ = never;
}

void shell_session::look_for_mark(time_point now) {
  const auto& line = terminal_.line();
  switch (resync_step_) {
    case resync_step::interrupted: {
      auto prompt = find_prompt(platform_, make_view(heard_, terminal_), {},
                                mode_);
      if (prompt && !prompt->mode.empty()
          && still_for(likely_factor * settle_time(), now))
        resync(now);
      return;
    }
    case resync_step::marked: {
      if (!ends_with(line, mark_))
        return;
      view seen{heard_, pattern::start::within_line};
      seen.text += std::string_view{line}.substr(0, line.size() - mark_.size());
      if (heard_.empty())
        seen.at = pattern::start::of_line;
      auto prompt = find_prompt(platform_, seen, {}, mode_);
      if (!prompt || prompt->mode.empty())
        return;
      prompt_ = seen.text.substr(prompt->begin);
      prompt_line_ = last_line_of(prompt_);
      mode_ = prompt->mode;
      resync_step_ = resync_step::answered;
      heard_.clear();
      send(platform_.return_char);
      step_due_ = now + mark_wait;
      return;
    }
    case resync_step::answered: {
      auto end_of_echo = heard_.find('\n');
      if (end_of_echo == std::string::npos || line.empty())
        return;
      view answer{heard_.substr(end_of_echo + 1) + line,
                  pattern::start::of_line};
      auto prompt = find_prompt(platform_, answer, {}, mode_);
      if (!prompt || prompt->mode.empty()
          || !still_for(likely_factor * settle_time(), now))
        return;
      if (prompt->begin != 0) {
        // More than the answer to the mark: some of it may be of before.
        resync_step_ = resync_step::interrupted;
        resync(now);
        return;
      }
      prompt_ = answer.text;
      prompt_line_ = last_line_of(prompt_);
      mode_ = prompt->mode;
      phase_ = phase::working;
      step_due_ = due_ = never;
      auto is_abandoned = std::exchange(has_abandoned_change_, false);
      if (is_abandoned
          || (!platform_.default_mode.empty()
              && mode_ != platform_.default_mode)) {
        // What was given up may have left a configuration behind.
        task x;
        x.due = now + probe_time;
        if (is_abandoned)
          for (auto& y : plan_to_abort(platform_))
            x.actions.push_back(std::move(y));
        else
          x.actions.push_back(
            {{instruction::kind::enter_mode, platform_.default_mode}});
        queue_.push_front(std::move(x));
      }
      next_task(now);
      return;
    }
  }
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
  return quoted(terminal_.line(), 200);
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
