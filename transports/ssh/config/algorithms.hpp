#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tieline::ssh::config {

/// Algorithms of one kind, in order of preference.
struct algorithm_list {
  /// What is used if nothing is said, and what `+`, `-` and `^` start from.
  std::vector<std::string> defaults;
  /// All that can be asked for.
  std::vector<std::string> available;
};

/// What the SSH library at hand has of each kind.
struct algorithm_lists {
  algorithm_list key_exchange;
  /// Of host keys.
  algorithm_list host_keys;
  algorithm_list ciphers;
  algorithm_list macs;
  /// Of the keys of users.
  algorithm_list user_keys;
};

/// The kinds of names that OpenSSH tells apart.
enum class algorithm_kind { key_exchange, signature, cipher, mac };

/// Returns all names that OpenSSH (9.2 to 10) knows of a kind.
std::vector<std::string> known_algorithms(algorithm_kind kind);

/// Returns whether OpenSSH (9.2 to 10) would take the value of an algorithm
/// keyword: `+`, `-` or `^`, then names with commas between them. Names that
/// are taken off may be patterns, and so may those of signatures.
bool is_algorithm_list(algorithm_kind kind, std::string_view value);

/// Returns the algorithms that a value asks for, as OpenSSH assembles them.
/// Names that are not available are left out.
std::vector<std::string> assemble(std::string_view value,
                                  const algorithm_list& of);

/// Returns the names of a value that are no patterns and not available.
std::vector<std::string> missing_in(std::string_view value,
                                    const algorithm_list& of);

} // namespace tieline::ssh::config
