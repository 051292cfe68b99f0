#include "tieline/messages/support/text.hpp"
#include "tieline/transports/cli/prompt_view.hpp"
#include "tieline/transports/cli/shell_session.hpp"

#include <algorithm>
#include <utility>

namespace tieline::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto interrupt_wait = 500ms;

constexpr auto mark_wait = 1s;

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

} // namespace

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
      prompt_view seen{heard_, pattern::start::within_line};
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
      prompt_view answer{heard_.substr(end_of_echo + 1) + line,
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

} // namespace tieline::cli
