#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tieline::lab::shell {

/// One of the modes of a shell. In a prompt `%h` stands for the device's name
/// and `%u` for the user's.
struct mode {
  std::string_view name;
  std::string_view prompt;
  /// Lines are configuration.
  bool configures = false;
};

/// A line that leads from one mode to another.
struct passage {
  std::string_view from;
  std::string_view line;
  std::string_view to;
  /// What the device says.
  std::string_view says = {};
  /// Asks for the enable secret.
  bool asks_secret = false;
  /// Drops what is not committed.
  bool discards = false;
  /// Only one session may be there.
  bool is_exclusive = false;
};

/// How the shell of a kind of device behaves.
struct personality {
  /// As platforms are called.
  std::string_view name;
  /// The first is the one after the login.
  std::vector<mode> modes;
  std::vector<passage> passages;
  /// What lines begin with that are taken without a word.
  std::vector<std::string_view> settings;
  /// The one that turns the pager off; empty: there is no pager.
  std::string_view pager_off;
  std::string_view pager;
  /// Said of a line that is unknown; `%l` stands for it.
  std::string_view complaint;
  /// Begins a line that is ignored.
  char comment = '!';
  /// Ends the shell.
  std::string_view leave;
  /// Puts lines into effect; empty: they are at once.
  std::string_view commit;
  /// Shows what is not in effect; what it begins with.
  std::string_view diff = {};
  /// Puts lines into effect for a time, which stands behind it: hh:mm:ss, or
  /// seconds, or minutes.
  std::string_view timed_commit = {};
  bool counts_minutes = false;
  /// Makes that last.
  std::string_view confirm = {};
  /// Drops what is not in effect.
  std::string_view discard = {};
  /// Said of a commit of a line `fail commit`.
  std::string_view commit_complaint = {};
};

/// Returns all that there are. All show their configuration with
/// `show running-config`, or `/export`.
const std::vector<personality>& personalities();

/// Returns the personality of that name, or null.
const personality* find_personality(std::string_view name);

} // namespace tieline::lab::shell
