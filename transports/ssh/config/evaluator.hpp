#pragma once

#include "tieline/transports/ssh/config/algorithms.hpp"
#include "tieline/transports/ssh/config/parser.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::ssh::config {

/// What is known of this process and its machine.
struct surroundings {
  std::string user;
  uint64_t user_id = 0;
  std::string home;
  /// The name of the machine.
  std::string machine;
  /// Returns the home of another user; nothing if there is no such user.
  std::function<std::optional<std::string>(const std::string&)> home_of;
  /// Returns the value of a variable of the environment.
  std::function<std::optional<std::string>(const std::string&)> variable;
  /// Runs the command of a `Match exec` and returns whether it succeeded. None:
  /// no block with such a condition applies.
  std::function<bool(const std::string&)> exec;
};

/// What tokens such as `%h` stand for, by their letters.
using token_map = std::map<char, std::string>;

/// Expands `%` tokens and, if `variables` is there, `${NAME}`. Returns what is
/// wrong; empty if nothing is.
std::string expand(std::string_view text, const token_map& tokens,
                   const surroundings* variables, std::string& into);

/// For whom a config is asked.
struct query {
  /// As it was given, before any HostName.
  std::string host;
  /// What was given beside it takes precedence over all files.
  std::string user = {};
  std::optional<uint16_t> port = {};
};

/// The value of a keyword.
struct setting {
  /// As `ssh -G` shows them: one, or the items of a list.
  std::vector<std::string> values;
  /// Where they come from: one place for all, or one for each IdentityFile and
  /// CertificateFile. No line: not from a file.
  std::vector<place> places;

  const std::string& value() const {
    return values.front();
  }

  /// Returns whether a file says so.
  bool is_from_file() const {
    return !places.empty() && places.front().line > 0;
  }
};

/// What files say about a host, and OpenSSH's defaults where they say nothing.
/// A keyword without a default that no file has is missing.
struct evaluation {
  std::map<keyword, setting> settings;
  /// The names in lists of algorithms that OpenSSH knows and the library at
  /// hand lacks, with their places.
  std::vector<problem> missing_algorithms;

  /// Returns the setting, or null.
  const setting* find(keyword what) const;

  /// Returns the value if a file says so, or null.
  const setting* said(keyword what) const;
};

/// Evaluates files for one host, in their order: of each keyword the first
/// value holds. Paths of keys, certificates, agents and known hosts come with
/// their tokens expanded.
/// @returns what is wrong with the files, as far as that depends on the host
problem evaluate(const std::vector<std::shared_ptr<const file>>& files,
                 const query& asked, const surroundings& here,
                 const algorithm_lists& algorithms, evaluation& into);

} // namespace tieline::ssh::config
