#pragma once

#include "personality.hpp"

#include "tieline/lab/io/conversation.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::lab::shell {

/// What all shells of a device share.
struct device_config {
  std::string hostname;
  /// Lines of configuration in effect.
  std::vector<std::string> running = {};
  /// Who has it for themselves; null: nobody.
  const void* holder = nullptr;
  /// What it goes back to at a time, unless that is confirmed.
  std::optional<std::vector<std::string>> fallback = {};
  clock::time_point falls_back_at = clock::time_point::max();
  /// What it was when that was asked to be kept.
  std::map<std::string, std::vector<std::string>> checkpoints = {};

  /// Goes back if it is time.
  void settle(clock::time_point now);
};

/// What a command has to say.
struct answer {
  std::string output;
  std::chrono::milliseconds delay{0};
  /// Bytes of text behind the output.
  std::uint64_t fill = 0;
  bool is_known = true;
};

/// Who is at the shell, and what it runs.
struct setting {
  std::string user;
  std::string password;
  std::string enable_secret;
  std::function<answer(const std::string& line)> run;
};

/// The shell of a device, as someone at a terminal sees it: it echoes, has
/// modes, pages, asks, complains. It does one line after the other; what is
/// typed meanwhile waits.
///
/// Beside what the setting runs it knows `clear counters`, which asks to be
/// confirmed by a key; `delete X`, which asks for yes; `copy X`, which asks for
/// a password; `ask X`, which asks for yes, in all modes; `show banner`, in
/// which stands what looks like its prompt; in configuration modes `hostname
/// X`, and lines that begin with `bad`, which fail, and `fail commit`, which
/// lets the commit fail.
class dialog final : public conversation {
public:
  dialog(const personality& how, setting what, device_config& config,
         const fault_set& faults, clock::time_point now);
  ~dialog() override;

  void take(std::string_view bytes) override;
  bool wants_input() const noexcept override;
  void work(clock::time_point now) override;
  clock::time_point wake_at(clock::time_point now) const override;

private:
  enum class reading {
    line,
    username,
    password,
    secret,
    key,
    yes,
    any_password
  };

  void type(char c);
  void handle_line();
  void run_line(const std::string& line);
  bool change_mode(const std::string& line);
  void note(const std::string& line, const passage& by);
  void go(const passage& by);
  bool configure(const std::string& line);
  bool manage(const std::string& line);
  /// These return whether the configuration was all right.
  bool commit();
  bool commit_for(const std::string& time);
  std::string difference() const;
  void interrupt();
  void ask(std::string_view question, reading what);
  void echo(char c);
  void redraw();
  void say(std::string_view text, std::chrono::milliseconds delay = {});
  void page(std::string text, std::chrono::milliseconds delay);
  void next_page();
  void wipe_pager();
  void prompt();
  void bare_prompt();
  std::string prompt_text() const;
  std::string filled_in(std::string_view text) const;
  void emit(std::string text, std::chrono::milliseconds delay = {});

  const personality& how_;
  setting what_;
  device_config& config_;
  clock::time_point now_;
  const mode* mode_;
  reading reading_ = reading::line;
  const passage* passage_ = nullptr;
  std::string line_;
  bool after_return_ = false;
  bool pages_;
  /// What a pager has not shown.
  std::optional<std::string> unseen_;
  std::vector<std::string> candidate_;
  int wrong_secrets_ = 0;
};

} // namespace tieline::lab::shell
