#pragma once

#include "tieline/transports/cli/pattern.hpp"

#include <caf/timespan.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::cli {

/// What a prompt looks like.
struct prompt_rule {
  pattern look;
  /// A match that has one of these texts in it is no prompt.
  std::vector<std::string> excludes;

  /// Returns the prompt that the text ends with, if it does.
  std::optional<span> find_at_end(std::string_view text,
                                  pattern::start at) const;
};

/// A step of what is done in a shell.
struct instruction {
  enum class kind {
    /// Sends the input and waits for a prompt.
    send_input,
    /// The same, and answers a question on the way.
    send_prompted_input,
    /// Changes to the mode that `input` names.
    enter_mode,
    /// Sends the input and waits for nothing.
    write,
  };

  kind what = kind::send_input;
  std::string input;
  /// The question, and what to answer: a text, or the name of a secret.
  std::optional<pattern> question = std::nullopt;
  std::string response = {};
  bool is_secret = false;
};

/// How to get from one mode to the next.
struct way {
  std::string to;
  std::vector<instruction> instructions;
};

/// One of the modes of a shell: what its prompt looks like, and where one can
/// go from there.
struct mode {
  std::string name;
  prompt_rule prompt;
  std::vector<way> ways;
};

/// A question that devices ask by themselves, and its answer, to which nothing
/// is added.
struct standing_answer {
  pattern question;
  std::string answer;
};

/// How a kind of device is configured.
struct configuration_rules {
  /// The mode that lines of configuration are for.
  std::string mode;
  /// Done before, in the default mode.
  std::vector<instruction> before = {};
  /// Shows what is different, before that is committed.
  std::vector<instruction> diff = {};
  /// Shows the whole configuration, where there is no such thing.
  std::vector<instruction> snapshot = {};
  /// Puts the lines into effect. Empty: each of them is at once.
  std::vector<instruction> commit = {};
  /// The same, but the device goes back by itself after a time unless that is
  /// confirmed; `{minutes}`, `{seconds}` and `{time}` (00:00:00) stand for it.
  /// Without `commit`, it comes before the lines and leads to their mode.
  std::vector<instruction> commit_confirmed = {};
  std::vector<instruction> confirm = {};
  /// Undoes what is not committed; without `commit`, all lines. Empty: nothing
  /// can be undone.
  std::vector<instruction> abort = {};
};

/// What the shell of a kind of device is like. Read from a file in the schema
/// of scrapli_definitions; what that has no word for stands there under
/// `tieline`.
struct platform {
  std::string name;
  /// Any prompt of any mode.
  prompt_rule any_prompt;
  /// The mode that commands run in. Empty: the one that the shell begins in.
  std::string default_mode;
  std::vector<mode> modes;
  /// Texts in the output of a command that failed.
  std::vector<std::string> failure_indicators;
  std::vector<instruction> on_open;
  std::vector<instruction> on_close;
  /// The device asks for the login in the shell, too.
  bool force_in_session_auth = false;
  /// It never does.
  bool bypass_in_session_auth = false;
  /// For parsers of output.
  std::string ntc_templates_platform;
  std::string genie_platform;

  /// What in its file has no effect, with file and line: names of modes that
  /// there are not, as three files of the field have them.
  std::vector<std::string> remarks;

  // -- of tieline -------------------------------------------------------------

  /// Further names.
  std::vector<std::string> aliases;
  /// Ends each line that is sent.
  std::string return_char = "\n";
  /// Stops a command.
  std::string interrupt = "\x03";
  /// Begins a line that the device reads and ignores. Without one, nobody can
  /// tell where the output of a command that was given up ends, and the session
  /// is replaced.
  std::string comment;
  /// What a pager shows, and the answer for more.
  std::vector<standing_answer> pagers;
  /// Questions that devices ask by themselves.
  std::vector<standing_answer> confirmations;
  /// What a line of the device's log looks like that it writes to terminals.
  std::optional<pattern> log_line;

  /// Nothing: it is not configured by lines.
  std::optional<configuration_rules> configuration;

  /// Returns the mode of that name, or null.
  const mode* find(std::string_view mode_name) const;
};

/// Returns the way from one mode to another with the fewest steps, in the order
/// of the file; nothing if there is none.
std::optional<std::vector<const way*>>
find_route(const platform& where, std::string_view from, std::string_view to);

/// A prompt that stands at the end of what a device has sent.
struct prompt_match {
  /// Where in the text it begins.
  size_t begin = 0;
  /// The name of the mode it shows; empty if no mode's prompt looks like it.
  std::string mode;
};

/// Returns the prompt at the end of the text, if there is one. Where several
/// modes have the same prompt, it is that of `believed`, else the first.
std::optional<prompt_match>
find_prompt(const platform& where, std::string_view text, pattern::start at,
            std::string_view believed);

} // namespace tieline::cli
