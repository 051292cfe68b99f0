#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::ssh::config {

/// A place in a file. Lines count from 1; line 0 of no file is no place.
struct place {
  std::string file;
  size_t line = 0;
};

/// Returns `file:line`.
std::string to_string(const place& x);

/// What is wrong with a file, and where; empty if nothing is.
struct problem {
  place where;
  std::string what;

  explicit operator bool() const noexcept {
    return !what.empty();
  }
};

/// Returns `file:line: what`.
std::string to_string(const problem& x);

/// A keyword of ssh_config(5) that has a meaning here.
enum class keyword : uint8_t {
  host,
  match,
  include,
  ignore_unknown,
  tag,
  hostname,
  port,
  user,
  identity_file,
  identities_only,
  identity_agent,
  certificate_file,
  user_known_hosts_file,
  global_known_hosts_file,
  host_key_alias,
  strict_host_key_checking,
  proxy_jump,
  proxy_command,
  connect_timeout,
  server_alive_interval,
  server_alive_count_max,
  kex_algorithms,
  host_key_algorithms,
  ciphers,
  macs,
  pubkey_accepted_algorithms,
  preferred_authentications,
  address_family,
  bind_address,
  /// OpenSSH does not know it, either.
  unknown,
};

/// Returns the name of a keyword as ssh_config(5) spells it.
std::string_view name_of(keyword what) noexcept;

/// A condition of a Match line.
struct criterion {
  enum class kind : uint8_t {
    all,
    /// `canonical`, which OpenSSH treats alike.
    final,
    host,
    original_host,
    user,
    local_user,
    tagged,
    exec,
    /// A condition that OpenSSH knows and that is not supported here. It is
    /// never met.
    unsupported,
  };

  kind what;
  bool negated = false;
  std::string argument = {};
  /// Whether it asks for the second pass over the files.
  bool asks_for_final = false;
};

struct file;

/// A line that says something.
struct statement {
  keyword what;
  size_t line;
  /// As the file has it.
  std::string name;
  /// The arguments without quotes. Times are whole seconds or `none`, numbers
  /// and ports have no leading zeros, flags are `yes` or `no`, choices are in
  /// lower case.
  std::vector<std::string> values;
  /// Of a Match line.
  std::vector<criterion> criteria;
  /// What an Include line includes; left to whoever reads files.
  std::vector<std::shared_ptr<const file>> included;
};

/// The name of an unsupported_item that whoever evaluates may support.
constexpr std::string_view match_exec = "Match exec";

/// Something in a file that OpenSSH knows and that is not supported here.
struct unsupported_item {
  std::string name;
  size_t line;
};

/// A file of ssh_config(5), parsed.
struct file {
  std::string path;
  /// Whether it is a user's file or the system's, which matters for includes.
  bool of_user = true;
  std::vector<statement> statements;
  /// Each name once, with its first line.
  std::vector<unsupported_item> unsupported;
};

/// The longest line of a file, in bytes.
constexpr size_t max_line = size_t{64} << 10;

/// Parses the text of a file as OpenSSH 9 and 10 do. All values are checked,
/// also those of blocks that apply to no host. A keyword that nobody knows is
/// left to the evaluation, which knows about IgnoreUnknown.
/// @param into its path tells problems where they are
problem parse(std::string_view text, file& into);

} // namespace tieline::ssh::config
