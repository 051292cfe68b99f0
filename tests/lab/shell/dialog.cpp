#include "dialog.hpp"

#include <algorithm>
#include <utility>

namespace tieline::lab::shell {

namespace {

constexpr std::size_t page_rows = 24;
constexpr std::size_t columns = 80;
// More than this waits in the client.
constexpr std::size_t output_limit = 1024 * 1024;
constexpr char interrupt_key = '\x03';
constexpr std::string_view log_line
  = "*Nov 30 12:00:00.000: %LINEPROTO-5-UPDOWN: Line protocol on Interface "
    "Gi1, changed state to up\n";

bool begins_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

void replace_all(std::string& text, std::string_view from,
                 std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos;
       at += to.size())
    text.replace(at, from.size(), to);
}

} // namespace

void device_config::settle(clock::time_point now) {
  if (!fallback || falls_back_at > now)
    return;
  running = *std::exchange(fallback, std::nullopt);
  falls_back_at = clock::time_point::max();
}

dialog::dialog(const personality& how, setting what, device_config& config,
               const fault_set& faults, clock::time_point now)
  : conversation(faults),
    how_(how),
    what_(std::move(what)),
    config_(config),
    now_(now),
    mode_(&how.modes.front()),
    pages_(!how.pager_off.empty()) {
  if (has(fault::cli_login)) {
    ask("\nUser Access Verification\n\nUsername: ", reading::username);
    return;
  }
  if (has(fault::cli_banner))
    say("\nAUTHORIZED-USERS-ONLY#");
  emit({}, faults_.delay(fault::cli_slow_prompt));
  if (has(fault::cli_banner))
    say("\nWelcome.\n", std::chrono::milliseconds{300});
  say("\n", faults_.delay(fault::cli_slow_prompt));
  prompt();
}

dialog::~dialog() {
  if (config_.holder == this)
    config_.holder = nullptr;
}

void dialog::take(std::string_view bytes) {
  for (auto c : bytes) {
    if (over_)
      return;
    type(c);
  }
}

bool dialog::wants_input() const noexcept {
  return output_.size() < output_limit;
}

void dialog::work(clock::time_point now) {
  now_ = now;
  config_.settle(now);
}

clock::time_point dialog::wake_at(clock::time_point now) const {
  return output_.wake_at(now);
}

// -- input --------------------------------------------------------------------

void dialog::type(char c) {
  auto was_return = std::exchange(after_return_, c == '\r');
  if (c == '\n' && was_return)
    return;
  if (c == interrupt_key) {
    interrupt();
    return;
  }
  if (unseen_) {
    wipe_pager();
    if (c == ' ')
      next_page();
    else {
      unseen_.reset();
      prompt();
    }
    return;
  }
  if (reading_ == reading::key) {
    reading_ = reading::line;
    say("\n");
    if (c != '\r' && c != '\n' && c != 'y')
      say("% Not confirmed\n");
    prompt();
    return;
  }
  if (c == '\r' || c == '\n') {
    if (!has(fault::cli_no_echo))
      say("\n");
    handle_line();
    return;
  }
  if (c == '\b' || c == '\x7f') {
    if (!line_.empty()) {
      line_.pop_back();
      say("\b \b");
    }
    return;
  }
  if (static_cast<unsigned char>(c) < ' ')
    return;
  line_ += c;
  echo(c);
}

void dialog::echo(char c) {
  auto is_shown = reading_ == reading::line || reading_ == reading::username
                  || reading_ == reading::yes;
  if (!is_shown || has(fault::cli_no_echo))
    return;
  if (has(fault::cli_types_ahead)) {
    output_.add_first(std::string(1, c));
    return;
  }
  say(std::string_view{&c, 1});
  if (has(fault::cli_redraw)
      && (prompt_text().size() + line_.size()) % (columns - 10) == 0)
    redraw();
}

/// As line editors do whose line is full: scrolls it sideways.
void dialog::redraw() {
  auto text = prompt_text();
  auto newline = text.rfind('\n');
  auto seen
    = line_.substr(line_.size() - std::min<std::size_t>(20, line_.size()));
  emit("\r" + text.substr(newline == std::string::npos ? 0 : newline + 1) + "$"
       + seen + "\x1b[K");
}

void dialog::handle_line() {
  auto line = std::exchange(line_, {});
  switch (std::exchange(reading_, reading::line)) {
    case reading::line:
      run_line(line);
      break;
    case reading::username:
      what_.user = line;
      ask("Password: ", reading::password);
      break;
    case reading::password:
      if (line == what_.password) {
        say("\n");
        prompt();
      } else {
        ask("\n% Login invalid\n\nUsername: ", reading::username);
      }
      break;
    case reading::secret:
      if (line == what_.enable_secret) {
        wrong_secrets_ = 0;
        go(*passage_);
      } else if (++wrong_secrets_ < 3) {
        ask("Password: ", reading::secret);
      } else {
        wrong_secrets_ = 0;
        say("% Bad secrets\n\n");
        prompt();
      }
      break;
    case reading::yes:
      say(line == "yes" ? "Deleted.\n" : "Kept.\n");
      prompt();
      break;
    case reading::any_password:
      say("Copied with " + std::to_string(line.size()) + " characters.\n");
      prompt();
      break;
    case reading::key:
      break;
  }
}

void dialog::run_line(const std::string& line) {
  if (has(fault::cli_close) && !line.empty()) {
    over_ = true;
    return;
  }
  if (line.empty() || line.front() == how_.comment) {
    // Nothing has happened that would be worth a line of the log.
    bare_prompt();
    return;
  }
  if (manage(line) || change_mode(line))
    return;
  auto is_setting = [&](std::string_view x) { return begins_with(line, x); };
  if (!how_.pager_off.empty() && line == how_.pager_off) {
    pages_ = false;
    prompt();
  } else if (std::any_of(how_.settings.begin(), how_.settings.end(),
                         is_setting)) {
    prompt();
  } else if (mode_->configures && configure(line)) {
    // nop
  } else if (line == how_.leave) {
    over_ = true;
  } else if (line == "clear counters") {
    ask("Clear \"show interface\" counters on all interfaces [confirm]",
        reading::key);
  } else if (begins_with(line, "delete ")) {
    ask("Delete " + line.substr(7) + "? [yes/no]: ", reading::yes);
  } else if (begins_with(line, "copy ")) {
    ask("Password: ", reading::any_password);
  } else if (line == "show banner") {
    auto text = prompt_text();
    say("The prompt is\n" + text);
    say("\nand also\n" + text, faults_.delay(fault::slow_command));
    say("show version\nand that is all.\n",
        2 * faults_.delay(fault::slow_command));
    prompt();
  } else {
    auto answer = what_.run(line);
    if (!answer.is_known) {
      auto text = std::string{how_.complaint};
      replace_all(text, "%l", line);
      say(text);
      prompt();
      return;
    }
    if (line == "show running-config" || line == "/export")
      for (const auto& x : config_.running)
        answer.output += x + "\n";
    while (answer.fill > 0) {
      static const auto filler = std::string(63, 'x') + '\n';
      auto n = std::min<std::uint64_t>(answer.fill, filler.size());
      answer.output.append(filler, filler.size() - n);
      answer.fill -= n;
    }
    page(std::move(answer.output),
         answer.delay + faults_.delay(fault::slow_command));
  }
}

bool dialog::change_mode(const std::string& line) {
  for (const auto& x : how_.passages) {
    if (x.from != mode_->name || !begins_with(line, x.line)
        || (line.size() > x.line.size() && line[x.line.size()] != ' '))
      continue;
    if (x.is_exclusive && config_.holder != nullptr && config_.holder != this) {
      say("error: configuration database locked by another session\n");
      prompt();
      return true;
    }
    if (mode_->configures)
      note(line, x);
    passage_ = &x;
    if (x.asks_secret && !what_.enable_secret.empty())
      ask("Password: ", reading::secret);
    else
      go(x);
    return true;
  }
  return false;
}

/// What leads on to more configuration is a part of it.
void dialog::note(const std::string& line, const passage& by) {
  auto to = std::find_if(how_.modes.begin(), how_.modes.end(),
                         [&](auto& x) { return x.name == by.to; });
  if (!to->configures || line.size() == by.line.size())
    return;
  candidate_.push_back(line);
  if (how_.commit.empty())
    commit();
}

void dialog::go(const passage& by) {
  if (by.discards)
    candidate_.clear();
  if (by.line == "commit" && !commit()) {
    prompt();
    return;
  }
  if (by.is_exclusive)
    config_.holder = this;
  auto to = std::find_if(how_.modes.begin(), how_.modes.end(),
                         [&](auto& x) { return x.name == by.to; });
  mode_ = &*to;
  if (!mode_->configures && config_.holder == this)
    config_.holder = nullptr;
  say(by.says);
  prompt();
}

bool dialog::configure(const std::string& line) {
  if (begins_with(line, "show ") || begins_with(line, "do "))
    return false;
  if (begins_with(line, "bad")) {
    auto text = std::string{how_.complaint};
    replace_all(text, "%l", line);
    say(text);
  } else if (line == how_.commit && !how_.commit.empty()) {
    if (commit())
      say("commit complete\n");
  } else if (line == how_.discard && !how_.discard.empty()) {
    candidate_.clear();
    say("load complete\n");
  } else {
    candidate_.push_back(line);
    if (begins_with(line, "hostname "))
      config_.hostname = line.substr(9);
    if (how_.commit.empty() && mode_->name != "session")
      commit();
  }
  prompt();
  return true;
}

/// What is about the configuration as a whole.
bool dialog::manage(const std::string& line) {
  auto is = [&](std::string_view what) {
    return !what.empty() && begins_with(line, what)
           && (line.size() == what.size() || line[what.size()] == ' ');
  };
  if (is("ask")) {
    ask("Are you sure? [yes/no]: ", reading::yes);
    return true;
  }
  constexpr std::string_view keep = "checkpoint";
  constexpr std::string_view restore = "rollback running-config checkpoint";
  if (is(how_.diff)) {
    say(difference());
  } else if (config_.fallback && line == how_.confirm) {
    config_.fallback.reset();
    config_.falls_back_at = clock::time_point::max();
    say("commit complete\n");
  } else if (is(how_.timed_commit)) {
    if (commit_for(line.substr(how_.timed_commit.size())) && change_mode(line))
      return true;
  } else if (is("no checkpoint") || is("no configure session")) {
    config_.checkpoints.erase(line.substr(line.rfind(' ') + 1));
  } else if (is(keep)) {
    config_.checkpoints[line.substr(keep.size() + 1)] = config_.running;
  } else if (is(restore)) {
    config_.running = config_.checkpoints[line.substr(restore.size() + 1)];
    say("Rollback completed successfully.\n");
  } else if (begins_with(how_.leave, "/") && begins_with(line, "/")
             && line != "/export" && line != how_.leave
             && !begins_with(line, "/bad")) {
    config_.running.push_back(line);
  } else {
    return false;
  }
  prompt();
  return true;
}

bool dialog::commit() {
  auto fails = [](const std::string& x) { return x == "fail commit"; };
  if (std::any_of(candidate_.begin(), candidate_.end(), fails)
      && !how_.commit_complaint.empty()) {
    say(how_.commit_complaint);
    return false;
  }
  for (auto& x : candidate_)
    config_.running.push_back(std::move(x));
  candidate_.clear();
  return true;
}

bool dialog::commit_for(const std::string& time) {
  auto before = config_.running;
  if (!commit())
    return false;
  std::chrono::seconds length{0};
  long part = 0;
  for (auto c : time) {
    if (c == ':')
      length = (length + std::chrono::seconds{part}) * 60;
    part = c == ':' || c == ' ' ? 0 : part * 10 + (c - '0');
  }
  length += std::chrono::seconds{part};
  config_.fallback = std::move(before);
  config_.falls_back_at = now_ + (how_.counts_minutes ? 60 : 1) * length;
  return true;
}

std::string dialog::difference() const {
  std::string result;
  for (const auto& x : candidate_)
    result += "+  " + x + '\n';
  for (const auto& [name, kept] : config_.checkpoints)
    for (const auto& x : config_.running)
      if (std::find(kept.begin(), kept.end(), x) == kept.end())
        result += "+  " + x + '\n';
  return result;
}

void dialog::interrupt() {
  if (has(fault::cli_deaf))
    return;
  // What it has not sent yet is what it was at.
  output_.clear();
  unseen_.reset();
  line_.clear();
  reading_ = reading::line;
  say("^C\n");
  prompt();
}

// -- output -------------------------------------------------------------------

void dialog::ask(std::string_view question, reading what) {
  reading_ = what;
  say(question);
}

void dialog::page(std::string text, std::chrono::milliseconds delay) {
  if (!pages_ && !has(fault::cli_pager)) {
    say(text, delay);
    prompt();
    return;
  }
  emit({}, delay);
  unseen_ = std::move(text);
  next_page();
}

void dialog::next_page() {
  auto& rest = *unseen_;
  std::size_t end = 0;
  for (std::size_t rows = 1; rows < page_rows && end < rest.size(); ++rows)
    end = std::min(rest.find('\n', end), rest.size() - 1) + 1;
  say(std::string_view{rest}.substr(0, end));
  rest.erase(0, end);
  if (rest.empty()) {
    unseen_.reset();
    prompt();
  } else {
    say(how_.pager.empty() ? " --More-- " : how_.pager);
  }
}

void dialog::wipe_pager() {
  auto n = how_.pager.empty() ? 10 : how_.pager.size();
  emit(std::string(n, '\b') + std::string(n, ' ') + std::string(n, '\b'));
}

void dialog::prompt() {
  auto text = prompt_text();
  if (has(fault::cli_log_in_prompt)) {
    say(text.substr(0, (text.size() + 1) / 2));
    say("\n");
    say(log_line);
    say(text.substr((text.size() + 1) / 2));
    return;
  }
  bare_prompt();
  if (has(fault::cli_log)) {
    say("\n");
    say(log_line);
  }
}

void dialog::bare_prompt() {
  if (has(fault::cli_carriage))
    emit("\r      \r\x1b[0m\x1b[32m");
  say(prompt_text());
  if (has(fault::cli_carriage))
    emit("\x1b[0m");
}

std::string dialog::prompt_text() const {
  return filled_in(mode_->prompt);
}

std::string dialog::filled_in(std::string_view text) const {
  std::string result{text};
  replace_all(result, "%h", config_.hostname);
  replace_all(result, "%u", what_.user);
  return result;
}

void dialog::say(std::string_view text, std::chrono::milliseconds delay) {
  std::string result;
  for (auto c : text) {
    if (c == '\n')
      result += has(fault::cli_carriage) ? "\r\r\n" : "\r\n";
    else
      result += c;
  }
  emit(std::move(result), delay);
}

void dialog::emit(std::string text, std::chrono::milliseconds delay) {
  outbox::manner how;
  if (delay.count() > 0)
    how.due = now_ + delay;
  if (has(fault::cli_slow_bytes))
    how.per_byte = faults_.delay(fault::cli_slow_bytes);
  if (text.empty() && delay.count() > 0)
    text = std::string(1, '\0');
  output_.add(std::move(text), how);
}

} // namespace tieline::lab::shell
