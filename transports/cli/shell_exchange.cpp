#include "tieline/messages/support/text.hpp"
#include "tieline/transports/cli/echo.hpp"
#include "tieline/transports/cli/prompt_view.hpp"
#include "tieline/transports/cli/shell_session.hpp"

#include <algorithm>
#include <utility>

namespace tieline::cli {

namespace {

using namespace std::chrono_literals;

// For the echo of the first input, before the device is taken for one that does
// not echo.
constexpr auto echo_patience = 1s;

constexpr auto odd_echo_patience = 3s;

// Until a prompt that got lost among lines of the log is asked for.
constexpr auto nudge_after = 1s;

// How often a question may be answered within one command.
constexpr int most_answers = 10;

} // namespace

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
      prompt_view seen{x.typed, x.typed.empty() ? pattern::start::of_line
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
                  "the device was in mode " + in_quotes(mode_)
                    + " when it got to " + in_quotes(input)
                    + ", which was not sent off",
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
              "the device did not go to mode " + in_quotes(to) + " with "
                + in_quotes(ended.what.what.input) + " but is in "
                + in_quotes(mode_) + "; it said "
                + in_quotes(last_line_of(said)),
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

} // namespace tieline::cli
