#pragma once

#include <caf/config_option_set.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace fleet {

/// The user asked for something that fleet cannot do as asked.
class usage_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// How results are shown.
enum class output_format { blocks, lines, gathered, json };

/// What the command line says. Options that may also come from the config file
/// or the environment are still text.
struct arguments {
  std::optional<std::string> inventory;
  std::optional<std::string> limit;
  std::optional<std::string> forks;
  std::optional<std::string> timeout;
  std::optional<std::string> plugin;
  std::optional<std::string> node;
  std::optional<std::string> ssh_config;
  /// Jump hosts for all hosts, or `none`.
  std::optional<std::string> jump;
  /// Of the plugin cli.
  std::optional<std::string> platform;
  std::optional<std::string> mode;
  /// Each `PATTERN=TEXT`.
  std::vector<std::string> answers;
  /// Header fields of the plugin http, each `Name: value`.
  std::vector<std::string> headers;
  /// A file with lines of configuration, or `-`.
  std::optional<std::string> config;
  bool diff = false;
  bool check = false;
  /// In seconds.
  std::optional<uint32_t> commit_confirmed;
  std::optional<std::string> enable_secret_file;
  bool ask_enable_secret = false;
  output_format format = output_format::blocks;
  bool ask_pass = false;
  bool list_hosts = false;
  bool verbose = false;
  /// The hosts whose failures are explained, each text as in @ref limit.
  std::vector<std::string> explain;
  bool status = false;
  std::optional<size_t> lab;
  /// Each `NAME:COUNT` or `NAME=AMOUNT:COUNT`.
  std::vector<std::string> lab_faults;
  /// One command, or a line for each `-c`.
  std::string command;
  /// Settings of CAF and tieline, each `--name=value` or a flag.
  std::vector<std::string> settings;
};

/// Parses a command line without the program's name. Settings are those that
/// `known` has: they may be written `--name=value` or `--name value`.
/// @returns nothing if help or version was asked for and written to `out`.
/// @throws usage_error
std::optional<arguments> parse(const std::vector<std::string>& args,
                               const caf::config_option_set& known,
                               std::ostream& out);

} // namespace fleet
